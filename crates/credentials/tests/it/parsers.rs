//! Any text is read or refused: nothing panics, hangs or overflows the stack.

use pecan_credentials::credential::{Credential, validate};
use pecan_credentials::presentation::{Presentation, model};
use pecan_credentials::{date_time, presentation};
use pecan_jose::base64url;
use pecan_jsonld::processor::Processor;
use proptest::prelude::*;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::world::{key, processor};

const NOW: OffsetDateTime = datetime!(2026-01-15 10:00:00 UTC);

/// Asks everything of a text that may be asked.
fn exercise(text: &str, processor: &Processor) {
    if let Ok(credential) = Credential::parse(text) {
        exercise_credential(&credential, processor);
    }
    let Ok(presentation) = Presentation::parse(text) else { return };
    let _ = (presentation.view(), presentation.nested_view(), presentation.to_value());
    let _ = (presentation.id(), presentation.holder(), presentation.types());
    let _ = (presentation.audience(), presentation.nonce(), presentation.challenge());
    let _ = (presentation.created_at(), presentation.expires_at(), presentation.proof());
    let _ = (presentation.signer(), presentation.check_binding());
    let _ = presentation.verify_signature(key().public_key(), NOW, processor);
    for credential in presentation.credentials() {
        let _ = presentation.attests(credential);
        exercise_credential(credential, processor);
    }
}

fn exercise_credential(credential: &Credential, processor: &Processor) {
    let _ = (credential.view(), credential.raw(), credential.raw_value(), credential.id());
    let _ = (credential.issuer(), credential.types(), credential.contexts().count());
    let _ = (credential.subjects(), credential.subject_id(), credential.statuses());
    let _ = (credential.is_signed(), credential.signature_algorithm(), credential.key_id());
    let _ = (credential.proof_types(), credential.check_validity(NOW));
    let _ = validate::validate(credential);
    let _ = credential.verify_signature(key().public_key(), NOW, processor);
}

fn token(claims: &str) -> String {
    let header = base64url::encode(br#"{"alg":"ES256","kid":"did:web:a#0","typ":"JWT"}"#);
    format!("{header}.{}.{}", base64url::encode(claims.as_bytes()), base64url::encode(&[1; 64]))
}

fn any_json() -> impl Strategy<Value = Value> {
    let names = proptest::sample::select(vec![
        "@context",
        "@id",
        "@type",
        "@graph",
        "id",
        "type",
        "issuer",
        "issuanceDate",
        "proof",
        "expirationDate",
        "credentialSubject",
        "credentialStatus",
        "verifiableCredential",
        "holder",
        "vc",
        "vp",
        "iss",
        "sub",
        "jti",
        "nbf",
        "exp",
        "iat",
        "aud",
        "nonce",
        "jws",
        "created",
        "verificationMethod",
        "proofPurpose",
        "statusListIndex",
        "organization",
        "name",
        "city",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>()
            .prop_map(|it| serde_json::Number::from_f64(it).map_or(Value::Null, Value::from)),
        "\\PC{0,12}".prop_map(Value::from),
        proptest::sample::select(vec![
            "https://www.w3.org/2018/credentials/v1",
            "https://nuts.nl/credentials/v1",
            "did:web:a",
            "did:web:a#0",
            "2026-01-15T10:00:00Z",
            "VerifiableCredential",
            "NutsOrganizationCredential",
            "JsonWebSignature2020",
            "assertionMethod",
            "eyJhbGciOiJFUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19..AAAA",
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((names.clone(), inner), 0..8).prop_map(|members| {
                members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn arbitrary_text_is_read_or_refused(text in any::<String>()) {
        exercise(&text, &processor());
        exercise(&format!("{{{text}}}"), &processor());
        exercise(&token(&text), &processor());
    }

    #[test]
    fn arbitrary_documents_are_read_or_refused(value in any_json()) {
        let processor = processor();
        exercise(&value.to_string(), &processor);
        exercise(&token(&value.to_string()), &processor);
        exercise(&token(&json!({"vc": value, "vp": value, "iss": "did:web:a"}).to_string()), &processor);
        let _ = Credential::from_value(value.clone()).map(|it| exercise_credential(&it, &processor));
        let _ = Presentation::from_value(value);
    }

    #[test]
    fn arbitrary_times_are_read_or_refused(text in "\\PC{0,40}|[0-9TZ:.+-]{10,40}") {
        if let Ok(time) = date_time::parse(&text) {
            let printed = date_time::format(time);
            prop_assert_eq!(date_time::parse(&printed).map(date_time::format), Ok(printed));
        }
    }
}

#[test]
fn what_is_named_twice_is_refused_at_any_depth() {
    for text in [
        r#"{"issuer":"did:web:a","issuer":"did:web:b"}"#,
        r#"{"credentialSubject":{"id":"did:web:a","id":"did:web:b"}}"#,
        r#"{"verifiableCredential":[{"proof":{"jws":"a","jws":"b"}}]}"#,
    ] {
        assert!(Credential::parse(text).is_err(), "{text}");
        assert!(Presentation::parse(text).is_err(), "{text}");
    }
    for claims in [
        r#"{"iss":"did:web:a","iss":"did:web:b","vc":{},"vp":{}}"#,
        r#"{"vc":{"credentialSubject":{"a":1,"a":2}},"vp":{"holder":"did:web:a","holder":"did:web:b"}}"#,
    ] {
        assert!(Credential::parse(&token(claims)).is_err(), "{claims}");
        assert!(Presentation::parse(&token(claims)).is_err(), "{claims}");
    }
    let header = base64url::encode(br#"{"alg":"ES256","alg":"ES256"}"#);
    assert!(Credential::parse(&format!("{header}.e30.AAAA")).is_err());
}

#[test]
fn bombs_are_refused() {
    let deep = |open: &str, close: &str| {
        format!("{{\"a\":{}1{}}}", open.repeat(10_000), close.repeat(10_000))
    };
    let many: Vec<Value> = vec![json!({}); model::CREDENTIALS_MAX + 1];
    for text in [
        deep("[", "]"),
        deep("{\"a\":", "}"),
        format!("{{\"a\":\"{}\"}}", "x".repeat(2_000_000)),
        json!({"verifiableCredential": many}).to_string(),
    ] {
        assert!(Presentation::parse(&text).is_err());
        assert!(Presentation::parse(&token(&text)).is_err());
    }
    let expected = presentation::ParseError::TooManyCredentials { limit: model::CREDENTIALS_MAX };
    let text = json!({"verifiableCredential": many}).to_string();
    assert_eq!(Presentation::parse(&text).unwrap_err(), expected);
}
