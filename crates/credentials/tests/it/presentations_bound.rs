//! Whose credentials may be in a presentation, and which of them need no signature of their own.

use pecan_credentials::credential::SubjectError;
use pecan_credentials::presentation::{BindingError, Presentation};
use serde_json::{Value, json};

use crate::presentations::{
    HOLDER, ISSUER, STRANGER, holder_key_id, older_claims, self_attested, sign_claims,
};

#[test]
fn all_subjects_of_all_credentials_are_the_signer() {
    let subject = |error| Err(BindingError::Subject(error));
    let own = self_attested(HOLDER);
    let about = |subject: Value| {
        let mut credential = own.clone();
        credential["credentialSubject"] = subject;
        credential
    };
    for (credentials, expected) in [
        (json!([own, own]), Ok(())),
        (json!([about(json!([{"id": HOLDER}, {"id": HOLDER}]))]), Ok(())),
        (json!([own, about(json!({"id": STRANGER}))]), Err(BindingError::DifferentSubjects)),
        (json!(about(json!({"id": STRANGER}))), Err(BindingError::NotSubject)),
        (
            json!([about(json!([{"id": HOLDER}, {"id": STRANGER}]))]),
            subject(SubjectError::DifferentIds),
        ),
        (json!([own, about(json!([{"id": HOLDER}, {}]))]), subject(SubjectError::NoId)),
        (json!([own, about(json!({"id": "holder"}))]), subject(SubjectError::NotADid)),
        (json!([own, about(json!([]))]), subject(SubjectError::NoSubject)),
        (json!([about(json!({"id": HOLDER.to_uppercase()}))]), subject(SubjectError::NotADid)),
    ] {
        let token = sign_claims(&older_claims(&credentials), Some(&holder_key_id()));
        let as_token = Presentation::parse(&token).unwrap();
        assert_eq!(as_token.check_binding(), expected, "{credentials}");
        let as_document = Presentation::from_value(json!({
            "holder": HOLDER,
            "verifiableCredential": credentials,
            "proof": {"verificationMethod": holder_key_id()},
        }));
        assert_eq!(as_document.unwrap().check_binding(), expected, "{credentials}");
    }
}

#[test]
fn only_what_has_no_signature_at_all_is_attested_by_the_signer() {
    let own = self_attested(HOLDER);
    let with_proof = |proof: Value| {
        let mut credential = own.clone();
        credential["proof"] = proof;
        credential
    };
    for (credential, expected) in [
        (own.clone(), true),
        (with_proof(json!([])), true),
        (self_attested(ISSUER), false),
        (with_proof(json!({})), false),
        (with_proof(json!({"type": "Other"})), false),
        (with_proof(json!([{"type": "JsonWebSignature2020", "jws": "broken"}, {}])), false),
        (json!(sign_claims(&json!({"iss": HOLDER, "vc": own}), None)), false),
    ] {
        let token = sign_claims(&older_claims(&credential), Some(&holder_key_id()));
        let presentation = Presentation::parse(&token).unwrap();
        assert_eq!(presentation.attests(&presentation.credentials()[0]), expected, "{credential}");
        // Who signs for another holder attests nothing.
        let key_id = format!("{STRANGER}#0");
        let token = sign_claims(&older_claims(&credential), Some(&key_id));
        let presentation = Presentation::parse(&token).unwrap();
        assert!(!presentation.attests(&presentation.credentials()[0]), "{credential}");
    }
}
