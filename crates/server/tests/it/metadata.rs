//! What a subject publishes about itself (contract/iam.md 3).

use pecan_jose::jws::Jws;
use pecan_testkit::Answer;
use serde_json::{Value, json};

use crate::hospital::{Hospital, ISSUER};

async fn get(hospital: &Hospital, path: &str) -> Answer {
    hospital.node.get(path).await
}

#[tokio::test]
async fn an_authorization_server_is_described_and_an_unknown_one_is_not_found() {
    let hospital = Hospital::new().await;
    let path = "/.well-known/oauth-authorization-server/oauth2/hospital";
    let answer = get(&hospital, path).await.expect(200);
    assert_eq!(answer.header("cache-control"), "max-age=300");
    assert_eq!(answer.header("content-type"), "application/json");
    let document = answer.json();
    assert_eq!(document["issuer"], ISSUER);
    assert_eq!(document["token_endpoint"], format!("{ISSUER}/token"));
    assert_eq!(
        document["presentation_definition_endpoint"],
        format!("{ISSUER}/presentation_definition")
    );
    let answer = get(&hospital, &path.replace("hospital", "nobody")).await.expect(404);
    assert_eq!(answer.header("cache-control"), "");
    assert_eq!(answer.json()["detail"], "subject not found");
}

#[tokio::test]
async fn an_entity_statement_is_signed_with_a_key_that_it_lists() {
    let hospital = Hospital::new().await;
    let path = "/.well-known/openid-configuration/oauth2/hospital";
    let answer = get(&hospital, path).await.expect(200);
    assert_eq!(answer.header("content-type"), "application/entity-statement+jwt");
    assert_eq!(answer.header("cache-control"), "max-age=300");
    let jws = Jws::parse(&answer.text()).unwrap();
    assert_eq!(jws.header().typ(), Some("JWT"));
    let claims: Value = serde_json::from_slice(jws.payload()).unwrap();
    let now = hospital.now().unix_timestamp();
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!(ISSUER), &json!(ISSUER)));
    assert_eq!((&claims["iat"], &claims["exp"]), (&json!(now), &json!(now + 3600)));
    assert_eq!(claims["metadata"]["openid_provider"]["issuer"], ISSUER);
    let jwk = claims["jwks"]["keys"][0].as_object().unwrap();
    assert_eq!(jwk["kid"].as_str(), jws.header().key_id());
    let mut bare = jwk.clone();
    bare.remove("kid");
    let names: Vec<&String> = bare.keys().collect();
    assert_eq!(names.len(), 4, "{names:?}");
    jws.verify(&pecan_jose::jwk::PublicKey::from_jwk(&Value::Object(bare.clone())).unwrap())
        .unwrap();

    let answer = get(&hospital, &path.replace("hospital", "nobody")).await.expect(400);
    let expected = json!({
        "detail": "invalid_request - subject not found",
        "status": 400, "title": "OpenIDConfiguration failed",
    });
    assert_eq!(answer.json(), expected);
}

#[tokio::test]
async fn a_client_is_described() {
    let hospital = Hospital::new().await;
    let answer = get(&hospital, "/oauth2/hospital/oauth-client").await.expect(200);
    assert_eq!(answer.header("cache-control"), "max-age=300");
    let document = answer.json();
    assert_eq!(document["client_id_scheme"], "entity_id");
    assert_eq!(document["token_endpoint_auth_method"], "none");
    assert!(document["vp_formats"]["ldp_vp"].is_object());
    let answer = get(&hospital, "/oauth2/nobody/oauth-client").await.expect(400);
    let expected = json!({ "error": "invalid_request", "error_description": "subject not found" });
    assert_eq!(answer.json(), expected);
}

