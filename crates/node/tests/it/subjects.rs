//! Subjects: made once, found at once, changed as a whole.

use std::sync::Arc;

use pecan_credentials::did::Did;
use pecan_credentials::did::document::{LIST_MAX, Relationship};
use pecan_credentials::did::service::Service;
use pecan_node::FailureKind;
use pecan_node::subject::{
    NewKeys, NewSubject, ServiceDescription, ServiceFilter, SigningKeyError, SubjectError,
};
use serde_json::{Value, json};
use time::Duration;
use tokio::task::JoinSet;

use crate::party::Party;

const ASSERTION: NewKeys = NewKeys { assertion: true, encryption: false };

fn named(name: &str) -> NewSubject {
    NewSubject { name: Some(name.to_owned()), ..NewSubject::default() }
}

fn service(kind: &str, endpoint: Value) -> ServiceDescription {
    ServiceDescription { kind: kind.to_owned(), endpoint: Some(endpoint) }
}

async fn services(party: &Party, filter: ServiceFilter) -> Vec<String> {
    let found = party.subjects.find_services("clinic", &filter).await.unwrap();
    found.iter().map(|service| service.types.join(" ")).collect()
}

fn refused<T>(result: Result<T, SubjectError>) -> (FailureKind, String) {
    let Err(error) = result else { panic!("not refused") };
    (error.kind(), error.to_string())
}

#[tokio::test]
async fn a_new_document_has_the_layout_of_the_contract() {
    let party = Party::new().await;
    let created = party.subjects.create(named("clinic")).await.unwrap();
    let did = created.subject.dids[0].as_str();
    let id = did.strip_prefix("did:web:node.example.nl:care:iam:").unwrap();
    assert_eq!((id.len(), id.as_bytes()[14]), (36, b'4'), "a UUID of version 4: {id}");
    let document = created.documents[0].to_value();
    let key = document["verificationMethod"][0].clone();
    let key_id = key["id"].as_str().unwrap();
    assert!(key_id.starts_with(&format!("{did}#")));
    assert_eq!(
        document,
        json!({
            "@context": [
                "https://www.w3.org/ns/did/v1",
                "https://w3c-ccg.github.io/lds-jws2020/contexts/lds-jws2020-v1.json",
            ],
            "id": did,
            "verificationMethod": [{
                "id": key_id,
                "type": "JsonWebKey2020",
                "controller": did,
                "publicKeyJwk": {
                    "crv": "P-256",
                    "kty": "EC",
                    "x": key["publicKeyJwk"]["x"],
                    "y": key["publicKeyJwk"]["y"],
                },
            }],
            "assertionMethod": [key_id],
            "authentication": [key_id],
            "capabilityDelegation": [key_id],
            "capabilityInvocation": [key_id],
        })
    );
}

