//! What is built is what is read, for both formats and all algorithms.

use pecan_credentials::contexts::{CREDENTIALS_V1, JWS_2020, NUTS_V1};
use pecan_credentials::credential::{self, Credential, validate};
use pecan_credentials::date_time;
use pecan_credentials::did::Did;
use pecan_credentials::format::{Format, PresentationFormat};
use pecan_credentials::key_id::KeyIdError;
use pecan_credentials::presentation::draft::DraftError;
use pecan_credentials::presentation::{self, BindingError, Presentation};
use pecan_credentials::proof::sign::PrepareError;
use pecan_credentials::proof::{Purpose, VerifyError};
use pecan_credentials::status::status_list_2021::Entry;
use pecan_jose::base64url;
use pecan_jose::jwk::PrivateKey;
use pecan_jose::signer::Signer;
use pecan_jsonld::document::Document;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::world::{key, other_key, processor, signers, signing_key};

const ISSUER: &str = "did:web:issuer.example.org";
const HOLDER: &str = "did:web:holder.example.org:iam:clinic";
const NOW: OffsetDateTime = datetime!(2026-01-15 10:00:00 UTC);

fn organization(name: &str, city: &str) -> credential::Draft {
    let subject = json!({"id": HOLDER, "organization": {"name": name, "city": city}});
    let Value::Object(subject) = subject else { unreachable!() };
    let draft = credential::Draft {
        id: format!("{ISSUER}#1"),
        issuer: Did::parse(ISSUER).unwrap(),
        contexts: vec![],
        types: vec!["NutsOrganizationCredential".to_owned()],
        subjects: vec![subject],
        issued_at: NOW,
        expires_at: Some(NOW + time::Duration::days(365)),
        statuses: vec![Entry::revocation("https://issuer.example.org/1", 7).to_value()],
    };
    draft.complete().unwrap()
}

fn issue(draft: credential::Draft, format: Format, signer: &PrivateKey) -> Credential {
    let key = signing_key(ISSUER, signer);
    match format {
        Format::JwtVc => {
            let text = draft.into_jwt(&key).sign(signer).unwrap();
            Credential::parse(&text).unwrap()
        }
        Format::LdpVc => {
            let document = draft.into_json_ld(&key, &processor()).unwrap().sign(signer).unwrap();
            Credential::parse(&document.to_string()).unwrap()
        }
    }
}

fn draft(credentials: Vec<Credential>) -> presentation::Draft {
    presentation::Draft {
        id: format!("{HOLDER}#1"),
        holder: Some(Did::parse(HOLDER).unwrap()),
        contexts: vec![],
        types: vec![],
        credentials,
        audience: Some("https://verifier.example.org".to_owned()),
        nonce: Some("nonce".to_owned()),
        challenge: Some("nonce".to_owned()),
        created_at: NOW,
        expires_at: NOW + time::Duration::seconds(5),
        purpose: Purpose::AssertionMethod,
        claims: Map::new(),
    }
}

fn present(
    draft: presentation::Draft,
    format: PresentationFormat,
    signer: &PrivateKey,
) -> Presentation {
    let key = signing_key(HOLDER, signer);
    let text = match format {
        PresentationFormat::JwtVp => draft.into_jwt(&key).sign(signer).unwrap(),
        PresentationFormat::LdpVp => {
            draft.into_json_ld(&key, &processor()).unwrap().sign(signer).unwrap().to_string()
        }
    };
    Presentation::parse(&text).unwrap()
}

#[test]
fn a_credential_is_read_as_it_was_issued() {
    let processor = processor();
    for signer in signers() {
        for format in [Format::JwtVc, Format::LdpVc] {
            let issued = organization("Caresoft B.V.", "Caretown");
            let credential = issue(issued.clone(), format, &signer);
            assert_eq!(credential.format(), format);
            assert_eq!(credential.id(), Some(issued.id.as_str()));
            assert_eq!(credential.issuer(), Some(ISSUER));
            assert_eq!(credential.types(), issued.types);
            assert_eq!(credential.subjects(), [Value::Object(issued.subjects[0].clone())]);
            assert_eq!(credential.subject_id().unwrap(), *HOLDER);
            assert_eq!(credential.issued_at(), Some(issued.issued_at));
            assert_eq!(credential.expires_at(), issued.expires_at);
            assert_eq!(credential.statuses(), issued.statuses);
            assert_eq!(credential.signature_algorithm(), Some(signer.algorithm()));
            assert!(credential.is_signed());
            let contexts: Vec<&str> = credential.contexts().filter(|it| *it != JWS_2020).collect();
            assert_eq!(contexts, issued.contexts);
            assert_eq!(credential.key_id().unwrap(), format!("{ISSUER}#0"));
            credential.verify_signature(signer.public_key(), NOW, &processor).unwrap();
            credential.check_validity(NOW).unwrap();
            validate::validate(&credential).unwrap();
            let again = Credential::from_value(credential.to_value()).unwrap();
            assert_eq!(again.raw(), credential.raw());
        }
    }
}

