//! Which access tokens count.

use pecan_testkit::Scenario;
use serde_json::{Value, json};
use time::Duration;

use super::{Gate, READ_TASK, draft, object, question, with_bearer};

const TASK: &str = "/fhir/Task/1";

#[tokio::test]
async fn a_bearer_token_passes_in_any_case_of_its_scheme() {
    let gate = Gate::new(READ_TASK).await;
    let token = gate.bearer().await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let authorization = format!("{scheme} {}", token.text);
        gate.allowed(question("GET", TASK, &[("authorization", &authorization)])).await;
    }
    gate.allowed(with_bearer(&token, "HEAD", TASK)).await;
}

#[tokio::test]
async fn without_an_active_token_the_client_is_asked_for_one() {
    let gate = Gate::new(READ_TASK).await;
    let none = "no access token was sent";
    gate.challenges(question("GET", TASK, &[]), None, none).await;
    gate.challenges(question("GET", TASK, &[("Authorization", "Basic YTpi")]), None, none).await;
    for (authorization, reason) in [
        ("Bearer unknown", "not active"),
        ("DPoP unknown", "not active"),
        ("Bearer ", "malformed"),
        ("Bearer a b", "malformed"),
    ] {
        let asked = question("GET", TASK, &[("Authorization", authorization)]);
        gate.challenges(asked, Some("invalid_token"), reason).await;
    }
}

#[tokio::test]
async fn a_token_ends_with_its_lifetime() {
    let gate = Gate::new(READ_TASK).await;
    let token = gate.bearer().await;
    gate.scenario.world.clock.advance(Duration::seconds(899));
    gate.allowed(with_bearer(&token, "GET", TASK)).await;
    gate.scenario.world.clock.advance(Duration::seconds(1));
    let asked = with_bearer(&token, "GET", TASK);
    gate.challenges(asked, Some("invalid_token"), "not active").await;
}

#[tokio::test]
async fn a_token_of_another_subject_of_the_node_does_not_count() {
    let gate = Gate::with(READ_TASK, |settings| {
        settings.routes[0].subject = "issuer".to_owned();
    })
    .await;
    let token = gate.bearer().await;
    let asked = with_bearer(&token, "GET", TASK);
    gate.challenges(asked, Some("invalid_token"), "another authorization server").await;
}

#[tokio::test]
async fn a_bound_token_is_no_bearer_token_and_a_bearer_token_is_not_bound() {
    let gate = Gate::new(READ_TASK).await;
    let bound = gate.bound().await;
    let asked = with_bearer(&bound, "GET", TASK);
    gate.challenges(asked, Some("invalid_token"), "sent as bearer token").await;
    let proof = gate.proof(&bound, draft(&bound, "id")).await;
    let authorization = format!("Bearer {}", bound.text);
    let headers = [("Authorization", authorization.as_str()), ("DPoP", &proof)];
    let asked = question("GET", TASK, &headers);
    gate.challenges(asked, Some("invalid_token"), "sent as bearer token").await;
    let bearer = gate.bearer().await;
    let authorization = format!("DPoP {}", bearer.text);
    let asked = question("GET", TASK, &[("Authorization", &authorization), ("DPoP", &proof)]);
    gate.challenges(asked, Some("invalid_token"), "not bound").await;
}

fn introspection(scenario: &Scenario) -> Value {
    json!({
        "active": true,
        "iss": format!("{}/oauth2/hospital", scenario.hospital.url),
        "client_id": "https://clinic.example.nl/oauth2/clinic",
        "scope": "test",
        "exp": 1_795_600_000,
    })
}

fn introspects(settings: &mut pecan_node::gateway::Settings) {
    settings.gateways[0].abilities.introspects = true;
}

#[tokio::test]
async fn what_a_gateway_found_out_counts_if_it_is_registered_for_that() {
    let gate = Gate::with(READ_TASK, introspects).await;
    let claims = introspection(&gate.scenario);
    let told = |claims: &Value| {
        let mut asked = question("GET", TASK, &[("X-Userinfo", "written by the gateway")]);
        asked.introspection = Some(object(claims));
        asked
    };
    gate.allowed(told(&claims)).await;
    for (name, value, reason) in [
        ("active", json!(false), "not active"),
        ("active", json!("true"), "not active"),
        ("active", json!(null), "not active"),
        ("exp", json!(1), "not active"),
        ("exp", json!(null), "not active"),
        ("exp", json!("1795600000"), "not active"),
        ("iss", json!("https://hospital.example.nl/oauth2/issuer"), "another authorization"),
        ("iss", json!(null), "another authorization"),
    ] {
        let mut claims = claims.clone();
        claims[name] = value;
        gate.challenges(told(&claims), Some("invalid_token"), reason).await;
    }
    // The token itself outranks what is said of one.
    let mut asked = question("GET", TASK, &[("Authorization", "Bearer unknown")]);
    asked.introspection = Some(object(&claims));
    gate.challenges(asked, Some("invalid_token"), "not active").await;

    let unable = Gate::new(READ_TASK).await;
    let mut asked = question("GET", TASK, &[]);
    asked.introspection = Some(object(&claims));
    unable.challenges(asked, None, "no access token was sent").await;
}

#[tokio::test]
async fn what_a_gateway_found_out_about_a_bound_token_needs_a_proof_too() {
    let gate = Gate::with(READ_TASK, introspects).await;
    let token = gate.bound().await;
    let mut claims = introspection(&gate.scenario);
    let keys = &gate.scenario.clinic.node.keys;
    let id = pecan_credentials::did::DidUrl::parse(&token.key_id).unwrap();
    let thumbprint = keys.public_key(&id).await.unwrap().thumbprint();
    claims["cnf"] = json!({ "jkt": thumbprint });
    let proof = gate.proof(&token, draft(&token, "id")).await;
    let told = |claims: &Value, headers: &[(&str, &str)]| {
        let mut asked = question("GET", TASK, headers);
        asked.introspection = Some(object(claims));
        asked
    };
    let error = Some("invalid_dpop_proof");
    gate.challenges(told(&claims, &[]), error, "without a proof").await;
    gate.challenges(told(&claims, &[("DPoP", &proof)]), error, "does not tell the token").await;
    let other = [("DPoP", proof.as_str()), ("X-Access-Token", "other")];
    gate.challenges(told(&claims, &other), error, "ath").await;
    let whole = [("DPoP", proof.as_str()), ("X-Access-Token", token.text.as_str())];
    gate.allowed(told(&claims, &whole)).await;
    gate.challenges(told(&claims, &whole), error, "used before").await;
    claims["cnf"] = json!({ "x5t#S256": "x" });
    gate.challenges(told(&claims, &whole), Some("invalid_token"), "no key of a DPoP proof").await;
}

#[tokio::test]
async fn a_gateway_that_checks_proofs_may_ask_about_a_bound_token_without_one() {
    let gate = Gate::with(READ_TASK, |settings| {
        settings.gateways[0].abilities.checks_proof = true;
    })
    .await;
    let token = gate.bound().await;
    gate.allowed(with_bearer(&token, "GET", TASK)).await;
    // A proof that it passes on is looked at all the same.
    let mut wrong = draft(&token, "id");
    wrong.method = "PUT";
    let proof = gate.proof(&token, wrong).await;
    let authorization = format!("Bearer {}", token.text);
    let asked = question("GET", TASK, &[("Authorization", &authorization), ("DPoP", &proof)]);
    gate.challenges(asked, Some("invalid_dpop_proof"), "method mismatch").await;
}
