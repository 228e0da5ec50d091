//! Which proofs of possession count.

use pecan_node::gateway::{Refusal, Settings};
use time::Duration;

use super::{Draft, Gate, READ_TASK, URL, draft, question};

const ERROR: Option<&str> = Some("invalid_dpop_proof");

#[tokio::test]
async fn a_proof_for_the_public_url_passes() {
    let gate = Gate::new(READ_TASK).await;
    let token = gate.bound().await;
    for (id, uri, target) in [
        ("1", "https://api.hospital.example.nl/fhir/Task/1", "/fhir/Task/1"),
        ("2", "HTTPS://API.hospital.example.nl:443/fhir/Task/1", "/fhir/Task/1"),
        ("3", "https://api.hospital.example.nl/fhir/%54ask/%31", "/fhir/Task/1"),
        ("4", "https://api.hospital.example.nl/fhir/Task/1", "/fhir/%54ask/1"),
        ("5", "https://api.hospital.example.nl/fhir/Task/1?_format=json#x", "/fhir/Task/1"),
        ("6", "https://api.hospital.example.nl/fhir/Task/1", "/fhir/Task/1?_format=json"),
        ("7", URL_OF_TASK, "https://api.hospital.example.nl/fhir/Task/1"),
    ] {
        let proof = gate.proof(&token, Draft { uri, ..draft(&token, id) }).await;
        let authorization = format!("dpop {}", token.text);
        let headers = [("authorization", authorization.as_str()), ("dpop", &proof)];
        gate.allowed(question("GET", target, &headers)).await;
    }
}

const URL_OF_TASK: &str = "https://api.hospital.example.nl/fhir/Task/1";

#[tokio::test]
async fn a_proof_for_anything_else_is_refused() {
    let gate = Gate::new(READ_TASK).await;
    let token = gate.bound().await;
    let good = draft(&token, "id");
    let uri = |uri: &'static str| Draft { uri, ..good.clone() };
    let cases = [
        (uri("http://api.hospital.example.nl/fhir/Task/1"), "url mismatch"),
        (uri("https://api.hospital.example.nl:8443/fhir/Task/1"), "url mismatch"),
        (uri("https://api.hospital.example.nl:80/fhir/Task/1"), "url mismatch"),
        (uri("https://api.hospital.example.nl./fhir/Task/1"), "url mismatch"),
        (uri("https://hospital.example.nl/fhir/Task/1"), "url mismatch"),
        (uri("api.hospital.example.nl/fhir/Task/1"), "url mismatch"),
        (uri("https://api.hospital.example.nl/fhir/Task/2"), "url mismatch"),
        (uri("https://api.hospital.example.nl/fhir/task/1"), "url mismatch"),
        (uri("https://api.hospital.example.nl/fhir/Task/1/"), "url mismatch"),
        (uri("https://api.hospital.example.nl/Task/1"), "url mismatch"),
        (uri("https://api.hospital.example.nl/fhir//Task/1"), "url mismatch"),
        (uri("https://api.hospital.example.nl//fhir/Task/1"), "url mismatch"),
        (uri("https://api.hospital.example.nl/fhir/Task%2F1"), "url mismatch"),
        (uri("https://api.hospital.example.nl/fhir/Task/%2531"), "url mismatch"),
        (uri("https://api.hospital.example.nl/fhir/x/../Task/1"), "url mismatch"),
        (uri("https://api.hospital.example.nl/fhir/./Task/1"), "url mismatch"),
        (uri("https://api.hospital.example.nl/fhir/%2e%2e/fhir/Task/1"), "url mismatch"),
        (uri("https://api.hospital.example.nl/fhir/Task/1;a=b"), "url mismatch"),
        (uri("https://api.hospital.example.nl/fhir/Task;a=b/1"), "url mismatch"),
        (Draft { method: "POST", ..good.clone() }, "method mismatch"),
        (Draft { method: "get", ..good.clone() }, "method mismatch"),
        (Draft { method: "HEAD", ..good.clone() }, "method mismatch"),
        (Draft { token: "another", ..good.clone() }, "ath"),
        (Draft { age: Duration::seconds(61), ..good.clone() }, "too old"),
        (Draft { age: Duration::seconds(-6), ..good.clone() }, ""),
    ];
    for (wrong, reason) in cases {
        let proof = gate.proof(&token, wrong).await;
        gate.challenges(asked(&token.text, &proof), ERROR, reason).await;
    }
    for text in ["", "x", "a.b.c", &"x".repeat(100_000)] {
        gate.challenges(asked(&token.text, text), ERROR, "").await;
    }
    let authorization = format!("DPoP {}", token.text);
    let bare = question("GET", "/fhir/Task/1", &[("Authorization", &authorization)]);
    gate.challenges(bare, ERROR, "without a proof").await;
    // None of the refused ones used the id up.
    let proof = gate.proof(&token, good).await;
    gate.allowed(asked(&token.text, &proof)).await;
}

pub(super) fn asked(token: &str, proof: &str) -> pecan_node::gateway::Question {
    let authorization = format!("DPoP {token}");
    question("GET", "/fhir/Task/1", &[("Authorization", &authorization), ("DPoP", proof)])
}