#[test]
fn a_presentation_is_read_as_it_was_made() {
    let processor = processor();
    let issued = issue(organization("Caresoft B.V.", "Caretown"), Format::LdpVc, &key());
    for signer in signers() {
        for format in [PresentationFormat::JwtVp, PresentationFormat::LdpVp] {
            let presentation = present(draft(vec![issued.clone()]), format, &signer);
            assert_eq!(presentation.format(), format);
            assert_eq!(presentation.id(), Some(format!("{HOLDER}#1").as_str()));
            assert_eq!(presentation.holder(), Some(HOLDER));
            assert_eq!(presentation.signer().unwrap(), *HOLDER);
            assert_eq!(presentation.audience(), ["https://verifier.example.org"]);
            assert_eq!(presentation.nonce(), Some("nonce"));
            assert_eq!(presentation.challenge(), Some("nonce"));
            assert_eq!(presentation.created_at(), Some(NOW));
            assert_eq!(presentation.expires_at(), Some(NOW + time::Duration::seconds(5)));
            presentation.check_binding().unwrap();
            presentation.verify_signature(signer.public_key(), NOW, &processor).unwrap();
            let [credential] = presentation.credentials() else { panic!("one credential") };
            assert_eq!(credential.raw(), issued.raw());
            credential.verify_signature(key().public_key(), NOW, &processor).unwrap();
        }
    }
}

#[test]
fn another_key_does_not_verify() {
    let processor = processor();
    for format in [Format::JwtVc, Format::LdpVc] {
        let credential = issue(organization("Caresoft B.V.", "Caretown"), format, &key());
        let outcome = credential.verify_signature(other_key().public_key(), NOW, &processor);
        assert!(matches!(outcome, Err(VerifyError::Signature(_))), "{format}: {outcome:?}");
    }
}

#[test]
fn the_key_of_somebody_else_is_not_the_issuers() {
    let signer = key();
    let stranger = signing_key("did:web:stranger.example.org", &signer);
    let expected = KeyIdError::NotOfIssuer {
        key_id: "did:web:stranger.example.org#0".to_owned(),
        issuer: ISSUER.to_owned(),
    };
    let draft = organization("Caresoft B.V.", "Caretown");
    let jwt = draft.clone().into_jwt(&stranger).sign(&signer).unwrap();
    let json_ld = draft.into_json_ld(&stranger, &processor()).unwrap().sign(&signer).unwrap();
    for text in [jwt, json_ld.to_string()] {
        let credential = Credential::parse(&text).unwrap();
        assert_eq!(credential.key_id().unwrap_err(), expected);
        let outcome = credential.verify_signature(signer.public_key(), NOW, &processor());
        assert_eq!(outcome, Err(VerifyError::KeyId(expected.clone())));
    }
}

#[test]
fn a_jwt_credential_is_not_put_into_a_json_ld_presentation() {
    let credential = issue(organization("Caresoft B.V.", "Caretown"), Format::JwtVc, &key());
    let signing = signing_key(HOLDER, &key());
    let outcome = draft(vec![credential]).into_json_ld(&signing, &processor());
    assert_eq!(outcome.err(), Some(DraftError::JwtInJsonLd));
}

#[test]
fn undefined_properties_are_refused_when_issuing_with_every_path_named() {
    let mut draft = organization("Caresoft B.V.", "Caretown");
    draft.subjects[0].insert("unknown".to_owned(), json!("x"));
    draft.subjects[0]["organization"]["other"] = json!({"deep": true});
    let outcome = draft.into_json_ld(&signing_key(ISSUER, &key()), &processor());
    let Err(PrepareError::Coverage(cause)) = outcome else { panic!("refused") };
    let text = cause.to_string();
    assert!(text.starts_with("jsonld: invalid property"), "{text}");
    assert!(text.contains("`/credentialSubject/unknown`"), "{text}");
    assert!(text.contains("`/credentialSubject/organization/other`"), "{text}");
}

