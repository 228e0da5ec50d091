//! VDR v2 and the public DID documents, as recorded in `vdr/` (contract/credentials.md 3).

use axum::body::Body;
use http::{Method, Request};
use pecan_testkit::{Answer, NodeOptions, TestNode, World};
use serde_json::{Value, json};

const VDR: &str = "/internal/vdr/v2";

/// A node as in the recordings, with the subject `clinic`.
struct Clinic {
    node: TestNode,
    world: World,
    did: String,
}

impl Clinic {
    async fn new() -> Self {
        let world = World::new();
        let node = world.node("localhost:18443", NodeOptions::default()).await;
        let created = node.post(&format!("{VDR}/subject"), &json!({"subject": "clinic"})).await;
        let created = created.expect(200).json();
        assert_eq!(created["subject"], "clinic");
        let did = created["documents"][0]["id"].as_str().unwrap().to_owned();
        assert!(did.starts_with("did:web:localhost%3A18443:iam:"));
        Self { node, world, did }
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.node.internal(method, &format!("{VDR}{path}"), body.as_ref()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    /// The last part of the DID.
    fn id(&self) -> &str {
        self.did.rsplit(':').next().unwrap()
    }
}

/// Checks a problem: status, title and detail, in the recorded form.
fn problem(answer: &Answer, status: u16, title: &str, detail: &str) {
    let expected = json!({"detail": detail, "status": status, "title": title});
    assert_eq!(answer.json(), expected, "{title}");
    assert_eq!(answer.status.as_u16(), status, "{title}");
    assert_eq!(answer.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn subjects_are_created_with_or_without_a_name() {
    let clinic = Clinic::new().await;
    for body in [json!({}), json!({"keys": null}), json!({"subject": null})] {
        let created = clinic.post("/subject", body).await.expect(200).json();
        assert_eq!(created["subject"].as_str().map(str::len), Some(36));
    }
    let nothing = clinic.send(Method::POST, "/subject", None).await.expect(200);
    assert_eq!(nothing.header("content-type"), "application/json");
    assert!(nothing.text().ends_with("}\n"));
    for (name, extra) in [
        ("noassert", json!({"keys": {"assertionKey": false, "encryptionKey": false}})),
        ("unk", json!({"foo": 1})),
    ] {
        let mut body = extra;
        body["subject"] = name.into();
        let created = clinic.post("/subject", body).await.expect(200).json();
        assert_eq!(created["documents"][0]["assertionMethod"].as_array().map(Vec::len), Some(1));
    }
}

#[tokio::test]
async fn subjects_that_cannot_be_created_are_problems() {
    let clinic = Clinic::new().await;
    let title = "CreateSubject failed";
    let pattern = "subject creation validation error\ninvalid subject (must follow pattern: ^[a-zA-Z0-9._-]+$)";
    for (body, status, detail) in [
        (
            json!({"subject": "clinic"}),
            409,
            "could not store DID documents: subject already exists",
        ),
        (json!({"subject": "has space"}), 400, pattern),
        (json!({"subject": ""}), 400, pattern),
        (
            json!({"subject": "enc", "keys": {"assertionKey": true, "encryptionKey": true}}),
            400,
            "could not store DID documents: key agreement not supported for did:web",
        ),
    ] {
        problem(&clinic.post("/subject", body).await, status, title, detail);
    }
    let wrong = clinic.post("/subject", json!({"subject": 5})).await;
    assert_eq!((wrong.status.as_u16(), &wrong.json()["title"]), (400, &json!("Operation failed")));
    let long = clinic.post("/subject", json!({"subject": "a".repeat(900_000)})).await;
    assert_eq!((long.status.as_u16(), long.text().len() < 500), (400, true));
}

#[tokio::test]
async fn subjects_are_found_and_listed_also_when_deactivated() {
    let clinic = Clinic::new().await;
    let dids = clinic.get("/subject/clinic").await.expect(200);
    assert_eq!(dids.text(), format!("[\"{}\"]\n", clinic.did));
    problem(&clinic.get("/subject/nobody").await, 404, "SubjectDIDs failed", "subject not found");
    for _ in 0..2 {
        let answer = clinic.send(Method::DELETE, "/subject/clinic", None).await.expect(204);
        assert_eq!((answer.text(), answer.header("content-type")), (String::new(), ""));
    }
    let list = clinic.get("/subject").await.expect(200).json();
    assert_eq!(list, json!({"clinic": [clinic.did]}));
    problem(
        &clinic.send(Method::DELETE, "/subject/nobody", None).await,
        404,
        "Deactivate failed",
        "could not deactivate DID documents: subject not found",
    );
    problem(
        &clinic.get(&format!("/did/{}", clinic.did)).await,
        409,
        "ResolveDID failed",
        "the DID document has been deactivated",
    );
    let wrong = clinic.send(Method::PUT, "/subject/clinic", None).await.expect(405);
    assert_eq!(wrong.header("allow"), "OPTIONS, DELETE, GET");
}

#[tokio::test]
async fn an_own_did_resolves_in_every_spelling() {
    let clinic = Clinic::new().await;
    let encoded = clinic.did.replace('%', "%25").replace(':', "%3A");
    for path in [clinic.did.clone(), clinic.did.replace('%', "%25"), encoded] {
        let resolved = clinic.get(&format!("/did/{path}")).await.expect(200).json();
        assert_eq!(resolved["document"]["id"], json!(clinic.did), "{path}");
        assert_eq!(
            resolved["documentMetadata"],
            json!({
                "created": "2026-11-25T09:00:00Z",
                "updated": "2026-11-25T09:00:00Z",
                "hash": "0".repeat(64),
                "txs": null,
                "deactivated": false,
            })
        );
    }
}

#[tokio::test]
async fn a_did_of_another_node_resolves_while_that_node_has_it() {
    let clinic = Clinic::new().await;
    let peer = clinic.world.node("localhost:28443", NodeOptions::default()).await;
    let created = peer.post(&format!("{VDR}/subject"), &json!({})).await.expect(200).json();
    let did = created["documents"][0]["id"].as_str().unwrap();
    let resolved = clinic.get(&format!("/did/{did}")).await.expect(200).json();
    assert_eq!(resolved["document"], created["documents"][0]);
    assert_eq!(
        resolved["documentMetadata"],
        json!({
            "created": "0001-01-01T00:00:00Z",
            "hash": "0".repeat(64),
            "txs": null,
            "deactivated": false,
        })
    );
    let subject = created["subject"].as_str().unwrap();
    let path = format!("{VDR}/subject/{subject}");
    peer.internal(Method::DELETE, &path, None).await.expect(204);
    let unknown = "did:web:localhost%3A28443:iam:00000000-0000-0000-0000-000000000000";
    for did in [did, unknown] {
        problem(
            &clinic.get(&format!("/did/{did}")).await,
            500,
            "ResolveDID failed",
            "did:web non-ok HTTP status: 404 Not Found",
        );
    }
}

#[tokio::test]
async fn dids_that_do_not_resolve_are_problems() {
    let clinic = Clinic::new().await;
    for (did, status, detail) in [
        (
            "did:web:localhost%3A18443:iam:00000000-0000-0000-0000-000000000000",
            500,
            "did:web non-ok HTTP status: 404 Not Found",
        ),
        ("nodid", 400, "invalid DID"),
        ("did:web:localhost%3A18443:iam:9b734118%23x", 400, "invalid DID"),
        ("did:foo:bar", 500, "DID method not supported"),
        ("did:web:127.0.0.1", 500, "invalid did:web: ID must be a domain name, not IP address"),
        ("did:key:zbad", 500, "did:key: unsupported public key type: 0x1"),
        ("did:jwk:eyJr+j8%2FPz4", 400, "invalid DID"),
        (
            "did:x509:0:sha256:WE4P5dd8DnLHSkyHaIjhp4udlkF9LqoKwCvu9gl38jk::subject:CN:x",
            400,
            "no x5c header found",
        ),
    ] {
        problem(&clinic.get(&format!("/did/{did}")).await, status, "ResolveDID failed", detail);
    }
}

#[tokio::test]
async fn a_did_jwk_in_base64url_resolves() {
    let clinic = Clinic::new().await;
    let did = "did:jwk:eyJrdHkiOiJFQyIsImNydiI6IlAtMjU2IiwieCI6InJlb0thMVFSYy1uVWZOS0ZYVnFiMmhKY3NTdGt3QURhWkNOTVprTDk3X2ciLCJ5IjoiOWdjQ1ZNSzRrTDliYll1UWdvNEtwNjhlWEZLalR0bG96WjFFeHhxY3NZMCIsImtpZCI6In5-fj8_Pz4-PiJ9";
    let resolved = clinic.get(&format!("/did/{did}")).await.expect(200).json();
    assert_eq!(resolved["document"]["assertionMethod"], json!([format!("{did}#0")]));
    assert_eq!(resolved["document"]["@context"], Value::Null);
}

#[tokio::test]
async fn the_public_document_is_the_one_that_resolves() {
    let clinic = Clinic::new().await;
    let resolved = clinic.get(&format!("/did/{}", clinic.did)).await.json();
    for query in ["", "?x=1"] {
        let path = format!("/iam/{}/did.json{query}", clinic.id());
        let public = clinic.node.get(&path).await.expect(200);
        assert_eq!(public.json(), resolved["document"]);
        assert_eq!(public.header("content-type"), "application/json");
        assert_eq!(public.header("cache-control"), "max-age=300");
    }
    let path = format!("/iam/{}/did.json", clinic.id());
    let head = Request::head(&path).body(Body::empty()).unwrap();
    assert_eq!(clinic.node.public(head).await.expect(405).header("allow"), "OPTIONS, GET");
    clinic.send(Method::DELETE, "/subject/clinic", None).await.expect(204);
    let gone = clinic.node.get(&path).await.expect(404);
    assert_eq!((gone.text(), gone.header("content-type")), (String::new(), ""));
}

#[tokio::test]
async fn there_is_no_document_at_any_other_path() {
    let clinic = Clinic::new().await;
    let id = clinic.id();
    for path in [
        "/iam/nope/did.json",
        "/iam/clinic/did.json",
        "/iam/x%23x/did.json",
        "/iam/%2e%2e/did.json",
        "/iam/..%2F..%2Finternal/did.json",
        "/iam/%00/did.json",
        "/iam/%C3%A9/did.json",
        "/.well-known/did.json",
        &format!("/iam/{id}%2F/did.json"),
        &format!("/iam/{id}%23/did.json"),
        &format!("/iam/{}/did.json", id.to_uppercase()),
        &format!("/iam/{}/did.json", "a".repeat(60_000)),
    ] {
        let answer = clinic.node.get(path).await.expect(404);
        assert_eq!(
            (answer.text(), answer.header("content-type")),
            (String::new(), ""),
            "{path:.60}"
        );
    }
    assert_eq!(clinic.node.get(&format!("{VDR}/subject")).await.status, 404);
}

#[tokio::test]
async fn services_are_created_found_updated_and_deleted() {
    let clinic = Clinic::new().await;
    let services = "/subject/clinic/service";
    for (body, fragment) in [
        (
            json!({"type": "type", "serviceEndpoint": "https://api.example.com/v1"}),
            "D4eNCVjdtGaeHYMdjsdYHpTQmiwXtQKJmE9QSwwsKKzy",
        ),
        (
            json!({"type": "api", "serviceEndpoint": "https://example.com/api?a=1&b=2"}),
            "5QQHHwrvYjCtMovmnDVFaDwrJdVaEjz8KZxQsdT3tTc",
        ),
        (
            json!({"type": "arr", "serviceEndpoint": ["https://a.example.com", "https://b.example.com"]}),
            "ATmtrnK3u1GcFtem4WxA4GcT6AWEb9H9iX6RP9ctgrzN",
        ),
        (json!({"type": "noendpoint"}), "8ALLcLVHQ2JFgE5CdyfAR7TTLTNh8qALbfwDsZcbdN91"),
        (
            json!({"id": "urn:x", "type": "test", "serviceEndpoint": "https://example.com"}),
            "4zQgDc15kLf9pXbAUSeus7ERTC8UBeqDrBSys1S89why",
        ),
    ] {
        let mut expected = body.clone();
        expected["id"] = format!("{}#{fragment}", clinic.did).into();
        let created = clinic.post(services, body).await.expect(200).json();
        assert_eq!(created, json!([expected]));
    }
    let kinds = async |query: &str| {
        let found = clinic.get(&format!("{services}{query}")).await.expect(200).json();
        found.as_array().unwrap().iter().map(|each| each["type"].clone()).collect::<Value>()
    };
    assert_eq!(kinds("").await, json!(["type", "api", "arr", "noendpoint", "test"]));
    assert_eq!(kinds("?type=arr&endpointType=array").await, json!(["arr"]));
    assert_eq!(kinds("?type=arr&endpointType=string").await, json!([]));
    assert_eq!(kinds("?endpointType=string").await, json!(["type", "api", "test"]));
    assert_eq!(kinds("?type=zzz").await, json!([]));

    let api = format!("{services}/{}%235QQHHwrvYjCtMovmnDVFaDwrJdVaEjz8KZxQsdT3tTc", clinic.did);
    let body = json!({"type": "api", "serviceEndpoint": "https://example.com/v2"});
    let updated = clinic.post(&api, body).await.expect(200).json();
    let id = format!("{}#CuHY9fYjCPLGdukFh9quW85xhGiRU31iVGdNQM9rfxc2", clinic.did);
    assert_eq!(updated[0]["id"], json!(id));
    let wrong = clinic.send(Method::PUT, &api, Some(json!({}))).await.expect(405);
    assert_eq!(wrong.header("allow"), "OPTIONS, DELETE, POST");

    let path = format!("{services}/{}", id.replace('#', "%23"));
    for _ in 0..2 {
        clinic.send(Method::DELETE, &path, None).await.expect(204);
        assert_eq!(kinds("?type=api").await, json!([]));
    }
    let bare = format!("{services}/8ALLcLVHQ2JFgE5CdyfAR7TTLTNh8qALbfwDsZcbdN91");
    clinic.send(Method::DELETE, &bare, None).await.expect(204);
    assert_eq!(kinds("").await, json!(["type", "arr", "test"]));
}

#[tokio::test]
async fn services_that_cannot_be_changed_are_problems() {
    let clinic = Clinic::new().await;
    let (not_found, body) =
        ("subject not found", json!({"type": "x", "serviceEndpoint": "https://x"}));
    problem(
        &clinic.post("/subject/nobody/service", body.clone()).await,
        404,
        "CreateService failed",
        &format!("could not add service to DID Documents: {not_found}"),
    );
    problem(
        &clinic.get("/subject/nobody/service?type=x").await,
        404,
        "FindServices failed",
        not_found,
    );
    problem(
        &clinic.send(Method::DELETE, "/subject/nobody/service/x%23y", None).await,
        404,
        "DeleteService failed",
        &format!("could not delete service from DID Documents: {not_found}"),
    );
    for body in [Some(json!({"serviceEndpoint": "https://x"})), Some(json!({"type": ""})), None] {
        let answer = clinic.send(Method::POST, "/subject/clinic/service", body).await;
        let detail =
            "could not add service to DID Documents: invalid service: type must not be empty";
        problem(&answer, 400, "CreateService failed", detail);
    }
    clinic.send(Method::DELETE, "/subject/clinic", None).await.expect(204);
    problem(
        &clinic.post("/subject/clinic/service", body).await,
        409,
        "CreateService failed",
        "could not add service to DID Documents: the DID document has been deactivated",
    );
}

#[tokio::test]
async fn keys_are_added_last() {
    let clinic = Clinic::new().await;
    let path = "/subject/clinic/verificationmethod";
    let wanted = json!({"assertionKey": true, "encryptionKey": false});
    let added = clinic.post(path, wanted.clone()).await.expect(200).json();
    assert_eq!(added[0]["controller"], json!(clinic.did));
    assert_eq!(added[0]["type"], "JsonWebKey2020");
    let resolved = clinic.get(&format!("/did/{}", clinic.did)).await.json();
    assert_eq!(resolved["document"]["assertionMethod"][1], added[0]["id"]);
    let title = "AddVerificationMethod failed";
    for body in [json!({"assertionKey": false, "encryptionKey": false}), json!({})] {
        let detail = "at least one key must be created";
        problem(&clinic.post(path, body).await, 400, title, detail);
    }
    let both = json!({"assertionKey": true, "encryptionKey": true});
    let detail = "could not update DID documents: key agreement not supported for did:web";
    problem(&clinic.post(path, both).await, 400, title, detail);
    let detail = "could not update DID documents: subject not found";
    let nobody = clinic.post("/subject/nobody/verificationmethod", wanted.clone()).await;
    problem(&nobody, 404, title, detail);
    clinic.send(Method::DELETE, "/subject/clinic", None).await.expect(204);
    let detail = "could not update DID documents: the DID document has been deactivated";
    problem(&clinic.post(path, wanted).await, 409, title, detail);
}
