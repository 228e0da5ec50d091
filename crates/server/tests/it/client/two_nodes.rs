//! Two complete nodes: the client of one, the authorization server of the other.

use pecan_testkit::Scenario;
use serde_json::json;

const INTROSPECT: &str = "/internal/auth/v2/accesstoken/introspect";

#[tokio::test]
async fn a_token_is_granted_in_both_formats_and_says_who_asked() {
    for format in ["ldp_vc", "jwt_vc"] {
        let scenario = Scenario::with_credential(format).await;
        for (token_type, expected) in [("DPoP", "DPoP"), ("Bearer", "Bearer")] {
            let answer = scenario.request_token(token_type).await.expect(200).json();
            assert_eq!(answer["token_type"], expected, "{format}");
            let body = format!("token={}", answer["access_token"].as_str().unwrap());
            let request = http::Request::post(INTROSPECT)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(axum::body::Body::from(body))
                .unwrap();
            let response = tower::ServiceExt::oneshot(scenario.hospital.internal.clone(), request)
                .await
                .unwrap();
            let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
            let claims: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(claims["active"], json!(true), "{claims}");
            assert_eq!(claims["organization_name"], "Clinic West");
            assert_eq!(claims.get("cnf").is_some(), token_type == "DPoP");
        }
    }
}

#[tokio::test]
async fn a_scope_that_the_other_node_does_not_know_is_the_callers_mistake() {
    let scenario = Scenario::with_credential("ldp_vc").await;
    let request = json!({"authorization_server": format!("{}/oauth2/hospital", scenario.hospital.url), "scope": "nope"});
    let answer = scenario.clinic.post(super::PATH, &request).await.expect(400);
    let detail = "failed to retrieve presentation definition: remote authorization server: invalid_scope - not found";
    assert_eq!(answer.json()["detail"], detail);
}

#[tokio::test]
async fn a_subject_that_the_other_node_does_not_have_is_the_callers_mistake() {
    let scenario = Scenario::with_credential("ldp_vc").await;
    let request = json!({"authorization_server": format!("{}/oauth2/nobody", scenario.hospital.url), "scope": "test"});
    let answer = scenario.clinic.post(super::PATH, &request).await.expect(400);
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("invalid client call"), "{detail}");
}
