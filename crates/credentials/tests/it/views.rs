//! What paths see, for every shape that peers send.

use std::borrow::Cow;

use pecan_credentials::credential::{Credential, ParseError, SubjectError};
use pecan_credentials::key_id::KeyIdError;
use pecan_credentials::presentation::Presentation;
use pecan_jose::base64url;
use serde_json::{Value, json};
use time::OffsetDateTime;

fn token_with(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
    format!("{}.{}.{}", part(header), part(claims), base64url::encode(&[1; 64]))
}

fn token(claims: &Value) -> String {
    token_with(&json!({"alg": "ES256", "kid": "did:web:issuer#0"}), claims)
}

#[test]
fn a_json_ld_credential_is_seen_collapsed_and_without_unknown_members() {
    let credential = Credential::from_value(json!({
        "@context": "https://www.w3.org/2018/credentials/v1",
        "type": ["VerifiableCredential"],
        "credentialSubject": [{"id": "did:web:a"}],
        "credentialStatus": [{"id": "x"}, {"id": "y"}],
        "proof": [],
        "issuer": "did:web:b",
        "issuanceDate": "2026-01-15T10:00:00.000Z",
        "expirationDate": null,
        "evidence": "unknown",
    }))
    .unwrap();
    let expected = json!({
        "@context": ["https://www.w3.org/2018/credentials/v1"],
        "type": "VerifiableCredential",
        "issuer": "did:web:b",
        "issuanceDate": "2026-01-15T10:00:00.000Z",
        "credentialStatus": [{"id": "x"}, {"id": "y"}],
        "credentialSubject": {"id": "did:web:a"},
    });
    assert_eq!(*credential.view(), expected);
    assert!(!credential.is_signed());
    let again = Credential::from_value(expected.clone()).unwrap();
    assert_eq!(*again.view(), expected);
    assert_eq!(again.to_value(), expected);
}

#[test]
fn a_jwt_credential_is_seen_rebuilt_with_lists() {
    let credential = Credential::parse(&token(&json!({
        "iss": "did:web:issuer",
        "sub": "did:web:holder",
        "jti": "did:web:issuer#1",
        "nbf": 1_768_471_200.7,
        "exp": 1_800_007_200,
        "vc": {
            "@context": "https://www.w3.org/2018/credentials/v1",
            "id": "other",
            "issuer": {"id": "other"},
            "issuanceDate": "2001-01-01T00:00:00Z",
            "type": "VerifiableCredential",
            "credentialSubject": [{"id": "other", "a": 1}, {"b": 2}],
            "credentialStatus": {"id": "status"},
            "proof": {"type": "DataIntegrityProof"},
            "evidence": "unknown",
        },
    })))
    .unwrap();
    let expected = json!({
        "@context": ["https://www.w3.org/2018/credentials/v1"],
        "type": ["VerifiableCredential"],
        "credentialSubject": [{"id": "did:web:holder", "a": 1}, {"id": "did:web:holder", "b": 2}],
        "credentialStatus": [{"id": "status"}],
        "id": "did:web:issuer#1",
        "issuer": "did:web:issuer",
        "issuanceDate": "2026-01-15T10:00:00Z",
        "expirationDate": "2027-01-15T10:00:00Z",
    });
    assert_eq!(*credential.view(), expected);
    assert!(credential.is_signed());
    assert!(credential.proof().is_none());
}

#[test]
fn a_jwt_credential_without_claims_of_its_own_is_seen_as_its_content() {
    let credential = Credential::parse(&token(&json!({
        "vc": {
            "id": "did:web:issuer#1",
            "issuer": "did:web:issuer",
            "issuanceDate": "2026-01-15T10:00:00Z",
            "credentialSubject": {"id": "did:web:holder"},
        },
    })))
    .unwrap();
    assert_eq!(credential.id(), Some("did:web:issuer#1"));
    assert_eq!(credential.issuer(), Some("did:web:issuer"));
    assert!(credential.issued_at().is_some());
    // The content names an issuer, but the token does not: nobody vouches for it.
    assert_eq!(credential.key_id(), Err(KeyIdError::MissingIssuer));
}

#[test]
fn the_key_of_a_token_follows_from_its_header_or_its_issuer() {
    let claims = json!({"iss": "did:jwk:abc", "vc": {}});
    for (header, expected) in [
        (json!({"alg": "ES256", "kid": "did:jwk:abc#0"}), Ok("did:jwk:abc#0")),
        (json!({"alg": "ES256", "kid": "did:jwk:abc"}), Ok("did:jwk:abc#0")),
        (json!({"alg": "ES256"}), Ok("did:jwk:abc#0")),
        (json!({"alg": "ES256", "kid": "did:jwk:abd#0"}), Err(())),
        (json!({"alg": "ES256", "kid": "did:jwk:abc/path#0"}), Err(())),
        (json!({"alg": "ES256", "kid": "0"}), Err(())),
        (json!({"alg": "ES256", "kid": "#0"}), Err(())),
    ] {
        let credential = Credential::parse(&token_with(&header, &claims)).unwrap();
        let key_id = credential.key_id().map(Cow::into_owned).map_err(|_| ());
        assert_eq!(key_id, expected.map(str::to_owned), "{header}");
    }
    let presentation = token_with(&json!({"alg": "ES256"}), &json!({"vp": {}, "iss": "did:jwk:a"}));
    let presentation = Presentation::parse(&presentation).unwrap();
    assert_eq!(presentation.key_id(), Err(KeyIdError::MissingKid));
    assert_eq!(KeyIdError::MissingKid.to_string(), "no kid header in JWT");
}