#[test]
fn a_self_attested_credential_counts_for_its_holder_only() {
    let processor = processor();
    let attested = |issuer: &str| {
        Credential::from_value(json!({
            "@context": [CREDENTIALS_V1, NUTS_V1],
            "id": "urn:uuid:7f9f2f0e-2b9d-4f4e-9f0b-0c8f4f1e6a77",
            "type": ["VerifiableCredential", "NutsEmployeeCredential"],
            "issuer": issuer,
            "issuanceDate": "2026-01-01T00:00:00Z",
            "credentialSubject": {"id": HOLDER, "name": "J. Jansen", "roleName": "Nurse"},
        }))
        .unwrap()
    };
    let signer = key();
    for format in [PresentationFormat::JwtVp, PresentationFormat::LdpVp] {
        let credentials = vec![attested(HOLDER), attested(ISSUER)];
        let presentation = present(draft(credentials), format, &signer);
        presentation.verify_signature(signer.public_key(), NOW, &processor).unwrap();
        let [own, foreign] = presentation.credentials() else { panic!("two credentials") };
        assert!(presentation.attests(own));
        assert!(!presentation.attests(foreign));
        assert_eq!(own.key_id(), Err(KeyIdError::Unsigned));
        assert_eq!(own.key_id().unwrap_err().to_string(), "missing proof");
    }
    let mut anonymous = draft(vec![attested(HOLDER)]);
    anonymous.holder = None;
    let presentation = present(anonymous, PresentationFormat::JwtVp, &signer);
    assert!(!presentation.attests(&presentation.credentials()[0]));
}

#[test]
fn a_jwt_credential_of_the_holder_is_not_self_attested() {
    let signer = key();
    let mut own = organization("Caresoft B.V.", "Caretown");
    own.issuer = Did::parse(HOLDER).unwrap();
    let token = own.into_jwt(&signing_key(HOLDER, &signer)).attach(&[0; 64]);
    let credential = Credential::parse(&token).unwrap();
    let presentation = present(draft(vec![credential]), PresentationFormat::JwtVp, &signer);
    let [credential] = presentation.credentials() else { panic!("one credential") };
    assert!(!presentation.attests(credential));
    assert!(credential.verify_signature(signer.public_key(), NOW, &processor()).is_err());
}

#[test]
fn a_relative_id_hides_a_self_attested_credential_from_a_json_ld_signature() {
    let credential = Credential::from_value(json!({
        "@context": [CREDENTIALS_V1, NUTS_V1],
        "id": "7f9f2f0e-2b9d-4f4e-9f0b-0c8f4f1e6a77",
        "type": ["VerifiableCredential", "NutsEmployeeCredential"],
        "issuer": HOLDER,
        "issuanceDate": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": HOLDER, "name": "J. Jansen"},
    }))
    .unwrap();
    let outcome = draft(vec![credential]).into_json_ld(&signing_key(HOLDER, &key()), &processor());
    assert!(matches!(outcome, Err(DraftError::Prepare(PrepareError::Coverage(_)))));
}

#[test]
fn credentials_of_others_are_not_the_signers_to_present() {
    let signer = key();
    let own = issue(organization("Caresoft B.V.", "Caretown"), Format::JwtVc, &signer);
    let mut foreign = organization("Other", "Elsewhere");
    foreign.subjects[0].insert("id".to_owned(), json!("did:web:other.example.org"));
    let foreign = issue(foreign, Format::JwtVc, &signer);
    let check = |credentials: &[&Credential], holder: Option<&str>| {
        let mut draft = draft(credentials.iter().copied().cloned().collect());
        draft.holder = holder.map(|holder| Did::parse(holder).unwrap());
        present(draft, PresentationFormat::JwtVp, &signer).check_binding()
    };
    assert_eq!(check(&[&own], None), Ok(()));
    assert_eq!(check(&[], Some(ISSUER)), Ok(()));
    assert_eq!(check(&[&own, &foreign], None), Err(BindingError::DifferentSubjects));
    assert_eq!(check(&[&foreign], None), Err(BindingError::NotSubject));
    assert_eq!(check(&[&own], Some(ISSUER)), Err(BindingError::NotHolder));
}

#[test]
fn a_signed_document_of_another_kind_is_no_presentation() {
    let credential = issue(organization("Caresoft B.V.", "Caretown"), Format::LdpVc, &key());
    let presentation = Presentation::parse(credential.raw()).unwrap();
    let outcome = presentation.verify_signature(key().public_key(), NOW, &processor());
    assert_eq!(outcome, Err(VerifyError::NotAPresentation));
    let token = issue(organization("Caresoft B.V.", "Caretown"), Format::JwtVc, &key());
    assert!(Presentation::parse(token.raw()).is_err());
}

