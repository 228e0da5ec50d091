//! Status lists under parallel use, by one node and by two on one database.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::future::join_all;
use http::Method;
use pecan_credentials::contexts::BUILT_IN;
use pecan_credentials::credential::Credential;
use pecan_credentials::status::status_list_2021::{Entry, StatusList};
use pecan_jsonld::contexts::Contexts;
use pecan_jsonld::processor::Processor;
use pecan_node::issuer::{IssueError, IssueRequest, RevokeError};
use pecan_node::{FailureKind, Node};
use pecan_testkit::{NodeOptions, TestNode, World};
use serde_json::{Value, json};
use time::Duration;
use tokio::task::JoinSet;

const HOST: &str = "issuer.example.nl";

/// Two nodes behind one name, on one database.
struct Pair {
    world: World,
    one: TestNode,
    other: TestNode,
    issuer: String,
}

impl Pair {
    async fn new() -> Self {
        let world = World::new();
        let env = world.env().await;
        let one = world.node_on(env.clone(), HOST, NodeOptions::default());
        let other = world.node_on(env, HOST, NodeOptions::default());
        let made = one.post("/internal/vdr/v2/subject", &json!({"subject": "issuer"})).await;
        let issuer = made.expect(200).json()["documents"][0]["id"].as_str().unwrap().to_owned();
        Self { world, one, other, issuer }
    }

    fn request(&self) -> IssueRequest {
        let subject = json!({"id": "did:web:clinic.example.nl", "organization": {"name": "Clinic", "city": "Caretown"}});
        IssueRequest {
            issuer: self.issuer.clone(),
            types: vec!["NutsOrganizationCredential".to_owned()],
            subjects: vec![subject.as_object().unwrap().clone()],
            with_status_list: Some(true),
            ..IssueRequest::default()
        }
    }

    fn nodes(&self) -> impl Iterator<Item = Arc<Node>> {
        [&self.one, &self.other].into_iter().cycle().map(|node| Arc::clone(&node.node))
    }

    /// Issues on both nodes at once.
    async fn issue(&self, count: usize) -> Vec<Credential> {
        let mut issuing = JoinSet::new();
        for node in self.nodes().take(count) {
            let request = self.request();
            issuing.spawn(async move { node.issuer.issue(request).await.unwrap() });
        }
        issuing.join_all().await
    }

    async fn list(&self, node: &TestNode) -> Value {
        let list = node.node.issuer.status_lists().find(&self.issuer, 1).await.unwrap();
        serde_json::from_slice(&list).unwrap()
    }
}

fn processor() -> Processor {
    let mut contexts = Contexts::new();
    for (url, text) in BUILT_IN {
        contexts.insert(url, text).unwrap();
    }
    Processor::new(contexts)
}