#[tokio::test]
async fn the_window_of_a_proof_is_closed_on_both_sides() {
    let gate = Gate::new(READ_TASK).await;
    let token = gate.bound().await;
    for (id, seconds) in [("1", 60), ("2", 0), ("3", -5)] {
        let age = Duration::seconds(seconds);
        let proof = gate.proof(&token, Draft { age, ..draft(&token, id) }).await;
        gate.allowed(asked(&token.text, &proof)).await;
    }
}

#[tokio::test]
async fn a_proof_of_another_key_is_refused() {
    let gate = Gate::new(READ_TASK).await;
    let token = gate.bound().await;
    let body = serde_json::json!({ "subject": "other" });
    let answer = gate.scenario.clinic.post("/internal/vdr/v2/subject", &body).await;
    let document = answer.expect(200).json();
    let key_id = document.pointer("/documents/0/verificationMethod/0/id").unwrap();
    let other =
        super::Token { text: token.text.clone(), key_id: key_id.as_str().unwrap().to_owned() };
    let proof = gate.proof(&other, draft(&other, "id")).await;
    gate.challenges(asked(&token.text, &proof), ERROR, "jkt mismatch").await;
}

#[tokio::test]
async fn a_proof_passes_once_while_it_could_be_taken() {
    let gate = Gate::new(READ_TASK).await;
    let token = gate.bound().await;
    let early = Draft { age: Duration::seconds(-5), ..draft(&token, "early") };
    let proof = gate.proof(&token, early).await;
    gate.allowed(asked(&token.text, &proof)).await;
    for _ in 0..66 {
        let denied = gate.denied(asked(&token.text, &proof)).await;
        assert!(matches!(denied.refusal, Refusal::Unauthenticated { .. }), "{}", denied.reason);
        gate.scenario.world.clock.advance(Duration::seconds(1));
    }
    gate.challenges(asked(&token.text, &proof), ERROR, "too old").await;
}

#[tokio::test]
async fn of_a_hundred_calls_at_once_with_one_proof_one_passes() {
    let gate = Gate::new(READ_TASK).await;
    let token = gate.bound().await;
    let proof = gate.proof(&token, draft(&token, "id")).await;
    let calls = (0..100).map(|_| gate.decide(asked(&token.text, &proof)));
    let decisions = futures_util::future::join_all(calls).await;
    let passed = decisions
        .iter()
        .filter(|it| matches!(it.outcome, pecan_node::gateway::Outcome::Allow(_)))
        .count();
    assert_eq!(passed, 1);
}

#[tokio::test]
async fn a_denial_by_policy_does_not_use_the_proof_up() {
    let gate = Gate::new(
        "package test\ndefault allow := false\nallow if input.action.request.query == \"_format=json\"\n",
    )
    .await;
    let token = gate.bound().await;
    let proof = gate.proof(&token, draft(&token, "id")).await;
    for _ in 0..2 {
        gate.forbids(asked(&token.text, &proof), "policy `test`").await;
    }
    let mut other = asked(&token.text, &proof);
    other.target.push_str("?_format=json");
    gate.allowed(other).await;
}

fn wants_nonce(settings: &mut Settings) {
    settings.routes[0].requires_nonce = true;
}

#[tokio::test]
async fn a_route_may_ask_for_a_nonce_of_now() {
    let gate = Gate::with(READ_TASK, wants_nonce).await;
    let token = gate.bound().await;
    let first = gate.proof(&token, draft(&token, "1")).await;
    let nonce = challenge(&gate, asked(&token.text, &first)).await;
    let wrong = Draft { nonce: Some("wrong"), ..draft(&token, "2") };
    let wrong = gate.proof(&token, wrong).await;
    assert_eq!(challenge(&gate, asked(&token.text, &wrong)).await, nonce);
    let with_nonce = |id| Draft { nonce: Some(nonce.as_str()), ..draft(&token, id) };
    let proof = gate.proof(&token, with_nonce("3")).await;
    gate.allowed(asked(&token.text, &proof)).await;
    // It is taken for a minute more after it was replaced, and then no longer.
    gate.scenario.world.clock.advance(Duration::minutes(1));
    let proof = gate.proof(&token, with_nonce("4")).await;
    gate.allowed(asked(&token.text, &proof)).await;
    gate.scenario.world.clock.advance(Duration::minutes(1));
    let proof = gate.proof(&token, with_nonce("5")).await;
    assert_ne!(challenge(&gate, asked(&token.text, &proof)).await, nonce);
}

async fn challenge(gate: &Gate, asked: pecan_node::gateway::Question) -> String {
    match gate.denied(asked).await.refusal {
        Refusal::Unauthenticated { error: Some("use_dpop_nonce"), nonce: Some(nonce), .. } => nonce,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_public_url_counts_where_the_gateway_sees_another_path() {
    let gate = Gate::with(READ_TASK, |settings| {
        settings.routes[0].gateway_path = Some("/internal".to_owned());
    })
    .await;
    let token = gate.bound().await;
    let proof = gate.proof(&token, draft(&token, "id")).await;
    let mut moved = asked(&token.text, &proof);
    moved.target = "/internal/Task/1".to_owned();
    gate.allowed(moved).await;
    assert!(URL_OF_TASK.starts_with(URL));
    gate.forbids(asked(&token.text, &proof), "no route").await;
}