/// Signs the payload of a proof under any header.
fn sign_under(header: &Value, payload: &[u8], is_encoded: bool) -> String {
    let header = base64url::encode(header.to_string().as_bytes());
    let mut message = format!("{header}.").into_bytes();
    if is_encoded {
        message.extend(base64url::encode(payload).bytes());
    } else {
        message.extend(payload);
    }
    format!("{header}..{}", base64url::encode(&key().sign(&message).unwrap()))
}

#[test]
fn a_proof_counts_only_under_a_header_that_says_how_it_was_signed() {
    let signer = key();
    let draft = organization("Caresoft B.V.", "Caretown");
    let unsigned = draft.into_json_ld(&signing_key(ISSUER, &signer), &processor()).unwrap();
    let payload = unsigned.signing_input()[unsigned.signing_input().len() - 64..].to_vec();
    let document = unsigned.sign(&signer).unwrap();
    let check = |header: Value, is_encoded: bool| {
        let mut document = document.clone();
        document["proof"]["jws"] = json!(sign_under(&header, &payload, is_encoded));
        let credential = Credential::from_value(document).unwrap();
        credential.verify_signature(signer.public_key(), NOW, &processor())
    };
    assert_eq!(check(json!({"alg": "ES256", "b64": false, "crit": ["b64"]}), false), Ok(()));
    // Each of these signatures is good for its header, and the reference accepts the unencoded ones.
    for header in [
        json!({"alg": "none", "b64": false, "crit": ["b64"]}),
        json!({"alg": "ES384", "b64": false, "crit": ["b64"]}),
        json!({"alg": "EdDSA", "b64": false, "crit": ["b64"]}),
        json!({"b64": false, "crit": ["b64"]}),
        json!({"alg": "ES256", "b64": false}),
        json!({"alg": "ES256", "b64": true, "crit": ["b64"]}),
        json!({"alg": "ES256", "b64": false, "crit": ["b64", "exp"], "exp": 1}),
        json!({"alg": "ES256", "b64": "false", "crit": ["b64"]}),
        json!({"alg": "ES256"}),
    ] {
        for is_encoded in [false, true] {
            assert!(check(header.clone(), is_encoded).is_err(), "{header}");
        }
    }
    assert_eq!(check(json!({"alg": "ES256"}), true), Err(VerifyError::Encoded));
}

proptest! {
    #[test]
    fn any_text_survives_signing(name in "\\PC{1,40}", city in "\\PC*\n\t\"\\\\") {
        let processor = processor();
        let signer = key();
        for format in [Format::JwtVc, Format::LdpVc] {
            let credential = issue(organization(&name, &city), format, &signer);
            let organization = &credential.subjects()[0]["organization"];
            prop_assert_eq!(&organization["name"], &json!(name));
            prop_assert_eq!(&organization["city"], &json!(city));
            credential.verify_signature(signer.public_key(), NOW, &processor).unwrap();
        }
    }

    #[test]
    fn proof_options_are_those_of_a_json_ld_processor(
        challenge in proptest::option::of(any::<String>()),
        domain in proptest::option::of(any::<String>()),
        nonce in proptest::option::of(any::<String>()),
        lifetime in proptest::option::of(0_i64..100_000),
        is_assertion: bool,
    ) {
        let purpose =
            if is_assertion { Purpose::AssertionMethod } else { Purpose::Authentication };
        let expires = lifetime.map(|it| NOW + time::Duration::seconds(it));
        let key = signing_key(HOLDER, &key());
        let options = pecan_credentials::proof::Options::new(&key.id, NOW)
            .purpose(purpose)
            .expires(expires)
            .challenge(challenge.clone())
            .domain(domain.clone())
            .nonce(nonce.clone());
        let mut document = json!({
            "@context": [JWS_2020],
            "@type": "JsonWebSignature2020",
            "created": date_time::format(NOW),
            "verificationMethod": key.id.to_string(),
            "proofPurpose": purpose.name(),
        });
        let members = [
            ("challenge", challenge),
            ("domain", domain),
            ("nonce", nonce),
            ("expires", expires.map(date_time::format)),
        ];
        for (member, text) in members {
            if let Some(text) = text {
                document[member] = json!(text);
            }
        }
        let canonical = processor().canonicalize(&Document::new(&document)).unwrap();
        prop_assert_eq!(options.to_nquads(), canonical.nquads);
        prop_assert!(canonical.uncovered.is_empty());
    }
}
