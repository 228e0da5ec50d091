//! Resolution: own documents first, the others as they are served, and every failure by its name.

use std::sync::Arc;

use pecan_credentials::did::Did;
use pecan_jose::jwk::PrivateKey;
use pecan_node::FailureKind;
use pecan_node::resolver::ResolveError;
use pecan_platform::vault::generate_key;
use serde_json::{Value, json};
use std::time::Duration;

use crate::party::{Party, URL};

const REMOTE: &str = "did:web:other.example.nl%3A8443:iam:x";
const REMOTE_URL: &str = "https://other.example.nl:8443/iam/x/did.json";
const JSON: &str = "application/did+json; charset=utf-8";

fn did(text: &str) -> Did {
    Did::parse(text).unwrap()
}

fn document(key: &PrivateKey, key_id: &str) -> Value {
    json!({
        "id": REMOTE,
        "verificationMethod": [
            {"id": key_id, "type": "JsonWebKey2020", "publicKeyJwk": key.public_key().to_jwk()},
            {"id": "#old", "type": "EcdsaSecp256k1VerificationKey2019", "publicKeyJwk": {}},
            {"id": "#other", "type": "JsonWebKey2020", "publicKeyJwk": key.public_key().to_jwk()},
        ],
        "assertionMethod": [key_id, "#old"],
        "authentication": ["#other"],
    })
}

async fn key_error(party: &Party, key_id: &str) -> ResolveError {
    party.resolver.assertion_key(key_id, None, party.env.clock.now()).await.unwrap_err()
}

#[tokio::test]
async fn a_remote_document_is_parsed_once_for_each_answer() {
    let party = Party::new().await;
    let (first, second) = (generate_key().unwrap(), generate_key().unwrap());
    let key_id = format!("{REMOTE}#key-1");
    let now = party.env.clock.now();
    party.network.answer(REMOTE_URL, 200, JSON, &document(&first, "#key-1").to_string());
    let known = party.resolver.resolve(&did(REMOTE)).await.unwrap();
    let key = party.resolver.assertion_key(&key_id, None, now).await.unwrap();
    assert_eq!(&*key, first.public_key(), "a relative id belongs to the document");
    assert!(Arc::ptr_eq(&known, &party.resolver.resolve(&did(REMOTE)).await.unwrap()));
    let again = party.resolver.assertion_key(&key_id, None, now).await.unwrap();
    assert!(Arc::ptr_eq(&key, &again));

    party.network.answer(REMOTE_URL, 200, JSON, &document(&second, "#key-1").to_string());
    let key = party.resolver.assertion_key(&key_id, None, now).await.unwrap();
    assert_eq!(&*key, second.public_key(), "a new answer is a new document");
    let sent = party.network.sent.lock().unwrap();
    assert_eq!((sent[0].purpose, sent[0].timeout), ("did-web", Some(Duration::from_secs(5))));
}

#[tokio::test]
async fn only_assertion_keys_count() {
    let party = Party::new().await;
    let key = generate_key().unwrap();
    party.network.answer(REMOTE_URL, 200, JSON, &document(&key, "#key-1").to_string());
    for fragment in ["#other", "#nope", "", "#key-1#key-1"] {
        let error = key_error(&party, &format!("{REMOTE}{fragment}")).await;
        assert!(matches!(error, ResolveError::KeyNotFound), "{fragment}: {error}");
        assert_eq!(error.to_string(), "key not found in DID document");
        assert_eq!(error.kind(), FailureKind::NotFound);
    }
    let error = key_error(&party, &format!("{REMOTE}#old")).await;
    assert!(matches!(error, ResolveError::Method(_)), "{error}");
    for text in ["", "#key-1", "nodid", "https://other.example.nl#key-1"] {
        let error = key_error(&party, text).await;
        assert_eq!((error.to_string(), error.kind()), ("invalid DID".into(), FailureKind::Invalid));
    }
}

