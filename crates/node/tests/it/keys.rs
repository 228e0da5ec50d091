//! Private keys: used by their id, and none is left behind.

use std::sync::Arc;

use pecan_credentials::did::{Did, DidUrl};
use pecan_jose::algorithm::Algorithm;
use pecan_node::key::KeyError;
use pecan_node::subject::NewSubject;
use tokio::task::JoinSet;

use crate::party::Party;

#[tokio::test]
async fn a_key_is_used_by_the_id_that_the_document_shows() {
    let party = Party::new().await;
    let did = party.create("clinic").await;
    let key = party.subjects.signing_key(&did).await.unwrap();
    assert_eq!(key.algorithm, Algorithm::Es256);
    let signature = party.keys.sign(&key.id, b"message").await.unwrap();
    let public = party.keys.public_key(&key.id).await.unwrap();
    assert_eq!(public.verify(key.algorithm, b"message", &signature), Ok(()));
    let now = party.env.clock.now();
    let shown = party.resolver.assertion_key(key.id.as_str(), None, now).await.unwrap();
    assert_eq!(*shown, public);
}

#[tokio::test]
async fn an_unknown_key_id_has_no_private_key() {
    let party = Party::new().await;
    for id in ["did:web:node.example.nl#1", "did:web:node.example.nl", "did:web:a#' OR '1'='1"] {
        let error = party.keys.sign(&DidUrl::parse(id).unwrap(), b"").await.unwrap_err();
        assert!(matches!(error, KeyError::NotFound), "{error}");
        assert_eq!(error.to_string(), "private key not found");
    }
}

#[tokio::test]
async fn a_key_that_was_not_recorded_is_removed_and_one_that_was_is_not() {
    let party = Party::new().await;
    let did = Did::parse("did:web:node.example.nl:iam:x").unwrap();
    let forgotten = party.keys.prepare(&did).await.unwrap();
    let recorded = party.keys.prepare(&did).await.unwrap();
    let work = async |tx: &mut pecan_platform::sql::Tx<'_>| party.keys.record(tx, &recorded).await;
    party.env.db.write("test", work).await.unwrap();
    let id = recorded.id().clone();
    party.keys.discard(forgotten).await;
    party.keys.discard(recorded).await;
    assert_eq!(party.vault_size().await, 1);
    assert!(party.keys.sign(&id, b"").await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_parallel_creations_of_one_name_one_succeeds_and_one_key_is_left() {
    const CALLS: usize = 16;
    for party in Party::on_each_database().await.into_iter().map(Arc::new) {
        let mut calls = JoinSet::new();
        let name = party.name();
        for call in 0..CALLS {
            // Half of them by another node on the same database.
            let party = if call % 2 == 0 { Arc::clone(&party) } else { Arc::new(party.twin()) };
            let request = NewSubject { name: Some(name.clone()), ..NewSubject::default() };
            calls.spawn(async move { party.subjects.create(request).await });
        }
        let mut created = 0;
        for outcome in calls.join_all().await {
            match outcome {
                Ok(_) => created += 1,
                Err(error) => {
                    let expected = "could not store DID documents: subject already exists";
                    assert_eq!(error.to_string(), expected);
                }
            }
        }
        assert_eq!((created, party.vault_size().await), (1, 1));
    }
}
