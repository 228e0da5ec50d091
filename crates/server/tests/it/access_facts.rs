//! `/internal/access/v1/…`: status codes, entity tags, pages, problems.

use axum::body::Body;
use http::{Method, Request};
use pecan_testkit::{Answer, NodeOptions, TestNode, World};
use serde_json::{Value, json};

const FACTS: &str = "/internal/access/v1/clinic/facts";

async fn node() -> TestNode {
    let node = World::new().node("node.example.nl", NodeOptions::default()).await;
    node.post("/internal/vdr/v2/subject", &json!({"subject": "clinic"})).await.expect(200);
    node
}

fn fact() -> Value {
    json!({
        "scope": "eOverdracht-sender",
        "peer": {"ura": "12345678"},
        "resource": "Composition/7",
        "operations": ["read", "document"],
        "conditions": {"user": true, "task_status": ["requested"]},
        "expires_at": "2027-06-01T00:00:00Z",
        "task": "Task/1",
    })
}

async fn send(node: &TestNode, method: &str, path: &str, tag: &str, body: &Value) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .header("if-match", tag);
    node.internal_request(request.body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test]
async fn a_fact_goes_from_creation_to_deletion_with_its_version_as_entity_tag() {
    let node = node().await;
    let created = node.post(FACTS, &fact()).await.expect(201);
    assert_eq!(created.header("etag"), "\"1\"");
    let body = created.json();
    let path = format!("{FACTS}/{}", body["id"].as_str().unwrap());
    let mut expected = fact();
    for (name, value) in [
        ("id", body["id"].clone()),
        ("subject", "clinic".into()),
        ("effect", "permit".into()),
        ("created_at", "2026-11-25T09:00:00Z".into()),
        ("updated_at", "2026-11-25T09:00:00Z".into()),
        ("version", 1.into()),
    ] {
        expected[name] = value;
    }
    assert_eq!(body, expected);
    let read = node.internal(Method::GET, &path, None).await.expect(200);
    assert_eq!((read.json(), read.header("etag")), (expected, "\"1\""));

    // What was read can be sent back: its version is the one that is meant.
    let again = node.internal(Method::PUT, &path, Some(&body)).await.expect(200);
    assert_eq!((again.header("etag"), &again.json()["version"]), ("\"2\"", &json!(2)));
    let late = node.internal(Method::PUT, &path, Some(&body)).await.expect(412);
    assert_eq!(late.json()["detail"], "access fact has version 2");
    let unversioned = node.internal(Method::PUT, &path, Some(&fact())).await.expect(400);
    assert_eq!(unversioned.json()["title"], "UpdateAccessFact failed");
    send(&node, "PUT", &path, "\"1\"", &fact()).await.expect(412);
    send(&node, "PUT", &path, "W/\"2\"", &fact()).await.expect(200);
    send(&node, "PUT", &path, "*", &fact()).await.expect(200);
    for tag in ["", "3", "\"x\"", "\"1\", \"4\""] {
        send(&node, "PUT", &path, tag, &fact()).await.expect(400);
    }
    send(&node, "DELETE", &path, "\"1\"", &json!({})).await.expect(412);
    node.internal(Method::DELETE, &path, None).await.expect(204);
    for method in [Method::GET, Method::DELETE] {
        let gone = node.internal(method, &path, None).await.expect(404).json();
        assert_eq!(gone["detail"], "access fact not found");
    }
}

#[tokio::test]
async fn lists_are_filtered_and_paged_and_a_task_withdraws_its_facts() {
    let node = node().await;
    for number in 0..3 {
        let mut fact = fact();
        fact["resource"] = format!("Composition/{number}").into();
        node.post(FACTS, &fact).await.expect(201);
    }
    let list = async |query: &str| {
        node.internal(Method::GET, &format!("{FACTS}{query}"), None).await.expect(200).json()
    };
    assert_eq!(list("").await["facts"].as_array().unwrap().len(), 3);
    let first = list("?limit=2&ura=12345678").await;
    let next = first["next"].as_str().unwrap();
    let second = list(&format!("?limit=2&ura=12345678&cursor={next}")).await;
    let count = |page: &Value| page["facts"].as_array().unwrap().len();
    assert_eq!((count(&first), count(&second), second.get("next")), (2, 1, None));
    assert_eq!(count(&list("?resource=Composition%2F1&task=Task%2F1").await), 1);
    assert_eq!(count(&list("?scope=other").await), 0);
    for query in ["?limit=0", "?limit=101", "?limit=x", "?ur=12345678", "?ura=1&ura=2"] {
        node.internal(Method::GET, &format!("{FACTS}{query}"), None).await.expect(400);
    }
    for query in ["", "?task=", "?task=Patient%2F1", "?task=Task%2F1&x=1"] {
        node.internal(Method::DELETE, &format!("{FACTS}{query}"), None).await.expect(400);
    }
    let path = format!("{FACTS}?task=Task%2F1");
    let withdrawn = node.internal(Method::DELETE, &path, None).await.expect(200);
    assert_eq!(withdrawn.json(), json!({"withdrawn": 3}));
    assert_eq!(list("").await, json!({"facts": []}));
}

#[tokio::test]
async fn what_is_no_fact_is_a_problem_and_a_misspelled_member_is_not_left_out() {
    let node = node().await;
    for (change, detail) in [
        (json!({"expire_at": "2027-06-01T00:00:00Z"}), "request body: unknown field `expire_at`"),
        (json!({"peer": {"uri": "1"}}), "request body: unknown field `uri`"),
        (json!({"peer": {}}), "`peer` names neither `client_id` nor `ura`"),
        (json!({"operations": "read"}), "request body: invalid type: string"),
        (json!({"expires_at": "2026-11-25T08:00:00Z"}), "`expires_at` has passed"),
        (json!({"resource": "/a/../b"}), "`resource` is none of"),
    ] {
        let mut fact = fact();
        for (name, value) in change.as_object().unwrap() {
            fact[name] = value.clone();
        }
        let problem = node.post(FACTS, &fact).await.expect(400).json();
        let found = problem["detail"].as_str().unwrap();
        assert!(found.starts_with(detail), "{found}");
    }
    node.post(FACTS, &json!({})).await.expect(400);
    let unknown = node.post("/internal/access/v1/nobody/facts", &fact()).await.expect(404).json();
    assert_eq!(
        unknown,
        json!({"title": "CreateAccessFact failed", "status": 404, "detail": "subject not found"})
    );
}

#[tokio::test]
async fn a_consent_becomes_facts_or_a_problem_with_its_path() {
    let node = node().await;
    let mut consent = json!({
        "resourceType": "Consent",
        "status": "active",
        "provision": {
            "type": "permit",
            "actor": [{"reference": {"identifier": {"system": "http://fhir.nl/fhir/NamingSystem/ura", "value": "12345678"}}}],
            "action": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentaction", "code": "access"}]}],
            "data": [{"meaning": "instance", "reference": {"reference": "Composition/7"}}],
        },
    });
    let path = format!("{FACTS}/import?scope=eOverdracht-sender&task=Task%2F1");
    let imported = node.post(&path, &consent).await.expect(201).json();
    let fact = &imported["facts"][0];
    assert_eq!((&fact["resource"], &fact["task"]), (&json!("Composition/7"), &json!("Task/1")));
    consent["provision"]["purpose"] = json!([{"code": "TREAT"}]);
    let problem = node.post(&path, &consent).await.expect(400).json();
    assert_eq!(problem["detail"], "`Consent.provision.purpose` cannot be said by access facts");
    node.post(&format!("{FACTS}/import?scop=x"), &consent).await.expect(400);
}
