//! What happens around every operation, seen from outside: answers that say little, a log that says enough.

use std::io;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use http::Request;
use pecan_testkit::{Answer, NodeOptions, TestNode, World};
use tracing_subscriber::fmt::MakeWriter;

async fn node() -> TestNode {
    World::new().node("node.example.nl", NodeOptions::default()).await
}

/// What was logged while `work` ran.
async fn logged<T>(work: impl Future<Output = T>) -> (T, String) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let result = work.await;
    drop(guard);
    let bytes = log.0.lock().unwrap().clone();
    (result, String::from_utf8(bytes).unwrap())
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The entries with a message, as JSON.
fn entries(log: &str, message: &str) -> Vec<serde_json::Value> {
    let entries = log.lines().map(|line| serde_json::from_str(line).expect("a line is JSON"));
    entries.filter(|entry: &serde_json::Value| entry["fields"]["message"] == message).collect()
}

async fn token(node: &TestNode, body: &'static str) -> Answer {
    let request = Request::post("/oauth2/clinic/token?scope=query-scope")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("X-Forwarded-For", "203.0.113.9");
    node.public(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_refused_token_request_is_found_by_an_id_that_the_client_does_not_know() {
    let node = node().await;
    let (answer, log) = logged(token(&node, "grant_type=a&assertion=s3cret&grant_type=b")).await;
    assert_eq!(
        answer.text(),
        "{\"error\":\"invalid_request\",\"error_description\":\"parameter `grant_type` occurs twice\"}\n"
    );
    let [refusal] = entries(&log, "request refused").try_into().unwrap();
    assert_eq!(refusal["level"], "INFO");
    let fields = &refusal["fields"];
    assert_eq!(fields["operation"], "HandleTokenRequest");
    assert_eq!(fields["subject"], "clinic");
    assert_eq!(fields["status"], 400);
    assert_eq!(fields["code"], "invalid_request");
    let id = fields["refusal.id"].as_str().unwrap();
    assert_eq!(id.len(), 36);
    assert!(!answer.text().contains(id));
    assert!(!log.contains("s3cret"));
}

#[tokio::test]
async fn a_refused_call_of_an_api_is_a_warning() {
    let node = node().await;
    let (answer, log) =
        logged(node.internal(http::Method::GET, "/internal/api/nope.yaml", None)).await;
    assert_eq!(answer.status, 404);
    let [refusal] = entries(&log, "request refused").try_into().unwrap();
    assert_eq!(
        (refusal["level"].as_str(), refusal["fields"]["operation"].as_str()),
        (Some("WARN"), Some("ApiFile"))
    );
}

#[tokio::test]
async fn each_request_is_one_line_without_secrets_and_probes_are_none() {
    let node = node().await;
    let ((), log) = logged(async {
        node.get("/oauth2/clinic/callback?code=s3cret-code&state=s3cret-state&iss=x").await;
        node.get("/status").await;
        node.internal(http::Method::GET, "/health", None).await;
        node.internal(http::Method::GET, "/metrics", None).await;
        node.get("/nope").await;
    })
    .await;
    let uris: Vec<_> = entries(&log, "HTTP request")
        .iter()
        .map(|entry| (entry["fields"]["uri"].clone(), entry["fields"]["status"].clone()))
        .collect();
    assert_eq!(
        uris,
        [
            ("/oauth2/clinic/callback?code=***&state=***&iss=x".into(), 404.into()),
            ("/nope".into(), 404.into())
        ]
    );
    assert!(!log.contains("s3cret"));
}