fn entry(credential: &Credential) -> Entry {
    Entry::parse(&credential.statuses()[0]).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_parallel_issues_on_two_nodes_get_a_hundred_places() {
    let pair = Pair::new().await;
    let issued = pair.issue(100).await;
    let indexes: HashSet<usize> = issued.iter().map(|credential| entry(credential).index).collect();
    assert_eq!(indexes.len(), 100);
    let lists: HashSet<String> =
        issued.iter().map(|credential| entry(credential).list_url).collect();
    assert_eq!(lists.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_revocations_on_two_nodes_lose_nothing() {
    let pair = Pair::new().await;
    let issued = pair.issue(40).await;
    let (revoked, kept) = issued.split_at(30);
    let mut revoking = JoinSet::new();
    for (credential, node) in revoked.iter().zip(pair.nodes()) {
        let id = credential.id().unwrap().to_owned();
        revoking.spawn(async move { node.issuer.revoke(&id).await.unwrap() });
    }
    revoking.join_all().await;
    pair.world.clock.advance(Duration::seconds(2));
    for node in [&pair.one, &pair.other] {
        let list = StatusList::parse(&pair.list(node).await).unwrap();
        for credential in revoked {
            assert_eq!(list.is_set(&entry(credential)), Ok(true));
        }
        for credential in kept {
            assert_eq!(list.is_set(&entry(credential)), Ok(false));
        }
    }
}

#[tokio::test]
async fn parallel_revocations_of_one_credential_succeed_once() {
    let pair = Pair::new().await;
    let issued = pair.issue(1).await;
    let id = issued[0].id().unwrap();
    let revoking = pair.nodes().take(10).map(async |node| node.issuer.revoke(id).await);
    let results = join_all(revoking).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let twice =
        |result: &&Result<(), RevokeError>| matches!(result, Err(RevokeError::AlreadyRevoked));
    assert_eq!(results.iter().filter(twice).count(), 9);
}

#[tokio::test]
async fn a_revocation_shows_at_once_here_and_after_two_seconds_on_the_other_node() {
    let pair = Pair::new().await;
    let issued = pair.issue(1).await;
    let place = entry(&issued[0]);
    let is_set = async |node| StatusList::parse(&pair.list(node).await).unwrap().is_set(&place);
    assert_eq!(is_set(&pair.other).await, Ok(false));
    pair.one.node.issuer.revoke(issued[0].id().unwrap()).await.unwrap();
    assert_eq!(is_set(&pair.one).await, Ok(true));
    assert_eq!(is_set(&pair.other).await, Ok(false));
    pair.world.clock.advance(Duration::seconds(2));
    assert_eq!(is_set(&pair.other).await, Ok(true));
}

#[tokio::test]
async fn a_list_is_signed_again_when_less_than_six_hours_are_left() {
    let pair = Pair::new().await;
    pair.issue(1).await;
    let first = pair.list(&pair.one).await;
    pair.world.clock.advance(Duration::hours(18));
    assert_eq!(pair.list(&pair.one).await, first);
    assert_eq!(pair.list(&pair.other).await, first);
    pair.world.clock.advance(Duration::seconds(2));
    let second = pair.list(&pair.one).await;
    assert_ne!(second["id"], first["id"]);
    assert_eq!(second["issuanceDate"], "2026-11-26T03:00:02Z");
    assert_eq!(pair.list(&pair.other).await, second);
}

#[tokio::test]
async fn the_signature_of_a_list_holds() {
    let pair = Pair::new().await;
    pair.issue(1).await;
    let list = pair.list(&pair.one).await;
    let list = Credential::parse(&list.to_string()).unwrap();
    let node = &pair.one.node;
    let now = node.env.clock.now();
    let key = node.resolver.assertion_key(&list.key_id().unwrap(), None, now).await.unwrap();
    list.verify_signature(&key, now, &processor()).unwrap();
}

#[tokio::test]
async fn a_refused_request_takes_no_place() {
    // The places of a list come in an order that its secret decides, so equal worlds hand out equal places.
    let first_place = async |fails: bool| {
        let pair = Pair::new().await;
        let first = entry(&pair.issue(1).await[0]);
        if fails {
            let mut undefined = pair.request();
            undefined.subjects[0].insert("shoeSize".to_owned(), json!(44));
            let error = pair.one.node.issuer.issue(undefined).await.unwrap_err();
            assert!(matches!(error, IssueError::Document(_)), "{error}");
            let mut incomplete = pair.request();
            incomplete.subjects[0].insert("organization".to_owned(), json!({"name": "x"}));
            let error = pair.one.node.issuer.issue(incomplete).await.unwrap_err();
            assert!(matches!(error, IssueError::Invalid(_)), "{error}");
        }
        let second = entry(&pair.issue(1).await[0]);
        (first.index, second.index)
    };
    let (undisturbed, disturbed) = (first_place(false).await, first_place(true).await);
    assert_eq!(undisturbed, disturbed);
}

#[tokio::test]
async fn a_list_that_cannot_be_signed_again_is_served_while_it_counts() {
    let pair = Pair::new().await;
    pair.issue(1).await;
    let first = pair.list(&pair.one).await;
    let removed = pair.one.internal(Method::DELETE, "/internal/vdr/v2/subject/issuer", None).await;
    let _ = removed.expect(204);
    pair.world.clock.advance(Duration::hours(23));
    assert_eq!(pair.list(&pair.one).await, first);
    pair.world.clock.advance(Duration::hours(1));
    let error = pair.one.node.issuer.status_lists().find(&pair.issuer, 1).await.unwrap_err();
    assert_eq!(error.kind(), FailureKind::NotFound);
}

#[tokio::test]
async fn own_revocations_are_believed_at_once_here_and_after_two_seconds_on_the_other_node() {
    let pair = Pair::new().await;
    let issued = pair.issue(2).await;
    let verdict = async |node: &TestNode, credential: &Credential| {
        let body = json!({"verifiableCredential": credential.to_value()});
        node.post("/internal/vcr/v2/verifier/vc", &body).await.expect(200).json()
    };
    assert_eq!(verdict(&pair.one, &issued[0]).await["validity"], true);
    assert_eq!(verdict(&pair.other, &issued[0]).await["validity"], true);
    pair.one.node.issuer.revoke(issued[0].id().unwrap()).await.unwrap();
    let revoked = json!({"validity": false, "message": "credential is revoked"});
    assert_eq!(verdict(&pair.one, &issued[0]).await, revoked);
    pair.world.clock.advance(Duration::seconds(2));
    assert_eq!(verdict(&pair.other, &issued[0]).await, revoked);
    assert_eq!(verdict(&pair.one, &issued[1]).await["validity"], true);
    // Nobody was asked over the network: the lists are our own.
    assert!(pair.world.network.take_sent().is_empty());
}
