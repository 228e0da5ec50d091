//! What the signature of a presentation does not allow: parts of others, and what it does not cover.

use pecan_credentials::contexts::{CREDENTIALS_V1, JWS_2020};
use pecan_credentials::format::{Format, PresentationFormat};
use pecan_credentials::presentation::Presentation;
use pecan_credentials::proof::{Options, Policy, Unsigned, VerifyError};
use pecan_jose::jws;
use pecan_jsonld::processor::Processor;
use serde_json::{Value, json};
use time::Duration;

use crate::presentations::{HOLDER, NOW, STRANGER, draft, issue, object, present, verify};
use crate::world::{key, processor, signing_key};

/// Signs a document as it is, also one that no draft makes.
fn sign_document(document: Value, processor: &Processor) -> Value {
    let signing = signing_key(HOLDER, &key());
    let options = Options::new(&signing.id, NOW).expires(Some(NOW + Duration::seconds(5)));
    let unsigned = Unsigned::new(object(document), options, &signing, processor).unwrap();
    unsigned.sign(&key()).unwrap()
}

#[test]
fn a_jwt_credential_in_a_document_is_put_up_with_and_nothing_else_that_is_not_covered() {
    let processor = processor();
    let jwt = issue(json!({"id": HOLDER}), "Utrecht", Format::JwtVc).to_value();
    let json_ld = issue(json!({"id": HOLDER}), "Zwolle", Format::LdpVc).to_value();
    for credentials in [jwt.clone(), json!([jwt]), json!([json_ld, jwt]), json!([jwt, json_ld])] {
        let document = sign_document(
            json!({
                "@context": [CREDENTIALS_V1],
                "id": format!("{HOLDER}#1"),
                "type": "VerifiablePresentation",
                "holder": HOLDER,
                "verifiableCredential": credentials,
            }),
            &processor,
        );
        let presentation = Presentation::from_value(document.clone()).unwrap();
        assert_eq!(presentation.check_binding(), Ok(()));
        assert_eq!(verify(&presentation), Ok(()), "{credentials}");
        for (place, value) in [
            ("unsigned", json!("claim")),
            ("holder", json!("relative")),
            ("id", json!("relative")),
            ("@context", json!([CREDENTIALS_V1, {"unsigned": "https://example.org/"}, JWS_2020])),
        ] {
            let mut changed = document.clone();
            changed[place] = value;
            let outcome = verify(&Presentation::from_value(changed).unwrap());
            assert!(outcome.is_err(), "{place}");
        }
    }
}

/// A document of two credentials, and another signed by the same holder to take parts from.
fn two_documents(processor: &Processor) -> (Value, Value) {
    let sign = |cities: [&str; 2], nonce: &str| {
        let credentials = cities.map(|city| issue(json!({"id": HOLDER}), city, Format::LdpVc));
        let mut draft = draft(credentials.to_vec());
        (draft.nonce, draft.challenge) = (Some(nonce.to_owned()), Some(nonce.to_owned()));
        let unsigned = draft.into_json_ld(&signing_key(HOLDER, &key()), processor).unwrap();
        unsigned.sign(&key()).unwrap()
    };
    (sign(["Utrecht", "Zwolle"], "nonce"), sign(["Assen", "Delft"], "other"))
}

#[test]
fn credentials_and_proofs_cannot_be_taken_to_another_document() {
    let processor = processor();
    let (document, other) = two_documents(&processor);
    assert_eq!(verify(&Presentation::from_value(document.clone()).unwrap()), Ok(()));
    let [first, second] = ["/verifiableCredential/0", "/verifiableCredential/1"];
    let take = |path: &str| other.pointer(path).unwrap().clone();
    let own = |path: &str| document.pointer(path).unwrap().clone();
    for (what, path, value) in [
        ("a credential of another", first, take(first)),
        ("the same credential twice", first, own(second)),
        ("one credential alone", "/verifiableCredential", own(first)),
        ("a list of one", "/verifiableCredential", json!([own(second)])),
        ("no credential", "/verifiableCredential", json!([])),
        ("one more", "/verifiableCredential", json!([own(first), own(second), take(first)])),
        (
            "one of them again",
            "/verifiableCredential",
            json!([own(first), own(second), own(first)]),
        ),
        ("a proof of another", "/proof", take("/proof")),
        ("a proof of a credential", "/proof", own("/verifiableCredential/0/proof")),
        ("two proofs", "/proof", json!([own("/proof"), take("/proof")])),
        ("a signature of another", "/proof/jws", take("/proof/jws")),
        (
            "a proof of a credential in a credential",
            "/verifiableCredential/0/proof",
            take("/verifiableCredential/0/proof"),
        ),
        ("a credential without proof", "/verifiableCredential/0/proof", json!([])),
        ("another nonce", "/proof/nonce", json!("other")),
        ("another domain", "/proof/domain", json!("https://other.example.org")),
        ("another end", "/proof/expires", json!("2026-01-15T11:00:00Z")),
        ("another purpose", "/proof/proofPurpose", json!("authentication")),
        ("another holder", "/holder", json!(STRANGER)),
    ] {
        let mut changed = document.clone();
        *changed.pointer_mut(path).unwrap() = value;
        let outcome = Presentation::from_value(changed).map(|it| verify(&it).is_ok());
        assert_ne!(outcome, Ok(true), "accepted: {what}");
    }
}

#[test]
fn a_signed_part_of_a_token_does_not_fit_another() {
    let text = |nonce: &str| {
        let mut draft = draft(vec![issue(json!({"id": HOLDER}), "Utrecht", Format::JwtVc)]);
        draft.nonce = Some(nonce.to_owned());
        present(draft, PresentationFormat::JwtVp, &key()).raw().to_owned()
    };
    let (own, other) = (text("nonce"), text("other"));
    let parts = |text: &str| -> Vec<String> { text.split('.').map(str::to_owned).collect() };
    let (own, other) = (parts(&own), parts(&other));
    let swapped = format!("{}.{}.{}", own[0], other[1], own[2]);
    let outcome = verify(&Presentation::parse(&swapped).unwrap());
    assert_eq!(outcome, Err(VerifyError::Signature(jws::VerifyError::InvalidSignature)));
}

#[test]
fn a_purpose_outside_the_signature_is_refused_by_rule_and_not_by_signature() {
    let processor = processor();
    let (document, _) = two_documents(&processor);
    let mut changed = document;
    changed["proof"]["proofPurpose"] = json!("keyAgreement");
    let presentation = Presentation::from_value(changed).unwrap();
    let outcome = verify(&presentation).map_err(|error| error.to_string());
    assert_eq!(outcome, Err("proof has an unknown purpose".to_owned()));
    let alone = Policy::SignatureOnly;
    assert!(presentation.verify_under(alone, key().public_key(), NOW, &processor).is_err());
}
