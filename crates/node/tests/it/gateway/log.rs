//! The decision log: one event per decision, and nothing in it that is nobody's business.

use std::io;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;

use super::{Gate, READ_TASK, question, with_bearer};

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

/// The events of the decision log while `work` ran, and the whole log as text.
async fn logged<T>(work: impl Future<Output = T>) -> (T, Vec<Value>, String) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let result = work.await;
    drop(guard);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let events = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let events = events.filter(|event: &Value| event["target"] == "pecan::decision").collect();
    (result, events, text)
}

#[tokio::test]
async fn an_allowed_request_is_one_event_without_its_token() {
    let gate = Gate::new(READ_TASK).await;
    let token = gate.bearer().await;
    let asked = with_bearer(&token, "GET", "/fhir/Task/1?_format=json");
    let (decision, events, text) = logged(gate.decide(asked)).await;
    let [event] = &events[..] else { panic!("{text}") };
    let fields = &event["fields"];
    for (name, expected) in [
        ("decision", decision.id.as_str()),
        ("gateway", "edge"),
        ("route", "fhir"),
        ("client", "https://clinic.example.nl/oauth2/clinic"),
        ("policy", "test"),
        ("outcome", "allow"),
        ("reason", ""),
        ("method", "GET"),
        ("path", "/fhir/Task/1"),
        ("query", "_format=json"),
    ] {
        assert_eq!(fields[name], expected, "{name}");
    }
    assert!(!text.contains(&token.text));
}

#[tokio::test]
async fn citizen_numbers_are_masked_in_every_field() {
    let policy = r#"package test
default allow := false
reasons contains {"code": "not_allowed", "description": sprintf("of %s", [input.action.fhir_rest.search_params.identifier])}
"#;
    let gate = Gate::new(policy).await;
    let token = gate.bearer().await;
    for target in [
        "/fhir/Patient?identifier=http://fhir.nl/fhir/NamingSystem/bsn%7C999990019",
        "/fhir/Patient?identifier=http://fhir.nl/fhir/NamingSystem/bsn%7C9%39%39990019",
        "/fhir/Patient/999990019?identifier=999990019",
        "/999990019/Patient",
    ] {
        let asked = with_bearer(&token, "GET", target);
        let (_, events, text) = logged(gate.decide(asked)).await;
        assert_eq!(events.len(), 1, "{text}");
        assert!(text.contains("*********"), "{text}");
        assert!(!text.contains("999990019") && !text.contains("%39"), "{text}");
    }
}

#[tokio::test]
async fn a_request_without_a_token_is_logged_with_the_reason() {
    let gate = Gate::new(READ_TASK).await;
    let asked = question("GET", "/fhir/Task/1", &[]);
    let (_, events, _) = logged(gate.decide(asked)).await;
    assert_eq!(events[0]["fields"]["outcome"], "unauthenticated");
    assert_eq!(events[0]["fields"]["reason"], "no access token was sent");
}