#[tokio::test]
async fn what_is_served_must_be_the_document_of_the_did() {
    let party = Party::new().await;
    let valid = json!({"id": REMOTE}).to_string();
    let other = json!({"id": "did:web:other.example.nl"}).to_string();
    let deep = "[".repeat(100_000);
    for (status, media_type, body, expected) in [
        (200, "application/json", valid.as_str(), None),
        (201, "application/did+ld+json", &valid, None),
        (404, "application/json", &valid, Some("did:web non-ok HTTP status: 404 Not Found")),
        (503, "", "", Some("did:web non-ok HTTP status: 503 Service Unavailable")),
        (304, JSON, "", Some("did:web non-ok HTTP status: 304 Not Modified")),
        (200, "", &valid, Some("did:web document has no content type of a DID document")),
        (200, "text/html", &valid, Some("did:web document has no content type of a DID document")),
        (
            200,
            JSON,
            &other,
            Some("did:web document is invalid: DID document has the id `did:web:other.example.nl`"),
        ),
        (200, JSON, "", Some("did:web document is invalid: DID document is not valid JSON")),
        (200, JSON, &deep, Some("did:web document is invalid: DID document is not valid JSON")),
    ] {
        party.network.answer(REMOTE_URL, status, media_type, body);
        for _ in 0..2 {
            let error = party.resolver.resolve(&did(REMOTE)).await.err();
            assert_eq!(error.as_ref().map(ToString::to_string).as_deref(), expected);
            assert!(error.is_none_or(|error| error.kind() == FailureKind::Internal));
        }
    }
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_named_and_the_cause_is_not() {
    let party = Party::new().await;
    let error = party.resolver.resolve(&did("did:web:localhost%3A1:iam:x")).await.unwrap_err();
    let expected = "did:web HTTP error: Get \"https://localhost:1/iam/x/did.json\"";
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn an_own_document_is_never_asked_for_over_the_network() {
    let party = Party::new().await;
    let own = party.create("clinic").await;
    assert_eq!(party.resolver.resolve(&own).await.unwrap().id(), &own);
    let unknown = did("did:web:node.example.nl:care:iam:00000000-0000-0000-0000-000000000000");
    let error = party.resolver.resolve(&unknown).await.unwrap_err();
    assert!(matches!(error, ResolveError::NotFound));
    party.subjects.deactivate("clinic").await.unwrap();
    let error = party.resolver.resolve(&own).await.unwrap_err();
    assert!(matches!(error, ResolveError::Deactivated));
    assert!(party.network.sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_own_document_tells_when_it_was_made_and_changed() {
    let party = Party::new().await;
    let own = party.create("clinic").await;
    let made = party.env.clock.now();
    party.clock.advance(time::Duration::minutes(5));
    let keys = pecan_node::subject::NewKeys { assertion: true, encryption: false };
    party.subjects.add_keys("clinic", keys).await.unwrap();
    let resolution = party.resolver.describe(&own).await.unwrap();
    assert_eq!(resolution.created_at, Some(made));
    assert_eq!(resolution.updated_at, Some(party.env.clock.now()));
}

#[tokio::test]
async fn published_documents_are_found_by_their_last_part_only() {
    let party = Party::new().await;
    let own = party.create("clinic").await;
    let documents = party.resolver.own();
    let id = own.as_str().rsplit(':').next().unwrap();
    let text = documents.find_published(Some(id)).await.unwrap().unwrap();
    let document: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(document, party.resolver.resolve(&own).await.unwrap().to_value());
    let long = "a".repeat(1_000_000);
    for id in ["clinic", "nope", "", "x#y", "..", "../x", "a/b", "a?b", "é", "a b", "%", &long] {
        assert_eq!(documents.find_published(Some(id)).await.unwrap(), None, "{id:.20}");
    }
    assert_eq!(documents.find_published(None).await.unwrap(), None);
    party.subjects.deactivate("clinic").await.unwrap();
    assert_eq!(documents.find_published(Some(id)).await.unwrap(), None);
    assert!(URL.ends_with("/care"), "the path of the public URL is part of the DID");
}

#[tokio::test]
async fn dids_that_are_their_own_document_resolve_without_the_network() {
    let party = Party::new().await;
    let now = party.env.clock.now();
    let key = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
    let named = format!("{key}#z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK");
    assert!(party.resolver.assertion_key(&named, None, now).await.is_ok());
    let jwk = pecan_credentials::did::jwk::create(generate_key().unwrap().public_key());
    for key_id in [format!("{jwk}#0"), jwk.to_string()] {
        assert!(party.resolver.assertion_key(&key_id, None, now).await.is_ok(), "{key_id}");
    }
    assert!(party.network.sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn each_failure_has_the_text_of_the_recordings() {
    let party = Party::new().await;
    for (text, expected, kind) in [
        ("did:foo:bar", "DID method not supported", FailureKind::Internal),
        (
            "did:nuts:4NWLJrsTXirWdpnaxva6cqmnvzHzePsK5KxLjydWWpby",
            "DID method not supported",
            FailureKind::Internal,
        ),
        (
            "did:web:127.0.0.1",
            "invalid did:web: ID must be a domain name, not IP address",
            FailureKind::Internal,
        ),
        ("did:key:zbad", "did:key: unsupported public key type: 0x1", FailureKind::Internal),
        ("did:jwk:W10", "failed to parse JWK: json is not an object", FailureKind::Internal),
        ("did:jwk:a.b", "failed to decode base64", FailureKind::Internal),
        (
            "did:x509:0:sha256:WE4P5dd8DnLHSkyHaIjhp4udlkF9LqoKwCvu9gl38jk::subject:CN:x",
            "no x5c header found",
            FailureKind::Invalid,
        ),
    ] {
        let error = party.resolver.resolve(&did(text)).await.unwrap_err();
        assert_eq!((error.to_string().as_str(), error.kind()), (expected, kind), "{text}");
    }
    let x509 = "did:x509:0:sha256:WE4P5dd8DnLHSkyHaIjhp4udlkF9LqoKwCvu9gl38jk::subject:CN:x#0";
    let error = key_error(&party, x509).await;
    assert_eq!(error.to_string(), "no x5c header found");
}
