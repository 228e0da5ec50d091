//! Other decision points: what they are asked, what counts as an answer, and when they are left alone.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use pecan_platform::BoxFuture;
use pecan_platform::Env;
use pecan_platform::http::{
    ConfiguredServer, HeaderMap, HttpClient, HttpError, Request, Response, StatusCode,
};
use pecan_testkit::{ManualClock, World};
use serde_json::{Value, json};
use url::Url;

use super::{
    ANSWER_BYTES_MAX, DecisionPoint, EvaluateError, FAILURES_MAX, OPEN_FOR, Settings, TIMEOUT,
};

/// Answers in order, then no more.
#[derive(Default)]
struct Peer {
    answers: Mutex<VecDeque<(u16, String)>>,
    asked: Mutex<Vec<Request>>,
}

impl HttpClient for Peer {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        let limit = request.timeout.unwrap();
        self.asked.lock().unwrap().push(request);
        let answer = self.answers.lock().unwrap().pop_front();
        Box::pin(async move {
            let (status, body) =
                answer.ok_or_else(|| HttpError::Timeout { host: "pdp".to_owned(), limit })?;
            let status = StatusCode::from_u16(status).unwrap();
            Ok(Response { status, headers: HeaderMap::new(), body: body.into() })
        })
    }
}

impl Peer {
    fn answer(&self, status: u16, body: impl Into<String>) {
        self.answers.lock().unwrap().push_back((status, body.into()));
    }

    fn asked(&self) -> (String, Value) {
        let request = self.asked.lock().unwrap().pop().unwrap();
        assert_eq!(request.timeout, Some(TIMEOUT));
        (request.url.to_string(), serde_json::from_slice(&request.body).unwrap())
    }
}

async fn decision_point(settings: Settings) -> (DecisionPoint, Arc<Peer>, Arc<ManualClock>) {
    let world = World::new();
    let peer = Arc::new(Peer::default());
    let env = Env { http: peer.clone(), ..world.env().await };
    (DecisionPoint::load(settings, env).unwrap(), peer, Arc::clone(&world.clock))
}

#[tokio::test]
async fn a_decision_point_is_asked_for_the_purpose_that_the_client_knows_it_by() {
    let url = Url::parse("http://pdp.internal:8181/v1/data").unwrap();
    for settings in [
        Settings { opa: Some(url.clone()), ..Settings::default() },
        Settings { authzen: Some(url.clone()), ..Settings::default() },
    ] {
        let known: Vec<_> = settings.configured_servers().collect();
        let (point, peer, _) = decision_point(settings).await;
        assert!(point.evaluate("bgz", &json!({})).await.is_err());
        let purpose = peer.asked.lock().unwrap()[0].purpose;
        assert_eq!(known, [ConfiguredServer { purpose, url: url.clone() }]);
    }
}

async fn opa() -> (DecisionPoint, Arc<Peer>, Arc<ManualClock>) {
    let opa = Some(Url::parse("http://opa.example.nl/v1/data").unwrap());
    decision_point(Settings { opa, ..Settings::default() }).await
}

async fn authzen() -> (DecisionPoint, Arc<Peer>, Arc<ManualClock>) {
    let authzen = Some(Url::parse("https://pdp.example.nl/base/").unwrap());
    decision_point(Settings { authzen, ..Settings::default() }).await
}

