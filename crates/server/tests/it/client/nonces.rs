//! Servers that want a nonce in the proof (RFC 9449 §8, contract/iam.md Q-56).

use pecan_testkit::Sent;
use serde_json::{Value, json};
use time::Duration;

use super::script::{Reply, token};
use super::{Stage, assert_problem, part};

fn token_requests(stage: &Stage) -> Vec<Sent> {
    stage.script.take_sent().into_iter().filter(|sent| sent.purpose == "token").collect()
}

fn proof_nonce(sent: &Sent) -> Value {
    part(sent.headers["dpop"].to_str().unwrap(), 1)["nonce"].clone()
}

fn assertion(sent: &Sent) -> String {
    let mut fields = url::form_urlencoded::parse(sent.body.as_bytes());
    fields.find(|(name, _)| name == "assertion").unwrap().1.into_owned()
}

fn wants(nonce: &str) -> Reply {
    Reply::error(400, "use_dpop_nonce", "nonce wanted").with("DPoP-Nonce", nonce)
}

#[tokio::test]
async fn a_server_that_wants_a_nonce_is_asked_once_more() {
    let stage = Stage::new().await;
    stage.script.tokens([wants("n-1"), Reply::json(200, &token())]);
    let _ = stage.ask(&json!({})).await.expect(200);
    let sent = token_requests(&stage);
    let nonces: Vec<Value> = sent.iter().map(proof_nonce).collect();
    assert_eq!(nonces, [json!(null), json!("n-1")]);
    // The server may have used the first presentation up.
    assert_ne!(assertion(&sent[0]), assertion(&sent[1]));
    assert_ne!(part(&assertion(&sent[0]), 1)["nonce"], part(&assertion(&sent[1]), 1)["nonce"]);
}

#[tokio::test]
async fn a_nonce_is_remembered_for_a_while() {
    let stage = Stage::new().await;
    let renewed = Reply::json(200, &token()).with("DPoP-Nonce", "n-2");
    stage.script.tokens([wants("n-1"), renewed, Reply::json(200, &token())]);
    let _ = stage.ask(&json!({})).await.expect(200);
    let _ = token_requests(&stage);
    let next = async || {
        let _ = stage.ask_with(&json!({}), &["no-cache"]).await.expect(200);
        token_requests(&stage).iter().map(proof_nonce).collect::<Vec<_>>()
    };
    assert_eq!(next().await, [json!("n-2")]);
    stage.scenario.world.clock.advance(Duration::minutes(5));
    assert_eq!(next().await, [json!(null)]);
}

#[tokio::test]
async fn a_server_that_is_never_content_is_not_asked_for_ever() {
    let stage = Stage::new().await;
    stage.script.tokens([wants("n-1")]);
    let answer = stage.ask(&json!({})).await;
    assert_problem(&answer, 400, "remote authorization server: use_dpop_nonce");
    assert_eq!(token_requests(&stage).len(), 2);
}

#[tokio::test]
async fn without_a_usable_nonce_there_is_no_second_request() {
    let stage = Stage::new().await;
    let refused = "remote authorization server: use_dpop_nonce - nonce wanted";
    let plain = Reply::error(400, "use_dpop_nonce", "nonce wanted");
    let long = "n".repeat(1_025);
    for reply in
        [plain.clone(), plain.clone().with("DPoP-Nonce", &long), plain.with("DPoP-Nonce", "a\"b")]
    {
        stage.script.tokens([reply]);
        assert_problem(&stage.ask(&json!({})).await, 400, refused);
        assert_eq!(token_requests(&stage).len(), 1);
    }
    stage.script.tokens([wants("n-1")]);
    assert_problem(&stage.ask(&json!({"token_type": "Bearer"})).await, 400, refused);
    assert_eq!(token_requests(&stage).len(), 1);
}
