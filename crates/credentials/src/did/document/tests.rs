//! Documents as peers write them, and what is refused.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn document(mut members: Value) -> Result<Document, ParseError> {
    let object = members.as_object_mut().unwrap();
    object.entry("id").or_insert("did:web:a".into());
    Document::from_value(&members)
}

fn method(id: &str) -> Value {
    json!({"controller": "did:web:a", "id": id, "publicKeyJwk": {"kty": "OKP"}, "type": "JsonWebKey2020"})
}

#[test]
fn a_normalised_document_prints_as_it_came() {
    let value = json!({
        "@context": ["https://www.w3.org/ns/did/v1", {"@base": "did:web:a"}],
        "assertionMethod": ["did:web:a#1", method("did:web:a#2")],
        "controller": "did:web:b",
        "id": "did:web:a",
        "keyAgreement": ["did:web:a#1"],
        "service": [{"id": "did:web:a#s", "serviceEndpoint": {"a": [1]}, "type": "t"}, {"id": "x"}],
        "verificationMethod": [method("did:web:a#1")],
    });
    let document = Document::from_value(&value).unwrap();
    assert_eq!(document.to_value().to_string(), value.to_string());
    assert_eq!(document.key_agreement().unwrap().id(), &"did:web:a#1");
}

#[test]
fn one_value_and_a_list_of_one_are_the_same() {
    let single = document(json!({"@context": "c", "controller": "did:web:b"})).unwrap();
    let listed = document(json!({"@context": ["c"], "controller": ["did:web:b"]})).unwrap();
    assert_eq!(single, listed);
    let printed = json!({"@context": "c", "controller": "did:web:b", "id": "did:web:a"});
    assert_eq!(listed.to_value(), printed);
}

#[test]
fn relative_ids_belong_to_the_document() {
    let document = document(json!({
        "verificationMethod": method("#1"),
        "assertionMethod": ["did:web:a#1", method("#2")],
        "authentication": "#1",
    }))
    .unwrap();
    assert!(document.find_assertion_method("did:web:a#1").is_some());
    assert!(document.find_assertion_method("did:web:a#2").is_some());
    assert!(document.find_assertion_method("#1").is_none());
}

#[test]
fn only_assertion_methods_are_found() {
    let document = document(json!({
        "verificationMethod": [method("did:web:a#1")],
        "authentication": ["did:web:a#1"],
        "capabilityInvocation": [method("did:web:a#2")],
    }))
    .unwrap();
    assert_eq!(document.find_assertion_method("did:web:a#1"), None);
    assert_eq!(document.find_assertion_method("did:web:a#2"), None);
}

#[test]
fn a_document_may_be_empty() {
    let document = document(json!({"alsoKnownAs": ["x"], "@context": null})).unwrap();
    assert_eq!(document.to_value(), json!({"@context": null, "id": "did:web:a"}));
    assert_eq!(document.key_agreement(), None);
}

#[test]
fn what_is_no_document_is_refused_by_name() {
    let member = |member| ParseError::Member { member };
    let of_method = |member| ParseError::Method(verification_method::ParseError::Member { member });
    let id = DidUrl::parse("did:web:a#9").unwrap();
    for (members, expected) in [
        (json!({"id": 1}), member("id")),
        (json!({"id": "did:web:a#0"}), ParseError::Did(did::ParseError::NotPlain)),
        (json!({"@context": [null]}), member("@context")),
        (json!({"controller": {}}), member("controller")),
        (json!({"service": [1]}), member("service")),
        (json!({"service": [{"id": 1}]}), member("service")),
        (json!({"service": [{"id": "x", "type": [1]}]}), member("service")),
        (json!({"verificationMethod": [{"type": "x"}]}), of_method("id")),
        (json!({"verificationMethod": [{"id": "#1"}]}), of_method("type")),
        (
            json!({"verificationMethod": ["#1"]}),
            ParseError::Method(verification_method::ParseError::NotAnObject),
        ),
        (
            json!({"assertionMethod": ["#9"]}),
            ParseError::UnresolvedReference { relationship: Relationship::AssertionMethod, id },
        ),
        (
            json!({"keyAgreement": vec![method("#1"); LIST_MAX + 1]}),
            ParseError::TooMany { member: "keyAgreement", limit: LIST_MAX },
        ),
    ] {
        assert_eq!(document(members.clone()), Err(expected), "{members}");
    }
    assert_eq!(Document::from_value(&json!([])), Err(ParseError::NotAnObject));
    assert_eq!(Document::from_value(&json!({})), Err(member("id")));
}

#[test]
fn a_key_that_is_not_there_is_not_found() {
    let document = document(json!({})).unwrap();
    assert_eq!(document.assertion_key("did:web:a#1"), Err(KeyError::NotFound));
}

#[test]
fn texts_beyond_a_limit_are_refused() {
    let error = |text: &str| match Document::parse(text) {
        Err(ParseError::Json(error)) => Some(error),
        Ok(_) | Err(_) => None,
    };
    assert_eq!(error(&"[".repeat(10_000)), Some(json::Error::TooDeep));
    let limit = json::TEXT_BYTES_MAX;
    assert_eq!(error(&" ".repeat(limit + 1)), Some(json::Error::TooLarge { limit }));
    let name = "id".to_owned();
    let twice = r#"{"id": "did:web:a", "id": "did:web:b"}"#;
    assert_eq!(error(twice), Some(json::Error::DuplicateMember { name }));
    assert!(Document::parse(b"\xff").is_err());
}

/// JSON whose members are those of a document, with values that may or may not fit.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i32>().prop_map(Value::from),
        "(did:web:a)?#?[0-3]?".prop_map(Value::from),
        Just(json!("JsonWebKey2020")),
    ];
    let member = prop::sample::select(vec![
        "@context",
        "id",
        "type",
        "controller",
        "verificationMethod",
        "assertionMethod",
        "keyAgreement",
        "service",
        "serviceEndpoint",
        "publicKeyJwk",
    ]);
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((member.clone(), inner), 0..6).prop_map(|members| {
                members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn no_value_makes_it_panic_and_what_is_printed_is_read_again(mut value in anything()) {
        if let Some(members) = value.as_object_mut() {
            members.insert("id".to_owned(), "did:web:a".into());
        }
        if let Ok(document) = Document::from_value(&value) {
            prop_assert_eq!(Document::parse(document.to_value().to_string()), Ok(document));
        }
    }
}
