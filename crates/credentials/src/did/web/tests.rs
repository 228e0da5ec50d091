//! The way from a DID to its URL and back.

use pecan_jose::jwk::PublicKey;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::did::DidUrl;

fn did(text: &str) -> Did {
    Did::parse(text).unwrap()
}

#[test]
fn a_did_has_one_url_and_the_url_that_did() {
    for (text, url) in [
        ("did:web:example.com", "https://example.com/.well-known/did.json"),
        ("did:web:localhost%3A18443:iam:a-b", "https://localhost:18443/iam/a-b/did.json"),
        ("did:web:example.com:a%2Bb:%7Ec", "https://example.com/a+b/~c/did.json"),
        ("did:web:example.com:a%20b", "https://example.com/a%20b/did.json"),
        ("did:web:a_b.example:.well-known", "https://a_b.example/.well-known/did.json"),
    ] {
        assert_eq!(to_url(&did(text)).as_deref(), Ok(url));
        if !text.ends_with(".well-known") {
            assert_eq!(from_url(url), Ok(did(text)));
        }
    }
}

#[test]
fn a_url_without_the_name_of_the_document_stands_for_the_same_did() {
    for url in
        ["https://a.example/iam/x", "https://a.example//iam/x/", "http://a.example/iam/x/did.json"]
    {
        assert_eq!(from_url(url), Ok(did("did:web:a.example:iam:x")), "{url}");
    }
    assert_eq!(from_url("https://a.example/"), Ok(did("did:web:a.example")));
}

#[test]
fn hosts_that_are_no_names_are_refused() {
    for (host, expected) in [
        ("a%2Fb", Error::Host),
        ("a%40b", Error::Host),
        ("a%3Fb", Error::Host),
        ("a%23b", Error::Host),
        ("a%5Cb", Error::Host),
        ("a%00", Error::Host),
        ("a%C3%B8", Error::Host),
        ("a..b", Error::Host),
        ("a.", Error::Host),
        ("%5B%3A%3A1%5D", Error::Host),
        ("127.0.0.1", Error::IpAddress),
        ("127.0.0.1%3A80", Error::IpAddress),
        ("2130706433", Error::IpAddress),
        ("0x7f.1", Error::IpAddress),
        ("a.0x7f", Error::IpAddress),
        ("a.0X", Error::IpAddress),
        ("a%3A", Error::Port),
        ("a%3A0", Error::Port),
        ("a%3A65536", Error::Port),
        ("a%3A-1", Error::Port),
        ("a%3A%2B1", Error::Port),
        ("a%3A80%3A80", Error::Port),
    ] {
        assert_eq!(to_url(&did(&format!("did:web:{host}"))), Err(expected), "{host}");
    }
    let long = format!("did:web:{}", "a".repeat(HOST_CHARS_MAX + 1));
    assert_eq!(to_url(&did(&long)), Err(Error::Host));
}

#[test]
fn paths_that_would_not_come_back_are_refused() {
    for (text, expected) in [
        ("did:web:a:", Error::EmptySegment),
        ("did:web:a::b", Error::EmptySegment),
        ("did:web:a:.:b", Error::DotSegment),
        ("did:web:a:%2e.:b", Error::DotSegment),
        ("did:web:a:%2E%2e", Error::DotSegment),
        ("did:jwk:a", Error::Method),
    ] {
        assert_eq!(to_url(&did(text)), Err(expected), "{text}");
    }
    for (url, expected) in [
        ("ftp://a", Error::Scheme),
        ("https://a?b", Error::NotPlain),
        ("https://a/b#c", Error::NotPlain),
        ("https://user@a/b", Error::Host),
        ("https://a/../b", Error::DotSegment),
        ("https://a/b c", Error::Did(did::ParseError::MethodSpecificId)),
        ("https://", Error::Host),
    ] {
        assert_eq!(from_url(url), Err(expected), "{url}");
    }
}

#[test]
fn a_document_has_its_keys_in_four_relationships() {
    let did = did("did:web:node.example.org:iam:5a0bd2cc-5e8b-4b3c-9d6d-2f4d4f6b7a11");
    let id = format!("{did}#0f2c2a3e-6c0e-4a55-8a5d-0c7a0d0f4b21");
    let jwk = json!({
        "crv": "P-256",
        "kty": "EC",
        "x": "reoKa1QRc-nUfNKFXVqb2hJcsStkwADaZCNMZkL97_g",
        "y": "9gcCVMK4kL9bbYuQgo4Kp68eXFKjTtlozZ1ExxqcsY0",
    });
    let key = PublicKey::from_jwk(&jwk).unwrap();
    let method =
        VerificationMethod::json_web_key(DidUrl::parse(&id).unwrap(), did.clone(), key.to_jwk());
    let document = document(&did, [method]);
    let expected = json!({
        "@context": [DID_V1, JWS_2020],
        "assertionMethod": [id],
        "authentication": [id],
        "capabilityDelegation": [id],
        "capabilityInvocation": [id],
        "id": did.as_str(),
        "verificationMethod": [
            {"controller": did.as_str(), "id": id, "publicKeyJwk": jwk, "type": "JsonWebKey2020"},
        ],
    });
    assert_eq!(document.to_value().to_string(), expected.to_string());
    assert_eq!(document.assertion_key(&id), Ok(key));
    assert_eq!(parse(&did, expected.to_string().as_bytes()), Ok(document));
}

#[test]
fn the_document_of_another_did_is_refused() {
    let body = br#"{"id":"did:web:b"}"#;
    let error = DocumentError::OtherId { id: did("did:web:b") };
    assert_eq!(parse(&did("did:web:a"), body), Err(error));
    assert!(matches!(parse(&did("did:web:a"), b"{"), Err(DocumentError::Parse(_))));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(id in "([a-z0-9.:_-]|%[0-9a-fA-F]{2}){1,40}", url in "https?://.*") {
        let _ = from_url(&url);
        let did = did(&format!("did:web:{id}"));
        if let Ok(url) = to_url(&did) {
            prop_assert!(url.starts_with("https://"));
            prop_assert_eq!(to_url(&from_url(&url).unwrap()).unwrap(), url);
        }
    }
}