#[tokio::test]
async fn names_that_are_none_are_refused() {
    let party = Party::new().await;
    let pattern = "subject creation validation error\ninvalid subject (must follow pattern: ^[a-zA-Z0-9._-]+$)";
    for name in ["", "has space", "é", "a/b", "a%2Fb", "..\\..", "a\n", "a\0b", "\u{202e}x"] {
        let refusal = refused(party.subjects.create(named(name)).await);
        assert_eq!(refusal, (FailureKind::Invalid, pattern.to_owned()), "{name:?}");
    }
    for length in [371, 1_000_000] {
        let refusal = refused(party.subjects.create(named(&"a".repeat(length))).await);
        assert_eq!(refusal.0, FailureKind::Invalid);
    }
    party.create(&"a".repeat(370)).await;
    party.create("..").await;
    for name in ["a/b", "nobody", "' OR ''='", &"a".repeat(1_000_000)] {
        assert_eq!(party.subjects.find(name).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_key_for_encryption_is_refused_and_leaves_nothing() {
    let party = Party::new().await;
    let keys = NewKeys { assertion: true, encryption: true };
    let request = NewSubject { name: Some("clinic".to_owned()), keys };
    let text = "could not store DID documents: key agreement not supported for did:web";
    let refusal = refused(party.subjects.create(request).await);
    assert_eq!(refusal, (FailureKind::Invalid, text.to_owned()));
    assert_eq!((party.vault_size().await, party.subjects.list().await.unwrap().len()), (0, 0));
}

#[tokio::test]
async fn what_a_node_changed_it_knows_at_once_and_others_within_two_seconds() {
    let party = Party::new().await;
    let twin = party.twin();
    assert_eq!(party.subjects.find("clinic").await.unwrap(), None);
    assert_eq!(twin.subjects.find("clinic").await.unwrap(), None);
    let did = party.create("clinic").await;
    assert_eq!(
        party.subjects.find("clinic").await.unwrap().unwrap().dids,
        std::slice::from_ref(&did)
    );
    assert_eq!(twin.subjects.find("clinic").await.unwrap(), None, "remembered");
    party.clock.advance(Duration::seconds(2));
    assert_eq!(twin.subjects.find("clinic").await.unwrap().unwrap().dids, [did]);
}

#[tokio::test]
async fn the_newest_key_signs_and_the_old_ones_stay() {
    let party = Party::new().await;
    let did = party.create("clinic").await;
    let first = party.subjects.signing_key(&did).await.unwrap();
    for _ in 0..3 {
        let added = party.subjects.add_keys("clinic", ASSERTION).await.unwrap();
        let newest = party.subjects.signing_key(&did).await.unwrap();
        assert_eq!(*added[0].id(), newest.id);
        assert!(party.keys.sign(&newest.id, b"").await.is_ok());
    }
    let document = party.resolver.resolve(&did).await.unwrap();
    let assertion: Vec<_> = document.methods_for(Relationship::AssertionMethod).collect();
    assert_eq!((assertion.len(), assertion[0].id()), (4, &first.id));
    assert_eq!(document.methods_for(Relationship::CapabilityInvocation).count(), 4);
    assert_eq!(document.methods_for(Relationship::KeyAgreement).count(), 0);
}

#[tokio::test]
async fn keys_that_cannot_be_added_are_refused_and_leave_nothing() {
    let party = Party::new().await;
    party.create("clinic").await;
    let both = NewKeys { assertion: true, encryption: true };
    for (name, keys, kind, text) in [
        ("clinic", NewKeys::default(), FailureKind::Invalid, "at least one key must be created"),
        (
            "clinic",
            both,
            FailureKind::Invalid,
            "could not update DID documents: key agreement not supported for did:web",
        ),
        (
            "nobody",
            ASSERTION,
            FailureKind::NotFound,
            "could not update DID documents: subject not found",
        ),
    ] {
        let refusal = refused(party.subjects.add_keys(name, keys).await);
        assert_eq!(refusal, (kind, text.to_owned()));
    }
    party.subjects.deactivate("clinic").await.unwrap();
    let refusal = refused(party.subjects.add_keys("clinic", ASSERTION).await);
    let text = "could not update DID documents: the DID document has been deactivated";
    assert_eq!(refusal, (FailureKind::Conflict, text.to_owned()));
    assert_eq!(party.vault_size().await, 1);
}

#[tokio::test]
async fn a_deactivated_subject_keeps_its_name_and_nothing_else() {
    let party = Party::new().await;
    let did = party.create("clinic").await;
    party.subjects.create_service("clinic", service("t", json!("https://a"))).await.unwrap();
    party.subjects.deactivate("clinic").await.unwrap();
    party.subjects.deactivate("clinic").await.unwrap();
    let error = party.resolver.resolve(&did).await.unwrap_err();
    assert_eq!(error.to_string(), "the DID document has been deactivated");
    assert_eq!(error.kind(), FailureKind::Conflict);
    let error = party.subjects.signing_key(&did).await.unwrap_err();
    assert!(matches!(error, SigningKeyError::Deactivated));
    assert_eq!(party.subjects.find("clinic").await.unwrap().unwrap().dids, [did]);
    assert_eq!(party.subjects.list().await.unwrap().len(), 1);
    assert_eq!(services(&party, ServiceFilter::default()).await, [""; 0]);
    assert_eq!(refused(party.subjects.create(named("clinic")).await).0, FailureKind::Conflict);
    let added = party.subjects.create_service("clinic", service("t", json!("https://b"))).await;
    assert_eq!(refused(added).0, FailureKind::Conflict);
    let refusal = refused(party.subjects.deactivate("nobody").await);
    let text = "could not deactivate DID documents: subject not found";
    assert_eq!(refusal, (FailureKind::NotFound, text.to_owned()));
}

#[tokio::test]
async fn services_are_named_by_their_content() {
    let party = Party::new().await;
    let did = party.create("clinic").await;
    let endpoint = json!("https://api.example.com/v1");
    let fragment = "D4eNCVjdtGaeHYMdjsdYHpTQmiwXtQKJmE9QSwwsKKzy";
    for _ in 0..2 {
        let created = party.subjects.create_service("clinic", service("type", endpoint.clone()));
        assert_eq!(
            created.await.unwrap(),
            [Service {
                id: format!("{did}#{fragment}"),
                types: vec!["type".to_owned()],
                endpoint: Some(endpoint.clone()),
            }]
        );
    }
    assert_eq!(services(&party, ServiceFilter::default()).await, ["type"]);
    for (id, expected) in [
        ("did:web:other.example.nl#nope", vec!["type", "one"]),
        (fragment, vec!["one", "two"]),
        ("nope", vec!["one", "two"]),
    ] {
        let kind = expected[1];
        let updated = party.subjects.update_service("clinic", id, service(kind, json!([])));
        assert!(updated.await.unwrap()[0].id.starts_with(&format!("{did}#")));
        assert_eq!(services(&party, ServiceFilter::default()).await, expected);
    }
}

#[tokio::test]
async fn services_are_found_by_type_and_kind_of_endpoint() {
    let party = Party::new().await;
    party.create("clinic").await;
    for (kind, endpoint) in [("a", json!("x")), ("b", json!({"x": 1})), ("a", json!(["x"]))] {
        party.subjects.create_service("clinic", service(kind, endpoint)).await.unwrap();
    }
    let without = ServiceDescription { kind: "c".to_owned(), endpoint: Some(Value::Null) };
    party.subjects.create_service("clinic", without).await.unwrap();
    for (kind, endpoint_kind, expected) in [
        (None, None, vec!["a", "b", "a", "c"]),
        (Some("a"), None, vec!["a", "a"]),
        (Some("a"), Some("array"), vec!["a"]),
        (None, Some("object"), vec!["b"]),
        (None, Some("foo"), vec![]),
        (Some("z"), None, vec![]),
    ] {
        let text = |text: &str| text.to_owned();
        let filter = ServiceFilter { kind: kind.map(text), endpoint_kind: endpoint_kind.map(text) };
        assert_eq!(services(&party, filter.clone()).await, expected, "{filter:?}");
    }
    let unknown = party.subjects.find_services("nobody", &ServiceFilter::default()).await;
    assert_eq!(refused(unknown), (FailureKind::NotFound, "subject not found".to_owned()));
}

#[tokio::test]
async fn deleting_a_service_takes_its_fragment_from_all_documents() {
    let party = Party::new().await;
    party.create("clinic").await;
    let created = party.subjects.create_service("clinic", service("a", json!("x"))).await.unwrap();
    let id = created[0].id.clone();
    for _ in 0..2 {
        party.subjects.delete_service("clinic", &id).await.unwrap();
        assert_eq!(services(&party, ServiceFilter::default()).await, [""; 0]);
    }
    let refusal = refused(party.subjects.delete_service("nobody", &id).await);
    let text = "could not delete service from DID Documents: subject not found";
    assert_eq!(refusal, (FailureKind::NotFound, text.to_owned()));
}

#[tokio::test]
async fn a_document_that_nobody_could_read_is_not_written() {
    let party = Party::new().await;
    let did = party.create("clinic").await;
    let deep = (0..125).fold(json!(1), |inner, _| json!([inner]));
    let megabyte = json!("x".repeat(1 << 20));
    for (kind, endpoint) in [("", json!("x")), ("deep", deep), ("large", megabyte)] {
        let added = party.subjects.create_service("clinic", service(kind, endpoint)).await;
        assert_eq!(refused(added).0, FailureKind::Invalid, "{kind}");
    }
    for number in 0..LIST_MAX {
        let added =
            party.subjects.create_service("clinic", service("t", json!(number.to_string())));
        added.await.unwrap();
    }
    let refusal = refused(party.subjects.create_service("clinic", service("t", json!("x"))).await);
    let text = "could not add service to DID Documents: DID document can have at most 256 entries in `service`";
    assert_eq!(refusal, (FailureKind::Invalid, text.to_owned()));
    assert_eq!(party.resolver.resolve(&did).await.unwrap().services().len(), LIST_MAX);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_parallel_change_is_lost() {
    const CHANGES: usize = 40;
    for party in Party::on_each_database().await.into_iter().map(Arc::new) {
        let name = party.name();
        party.create(&name).await;
        let mut changes = JoinSet::new();
        for number in 0..CHANGES {
            let party = if number % 2 == 0 { Arc::clone(&party) } else { Arc::new(party.twin()) };
            let (name, added) = (name.clone(), service("t", json!(number.to_string())));
            changes.spawn(async move { party.subjects.create_service(&name, added).await });
        }
        for outcome in changes.join_all().await {
            outcome.unwrap();
        }
        let found = party.subjects.find_services(&name, &ServiceFilter::default()).await.unwrap();
        assert_eq!(found.len(), CHANGES);
    }
}

#[tokio::test]
async fn a_did_of_others_has_no_signing_key() {
    let party = Party::new().await;
    let did = Did::parse("did:web:other.example.nl").unwrap();
    let error = party.subjects.signing_key(&did).await.unwrap_err();
    assert!(matches!(error, SigningKeyError::NotOurs));
    assert!(party.network.sent.lock().unwrap().is_empty());
}