#[test]
fn a_time_that_is_there_and_unreadable_is_not_taken_for_none() {
    for member in ["issuanceDate", "expirationDate"] {
        for value in [json!("tomorrow"), json!(1), json!({}), json!("")] {
            let outcome = Credential::from_value(json!({ member: value }));
            assert_eq!(outcome.unwrap_err(), ParseError::Malformed { member });
        }
    }
    for claims in [json!({"exp": "soon", "vc": {}}), json!({"exp": 1e300, "vc": {}})] {
        assert!(Credential::parse(&token(&claims)).is_err(), "{claims}");
    }
    assert!(Credential::parse(&token(&json!({"exp": -1, "vc": {}}))).is_err());
}

#[test]
fn what_is_no_proof_is_not_taken_for_none() {
    for proof in [json!("x"), json!(1), json!([[]]), json!([null]), json!(false)] {
        let document = json!({ "proof": proof });
        assert!(Credential::from_value(document.clone()).is_err(), "{document}");
        assert!(Presentation::from_value(document).is_err());
    }
    let two = json!({"issuer": "did:web:a", "proof": [{}, {}]});
    let credential = Credential::from_value(two.clone()).unwrap();
    assert!(credential.is_signed());
    assert_eq!(credential.key_id(), Err(KeyIdError::SeveralProofs));
    let presentation = Presentation::from_value(two).unwrap();
    let cause = presentation.key_id().unwrap_err();
    assert_eq!(cause.to_string(), "presentation should have exactly 1 proof, got 2");
}

#[test]
fn the_subject_is_one_did() {
    for (subject, expected) in [
        (json!({"id": "did:web:a"}), Ok("did:web:a")),
        (json!([{"id": "did:web:a"}, {"id": "did:web:a"}]), Ok("did:web:a")),
        (json!([]), Err(SubjectError::NoSubject)),
        (json!({"name": "x"}), Err(SubjectError::NoId)),
        (json!([{"id": "did:web:a"}, {}]), Err(SubjectError::NoId)),
        (json!("did:web:a"), Err(SubjectError::NoId)),
        (json!([{"id": "did:web:a"}, {"id": "did:web:b"}]), Err(SubjectError::DifferentIds)),
        (json!({"id": "https://example.org"}), Err(SubjectError::NotADid)),
        (json!({"id": "did:web:a#0"}), Err(SubjectError::NotADid)),
    ] {
        let credential = Credential::from_value(json!({ "credentialSubject": subject })).unwrap();
        let id = credential.subject_id().map(|it| it.to_string());
        assert_eq!(id, expected.map(str::to_owned), "{subject}");
    }
}

#[test]
fn a_jwt_presentation_is_seen_as_sent() {
    // The form of older nodes: no `iss`, no `iat`, single values.
    let claims = json!({
        "sub": "did:web:holder",
        "jti": "did:web:holder#1",
        "aud": "https://verifier.example.org",
        "nbf": 1_768_471_200,
        "exp": 1_768_471_205,
        "nonce": "nonce",
        "vp": {
            "type": "VerifiablePresentation",
            "holder": "did:web:holder",
            "verifiableCredential": {"credentialSubject": {"id": "did:web:holder"}},
        },
    });
    let presentation = Presentation::parse(&token(&claims)).unwrap();
    let mut expected = claims["vp"].clone();
    expected["id"] = json!("did:web:holder#1");
    assert_eq!(*presentation.view(), expected);
    assert_eq!(presentation.holder(), Some("did:web:holder"));
    assert_eq!(presentation.audience(), ["https://verifier.example.org"]);
    assert_eq!(presentation.created_at().map(OffsetDateTime::unix_timestamp), Some(1_768_471_200));
    assert_eq!(presentation.expires_at().map(OffsetDateTime::unix_timestamp), Some(1_768_471_205));
    assert_eq!(presentation.credentials().len(), 1);
    assert!(presentation.has_type("VerifiablePresentation"));

    let mut newer = claims;
    newer["iss"] = json!("did:web:other");
    newer["nonce"] = json!(1);
    let presentation = Presentation::parse(&token(&newer)).unwrap();
    assert_eq!(presentation.holder(), Some("did:web:other"));
    assert_eq!(presentation.nonce(), None);
}

#[test]
fn strings_and_objects_mix_in_a_presentation() {
    let jwt = token(&json!({"iss": "did:web:issuer", "vc": {}}));
    let presentation = Presentation::from_value(json!({
        "type": "VerifiablePresentation",
        "verifiableCredential": [jwt, {"issuer": "did:web:a"}],
    }))
    .unwrap();
    let [first, second] = presentation.credentials() else { panic!("two credentials") };
    assert_eq!(first.raw(), jwt);
    assert_eq!(*first.raw_value(), json!(jwt));
    assert_eq!(*second.raw_value(), second.to_value());
    assert_eq!(second.raw(), r#"{"issuer":"did:web:a"}"#);
    assert_eq!(second.issuer(), Some("did:web:a"));
    let single = Presentation::from_value(json!({"verifiableCredential": [jwt]})).unwrap();
    assert_eq!(single.view()["verifiableCredential"], json!([jwt]));
    assert_eq!(single.nested_view()["verifiableCredential"], json!(jwt));
    for malformed in [json!(1), json!([[]]), json!([null]), json!("x"), json!(["a.b.c"])] {
        let document = json!({ "verifiableCredential": malformed });
        assert!(Presentation::from_value(document.clone()).is_err(), "{document}");
    }
}
