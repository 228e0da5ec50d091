//! The main job: a presentation for a token, in both formats, with DPoP and Bearer.

use http::{Method, StatusCode};
use pecan_testkit::{Answer, Scenario};
use serde_json::{Value, json};
use time::Duration;

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value.get(member).and_then(Value::as_str).unwrap_or_else(|| panic!("no `{member}` in {value}"))
}

async fn introspect(scenario: &Scenario, token: &str) -> Value {
    let request = http::Request::post("/internal/auth/v2/accesstoken/introspect")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(axum::body::Body::from(format!("token={token}")))
        .unwrap();
    scenario.hospital.internal_request(request).await.expect(200).json()
}

#[tokio::test]
async fn a_credential_of_either_format_becomes_a_token_of_either_type() {
    for format in ["ldp_vc", "jwt_vc"] {
        let scenario = Scenario::with_credential(format).await;
        for token_type in ["DPoP", "Bearer"] {
            let answer = scenario.request_token(token_type).await.expect(200).json();
            assert_eq!(text(&answer, "token_type"), token_type, "{format}");
            assert_eq!(answer.get("expires_in"), Some(&json!(900)), "{format} {token_type}");
            let active = introspect(&scenario, text(&answer, "access_token")).await;
            assert_eq!(active.get("active"), Some(&json!(true)), "{format} {token_type}: {active}");
            assert_eq!(text(&active, "organization_name"), "Clinic West");
            assert_eq!(text(&active, "credential_issuer"), scenario.issuer_did);
            assert_eq!(active.get("cnf").is_some(), token_type == "DPoP");
            scenario.world.clock.advance(Duration::minutes(16));
            let expired = introspect(&scenario, text(&answer, "access_token")).await;
            assert_eq!(expired, json!({"active": false}));
        }
    }
}

#[tokio::test]
async fn a_proof_made_for_a_request_is_valid_once() {
    let scenario = Scenario::with_credential("jwt_vc").await;
    let token = scenario.request_token("DPoP").await.expect(200).json();
    let key_id = url::form_urlencoded::byte_serialize(text(&token, "dpop_kid").as_bytes())
        .collect::<String>();
    let url = "https://hospital.example.nl/fhir/Patient";
    let access_token = text(&token, "access_token");
    let request = json!({"htm": "GET", "htu": url, "token": access_token});
    let proof = scenario.clinic.post(&format!("/internal/auth/v2/dpop/{key_id}"), &request).await;
    let proof = proof.expect(200).json();
    let active = introspect(&scenario, access_token).await;
    let thumbprint = active.pointer("/cnf/jkt").cloned().unwrap();
    let check = json!({
        "dpop_proof": text(&proof, "dpop"), "method": "GET", "url": url,
        "token": access_token, "thumbprint": thumbprint,
    });
    let path = "/internal/auth/v2/dpop/validate";
    let first = scenario.hospital.post(path, &check).await.expect(200).json();
    assert_eq!(first, json!({"valid": true}));
    let second = scenario.hospital.post(path, &check).await.expect(200).json();
    assert_eq!(second, json!({"valid": false, "reason": "jti already used"}));
}

#[tokio::test]
async fn a_revoked_credential_is_not_presented_and_not_accepted() {
    let scenario = Scenario::new().await;
    let credential = scenario.issue("ldp_vc").await;
    scenario.load(&credential).await.expect(204);
    scenario.request_token("Bearer").await.expect(200);
    let id = text(&credential, "id").replace('#', "%23");
    let path = format!("/internal/vcr/v2/issuer/vc/{id}");
    scenario.hospital.internal(Method::DELETE, &path, None).await.expect(204);
    // The clinic may rely on its copy of the status list for fifteen minutes.
    scenario.world.clock.advance(Duration::minutes(16));
    let refusal: Answer = scenario.request_token("Bearer").await;
    assert_eq!(refusal.status, StatusCode::PRECONDITION_FAILED, "{}", refusal.text());
}