#[tokio::test]
async fn opa_is_asked_for_the_document_of_the_policy() {
    let (point, peer, _) = opa().await;
    peer.answer(
        200,
        json!({"result": {"allow": true, "reasons": ["x"], "obligations": {"narrow": []}}})
            .to_string(),
    );
    let answer = point.evaluate("eOverdracht-sender", &json!({"a": 1})).await.unwrap();
    assert!(answer.is_allowed && answer.obligations.contains_key("narrow"));
    assert_eq!(answer.reasons[0].description, "x");
    let url = "http://opa.example.nl/v1/data/eoverdracht_sender".to_owned();
    assert_eq!(peer.asked(), (url, json!({"input": {"a": 1}})));
    for (body, expected) in [
        (r#"{"result":true}"#, true),
        (r#"{"result":false}"#, false),
        (r#"{"result":{}}"#, false),
        (r#"{"result":{"allow":false}}"#, false),
    ] {
        peer.answer(200, body);
        assert_eq!(point.evaluate("a", &json!({})).await.unwrap().is_allowed, expected, "{body}");
    }
    peer.answer(200, "{}");
    let unknown = point.evaluate("a", &json!({})).await.unwrap_err();
    assert!(matches!(unknown, EvaluateError::UnknownPolicy(name) if name == "a"));
    assert_eq!(point.remote_status().unwrap().alert, None);
}

#[tokio::test]
async fn a_name_that_is_none_is_never_a_part_of_a_path() {
    let (point, peer, _) = opa().await;
    for name in ["../secrets", "a/b", "a?x", "", "é", "1a", "_lib", "patient/Task.read"] {
        let error = point.evaluate(name, &json!({})).await.unwrap_err();
        assert!(matches!(error, EvaluateError::UnknownPolicy(_)), "{name}");
    }
    assert!(peer.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_is_no_answer_allows_nothing_and_raises_an_alert() {
    let large = format!(r#"{{"result":true,"x":"{}"}}"#, "x".repeat(ANSWER_BYTES_MAX));
    for (status, body) in [
        (200, ""),
        (200, "true"),
        (200, "[]"),
        (200, r#"{"result":true,"result":false}"#),
        (200, r#"{"result":"true"}"#),
        (200, r#"{"result":null}"#),
        (200, r#"{"result":1}"#),
        (200, r#"{"result":[true]}"#),
        (200, r#"{"result":{"allow":"true"}}"#),
        (200, r#"{"result":{"allow":null}}"#),
        (200, r#"{"result":{"allow":true,"obligations":["narrow"]}}"#),
        (200, large.as_str()),
        (201, r#"{"result":true}"#),
        (302, r#"{"result":true}"#),
        (500, r#"{"result":true}"#),
    ] {
        let (point, peer, _) = opa().await;
        peer.answer(status, body);
        let error = point.evaluate("a", &json!({})).await.unwrap_err();
        assert!(matches!(error, EvaluateError::Unexpected(_)), "{status} {body:.80}: {error}");
        let status = point.remote_status().unwrap();
        assert!(status.alert.is_some() && status.failures_total == 1 && !status.is_open);
    }
    for body in [
        "{}",
        r#"{"decision":"true"}"#,
        r#"{"decision":1}"#,
        r#"{"decision":true,"context":[]}"#,
        r#"{"decision":true,"context":{"obligations":[]}}"#,
        r#"{"evaluations":[{"decision":true}]}"#,
    ] {
        let (point, peer, _) = authzen().await;
        peer.answer(200, body);
        let error = point.evaluate("a", &json!({})).await.unwrap_err();
        assert!(matches!(error, EvaluateError::Unexpected(_)), "{body}: {error}");
    }
}

#[tokio::test]
async fn a_decision_point_that_hangs_is_left_alone_and_asked_again_by_one() {
    let (point, peer, clock) = opa().await;
    let ask = async || point.evaluate("a", &json!({})).await;
    for _ in 0..FAILURES_MAX {
        assert!(matches!(ask().await, Err(EvaluateError::Unavailable(_))));
    }
    let sent = |peer: &Peer| peer.asked.lock().unwrap().len();
    let before = sent(&peer);
    peer.answer(200, r#"{"result":true}"#);
    assert!(matches!(ask().await, Err(EvaluateError::Unavailable(_))));
    assert_eq!(sent(&peer), before, "nobody is asked");
    let status = point.remote_status().unwrap();
    assert!(status.is_open && status.skipped_total == 1 && status.alert.is_some());
    clock.advance(OPEN_FOR);
    assert!(ask().await.unwrap().is_allowed);
    let status = point.remote_status().unwrap();
    assert!(!status.is_open && status.alert.is_none());
    assert_eq!(status.failures_total, u64::from(FAILURES_MAX));
}

#[tokio::test]
async fn authzen_is_told_all_of_the_input_in_its_own_shape() {
    let (point, peer, _) = authzen().await;
    let input = json!({
        "subject": {"client": {"id": "https://gp.example.nl/oauth2/gp", "scopes": ["bgz"]}, "organization_ura": "1"},
        "resource": {"type": "Task", "id": "1"},
        "action": {"name": "read", "request": {"method": "GET", "path": "/Task/1"}},
        "context": {"scope": "bgz", "stage": "request"},
        "access": [{"id": "x"}],
        "lookup": {},
    });
    let body = json!({"decision": false, "context": {"reason_admin": {"en": "too late"}}});
    peer.answer(200, body.to_string());
    let answer = point.evaluate("bgz", &input).await.unwrap();
    assert!(!answer.is_allowed);
    assert_eq!(answer.reasons[0].description, "too late");
    let (url, question) = peer.asked();
    assert_eq!(url, "https://pdp.example.nl/base/access/v1/evaluation");
    let expected = json!({
        "subject": {"type": "organization", "id": "https://gp.example.nl/oauth2/gp", "properties": input["subject"]},
        "resource": {"type": "Task", "id": "1", "properties": input["resource"]},
        "action": {"name": "read", "properties": input["action"]},
        "context": {"scope": "bgz", "stage": "request", "policy": "bgz", "access": [{"id": "x"}], "lookup": {}},
    });
    assert_eq!(question, expected);
    peer.answer(200, r#"{"decision":true,"context":{"obligations":{"narrow":[["a","b"]]}}}"#);
    let scope = json!({"action": {"name": "request_scope"}, "resource": {}, "context": {"stage": "scope", "scope": "s"}});
    let answer = point.evaluate("bgz", &scope).await.unwrap();
    assert!(answer.is_allowed && answer.obligations.contains_key("narrow"));
    assert_eq!(peer.asked().1["resource"], json!({"type": "scope", "id": "s", "properties": {}}));
}
