//! Obligations: what a gateway can do is asked of it, and what it cannot do is a denial.

use bytes::Bytes;
use pecan_node::gateway::{Body, Settings};
use serde_json::json;

use super::{Gate, with_bearer};

const NARROW: &str = r#"package test
allow := true
obligations := {"narrow": [["patient", "Patient/1"]]}
"#;

fn able(settings: &mut Settings) {
    settings.gateways[0].abilities.narrows_query = true;
    settings.gateways[0].abilities.narrows_body = true;
}

fn posted(
    token: &super::Token,
    path: &str,
    media_type: &str,
    body: &str,
) -> pecan_node::gateway::Question {
    let mut asked = with_bearer(token, "POST", path);
    asked.headers.push(("Content-Type".to_owned(), media_type.to_owned().into()));
    asked.body = Body::Whole(body.to_owned().into());
    asked
}

/// The condition that is added, as the FHIR crate writes it.
const PATIENT: &str = "patient=Patient/1";
const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn a_search_is_narrowed_where_its_parameters_stand() {
    let gate = Gate::with(NARROW, able).await;
    let token = gate.bearer().await;
    let allowed = gate.allowed(with_bearer(&token, "GET", "/fhir/Task?code=a,b&code=c")).await;
    let narrowing = allowed.narrowing.unwrap();
    assert_eq!(narrowing.query.as_deref(), Some(format!("code=a,b&code=c&{PATIENT}").as_str()));
    assert_eq!(narrowing.body, None);
    assert_eq!(narrowing.added, [("patient".to_owned(), "Patient/1".to_owned())]);
    let allowed = gate.allowed(posted(&token, "/fhir/Task/_search", FORM, "code=a")).await;
    let narrowing = allowed.narrowing.unwrap();
    assert_eq!(narrowing.query, None);
    assert_eq!(narrowing.body, Some(Bytes::from(format!("code=a&{PATIENT}"))));
}

#[tokio::test]
async fn a_gateway_that_cannot_narrow_denies() {
    let gate = Gate::new(NARROW).await;
    let token = gate.bearer().await;
    let asked = with_bearer(&token, "GET", "/fhir/Task?code=a");
    gate.forbids(asked, "`narrow`: the gateway does not change the query").await;
    let asked = posted(&token, "/fhir/Task/_search", FORM, "code=a");
    gate.forbids(asked, "`narrow`: the gateway does not change the body").await;
}

#[tokio::test]
async fn what_is_no_search_cannot_be_narrowed() {
    let gate = Gate::with(NARROW, able).await;
    let token = gate.bearer().await;
    gate.forbids(with_bearer(&token, "GET", "/fhir/Task/1"), "cannot be narrowed").await;
    gate.forbids(with_bearer(&token, "DELETE", "/fhir/Task/1"), "cannot be narrowed").await;
}

#[tokio::test]
async fn each_entry_of_a_bundle_is_narrowed() {
    let gate = Gate::with(NARROW, able).await;
    let token = gate.bearer().await;
    let line = |url: &str| json!({ "request": { "method": "GET", "url": url } });
    let bundle = |urls: &[&str]| {
        let entries: Vec<_> = urls.iter().map(|url| line(url)).collect();
        json!({ "resourceType": "Bundle", "type": "batch", "entry": entries })
    };
    let asked =
        |urls: &[&str]| posted(&token, "/fhir", "application/fhir+json", &bundle(urls).to_string());
    let narrowing = gate.allowed(asked(&["Task?code=a", "Task?code=b"])).await.narrowing.unwrap();
    let body: serde_json::Value = serde_json::from_slice(&narrowing.body.unwrap()).unwrap();
    let patient = PATIENT;
    let expected = [format!("Task?code=a&{patient}"), format!("Task?code=b&{patient}")];
    assert_eq!(body, bundle(&[&expected[0], &expected[1]]));
    assert_eq!(narrowing.query, None);
    gate.forbids(asked(&["Task?code=a", "Task/1"]), "cannot be narrowed").await;
    let unable = Gate::new(NARROW).await;
    let token = unable.bearer().await;
    let body = bundle(&["Task?code=a"]).to_string();
    let asked = posted(&token, "/fhir", "application/fhir+json", &body);
    unable.forbids(asked, "does not change the body").await;
}

#[tokio::test]
async fn other_obligations_need_a_registration() {
    let policy =
        "package test\nallow := true\nobligations := {\"response_check\": {\"patient\": \"1\"}}\n";
    let gate = Gate::new(policy).await;
    let token = gate.bearer().await;
    let asked = with_bearer(&token, "GET", "/fhir/Task/1");
    gate.forbids(asked, "`response_check`").await;
    let gate = Gate::with(policy, |settings| {
        settings.gateways[0].abilities.obligations.insert("response_check".to_owned());
    })
    .await;
    let token = gate.bearer().await;
    let allowed = gate.allowed(with_bearer(&token, "GET", "/fhir/Task/1")).await;
    assert_eq!(allowed.obligations["response_check"], json!({ "patient": "1" }));
    assert_eq!(allowed.narrowing, None);
}
