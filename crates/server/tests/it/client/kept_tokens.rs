//! Tokens that are handed out again (contract/iam.md 7.2 steps 3 and 11).

use pecan_testkit::Answer;
use serde_json::{Value, json};
use time::Duration;

use super::script::Reply;
use super::{PATH, Stage, employee};

/// Whether the token endpoint was asked since this was last looked at.
fn was_asked(stage: &Stage) -> bool {
    stage.script.take_sent().iter().any(|sent| sent.purpose == "token")
}

fn seconds(answer: Answer) -> i64 {
    answer.expect(200).json()["expires_in"].as_i64().unwrap()
}

#[tokio::test]
async fn the_same_request_gets_the_same_token_until_it_is_about_to_expire() {
    let stage = Stage::new().await;
    let first = stage.ask(&json!({})).await.expect(200);
    assert!(was_asked(&stage));
    stage.scenario.world.clock.advance(Duration::seconds(7));
    let second = stage.ask(&json!({})).await.expect(200);
    assert!(stage.script.take_sent().is_empty());
    let mut expected = first.json();
    expected["expires_in"] = json!(893);
    assert_eq!(second.json(), expected);
    assert_eq!(second.header("content-type"), "application/json");

    stage.scenario.world.clock.advance(Duration::seconds(862));
    assert_eq!(seconds(stage.ask(&json!({})).await), 31);
    assert!(!was_asked(&stage));
    stage.scenario.world.clock.advance(Duration::seconds(1));
    assert_eq!(seconds(stage.ask(&json!({})).await), 900);
    assert!(was_asked(&stage));
}

#[tokio::test]
async fn the_order_of_members_does_not_make_another_request() {
    let stage = Stage::new().await;
    let request = super::usual(&json!({"credentials": [employee()]}));
    let _ = stage.clinic.post(PATH, &request).await.expect(200);
    assert!(was_asked(&stage));
    let mut reversed = request.clone();
    reversed.as_object_mut().unwrap().sort_keys();
    let _ = stage.clinic.post(PATH, &reversed).await.expect(200);
    assert!(!was_asked(&stage));
    for change in [
        json!({"token_type": "Bearer"}),
        json!({"token_type": "bearer"}),
        json!({"scope": "org-only x"}),
    ] {
        let _ = stage.ask(&change).await.expect(200);
        assert!(was_asked(&stage), "{change}");
    }
}

#[tokio::test]
async fn no_cache_gets_a_new_token_and_keeps_that_one() {
    let stage = Stage::new().await;
    let token = |answer: Answer| answer.expect(200).json()["access_token"].clone();
    let reply = |name: &str| Reply::json(200, &json!({"access_token": name, "expires_in": 900}));
    stage.script.tokens([reply("first"), reply("second"), reply("third")]);
    assert_eq!(token(stage.ask(&json!({})).await), "first");
    assert_eq!(token(stage.ask_with(&json!({}), &["no-cache"]).await), "second");
    assert_eq!(token(stage.ask(&json!({})).await), "second");
    for other in ["no-store", "no-cache, no-store", "No-Cache", ""] {
        assert_eq!(token(stage.ask_with(&json!({}), &[other]).await), "second", "{other}");
    }
}

#[tokio::test]
async fn two_cache_control_headers_are_refused() {
    let stage = Stage::new().await;
    let answer = stage.ask_with(&json!({}), &["no-cache", "no-store"]).await;
    let detail = "Expected one value for Cache-Control, got 2";
    let expected = json!({"detail": detail, "status": 400, "title": "Operation failed"});
    assert_eq!(answer.expect(400).json(), expected);
}

#[tokio::test]
async fn how_long_a_token_is_kept_follows_its_lifetime() {
    let check = async |reply: Value, kept_for: Option<i64>| {
        let stage = Stage::new().await;
        stage.script.tokens([Reply::json(200, &reply)]);
        let first = stage.ask(&json!({})).await.expect(200).json();
        assert_eq!(first.get("expires_in"), reply.get("expires_in"));
        assert!(was_asked(&stage));
        let clock = &stage.scenario.world.clock;
        if let Some(seconds) = kept_for {
            clock.advance(Duration::seconds(seconds - 1));
            let again = stage.ask(&json!({})).await.expect(200).json();
            assert!(!was_asked(&stage), "{reply}");
            assert_eq!(again["expires_at"], first["expires_at"]);
            assert!(again["expires_in"].is_i64());
            clock.advance(Duration::seconds(1));
        }
        let _ = stage.ask(&json!({})).await.expect(200);
        assert!(was_asked(&stage), "{reply}");
    };
    check(json!({"access_token": "t", "expires_in": 900}), Some(870)).await;
    check(json!({"access_token": "t"}), Some(870)).await;
    check(json!({"access_token": "t", "expires_in": 40}), Some(10)).await;
    check(json!({"access_token": "t", "expires_in": 30}), None).await;
    check(json!({"access_token": "t", "expires_in": 20}), None).await;
    check(json!({}), None).await;
}

#[tokio::test]
async fn a_refusal_is_not_kept() {
    let stage = Stage::new().await;
    stage.script.tokens([
        Reply::error(400, "invalid_request", "not now"),
        Reply::json(200, &json!({"access_token": "t"})),
    ]);
    let _ = stage.ask(&json!({})).await.expect(400);
    let _ = stage.ask(&json!({})).await.expect(200);
}

#[tokio::test]
async fn the_token_of_one_subject_is_not_for_another() {
    let stage = Stage::new().await;
    let _ = stage.ask(&json!({})).await.expect(200);
    let created = stage.clinic.post("/internal/vdr/v2/subject", &json!({"subject": "other"})).await;
    let _ = created.expect(200);
    let path = "/internal/auth/v2/other/request-service-access-token";
    let _ = stage.clinic.post(path, &super::usual(&json!({}))).await.expect(412);
}