#[tokio::test]
async fn a_scope_has_a_definition_for_each_wallet() {
    let hospital = Hospital::new().await;
    let policies: Value = serde_json::from_str(include_str!("policies.json")).unwrap();
    for (query, scope, owner) in [
        ("scope=org-only", "org-only", "organization"),
        ("scope=org-only+other", "org-only", "organization"),
        ("scope=medication-overview+patient%2FX.read", "medication-overview", "organization"),
        ("scope=user-flow&wallet_owner_type=user", "user-flow", "user"),
        ("scope=org-and-sp&wallet_owner_type=service_provider", "org-and-sp", "service_provider"),
        ("scope=empty-pd", "empty-pd", "organization"),
    ] {
        let path = format!("/oauth2/hospital/presentation_definition?{query}");
        let answer = get(&hospital, &path).await.expect(200);
        assert_eq!(answer.header("cache-control"), "max-age=300");
        assert_eq!(answer.json(), policies[scope][owner], "{query}");
    }
    let answer =
        get(&hospital, "/oauth2/hospital/presentation_definition?scope=").await.expect(200);
    assert_eq!(answer.json(), json!({ "id": "", "input_descriptors": null }));
}

#[tokio::test]
async fn a_definition_that_is_not_there_is_an_error_that_nobody_keeps() {
    let hospital = Hospital::new().await;
    let required = "Invalid format for parameter scope: query parameter 'scope' is required";
    let several =
        "Invalid format for parameter scope: multiple values for single value parameter 'scope'";
    for (query, status, code, description) in [
        ("scope=nope", 400, "invalid_scope", "not found"),
        (
            "scope=org-only+medication-overview",
            400,
            "invalid_scope",
            "multiple credential profile scopes found",
        ),
        (
            "scope=org-only+org-only",
            400,
            "invalid_scope",
            "multiple credential profile scopes found",
        ),
        (
            "scope=org-only&wallet_owner_type=user",
            400,
            "invalid_request",
            "no presentation definition found for 'user' wallet",
        ),
        (
            "scope=org-only&wallet_owner_type=foo",
            400,
            "invalid_request",
            "no presentation definition found for 'foo' wallet",
        ),
        ("", 400, "invalid_request", required),
        ("scope=org-only&scope=org-only", 400, "invalid_request", several),
    ] {
        let path = format!("/oauth2/hospital/presentation_definition?{query}");
        let answer = get(&hospital, &path).await.expect(status);
        let expected = json!({ "error": code, "error_description": description });
        assert_eq!(answer.json(), expected, "{query}");
        assert_eq!(answer.header("cache-control"), "", "{query}");
    }
    let path = "/oauth2/nobody/presentation_definition?scope=org-only";
    let answer = get(&hospital, path).await.expect(404);
    assert_eq!(answer.json()["error_description"], "subject not found");
}

#[tokio::test]
async fn a_changed_policy_is_used_and_a_broken_one_is_not() {
    let hospital = Hospital::new().await;
    let policies = &hospital.node.node.policies;
    let definition = async |scope: &str| {
        let path = format!("/oauth2/hospital/presentation_definition?scope={scope}");
        get(&hospital, &path).await.status.as_u16()
    };
    assert!(!policies.reload());
    assert_eq!(definition("more").await, 400);
    let more = hospital.folder.path().join("more.json");
    std::fs::write(&more, r#"{"more":{"organization":{"id":"pd","input_descriptors":[]}}}"#)
        .unwrap();
    assert!(policies.reload());
    assert_eq!(definition("more").await, 200);
    std::fs::write(&more, r#"{"more":{"organization":"#).unwrap();
    assert!(!policies.reload());
    assert!(!policies.reload());
    assert_eq!((definition("more").await, definition("org-only").await), (200, 200));
    std::fs::remove_file(&more).unwrap();
    assert!(policies.reload());
    assert_eq!((definition("more").await, definition("org-only").await), (400, 200));
    std::fs::remove_dir_all(hospital.folder.path()).unwrap();
    assert!(!policies.reload());
    assert_eq!(definition("org-only").await, 200);
}
