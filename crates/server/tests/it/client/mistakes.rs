//! What is refused before, or instead of, asking the token endpoint (contract/iam.md 7.2 steps 1 to 7, Q-24).

use serde_json::{Value, json};

use super::script::{Reply, definition};
use super::{Stage, assert_problem, employee, usual};

#[tokio::test]
async fn a_subject_that_is_not_here_is_refused() {
    let stage = Stage::new().await;
    for name in ["nobody", "cli%6eic2", "a%20b", "%ff"] {
        for path in [
            format!("/internal/auth/v2/{name}/request-service-access-token"),
            format!("/internal/v2/auth/{name}/request-service-access-token"),
        ] {
            let answer = stage.clinic.post(&path, &usual(&json!({}))).await;
            assert_problem(&answer, 400, "invalid_request - subject not found");
        }
    }
}

#[tokio::test]
async fn both_spellings_of_the_path_are_answered() {
    let stage = Stage::new().await;
    for path in [
        "/internal/auth/v2/clinic/request-service-access-token",
        "/internal/v2/auth/clinic/request-service-access-token",
        "/internal/auth/v2/cl%69nic/request-service-access-token",
    ] {
        let _ = stage.clinic.post(path, &usual(&json!({}))).await.expect(200);
    }
}

#[tokio::test]
async fn a_service_provider_needs_a_grant_that_is_not_offered() {
    let stage = Stage::new().await;
    let cases = [
        (
            "",
            "service_provider_subject_id is optional and cannot be empty: omit the field or set a non-empty value",
        ),
        ("nobody", "invalid_request - subject not found"),
        (
            "clinic",
            "unsupported_grant_type - jwt-bearer two-VP flow requires auth.experimental.jwtbearerclient = true",
        ),
    ];
    for (name, detail) in cases {
        stage.refused(&json!({"service_provider_subject_id": name}), 400, detail).await;
    }
    assert!(stage.script.take_sent().is_empty());
}

#[tokio::test]
async fn self_attested_credentials_must_not_speak_for_issuers() {
    let stage = Stage::empty().await;
    let linked = stage.load_organization("ldp_vc", "Clinic West", "Utrecht").await;
    let token = stage.load_organization("jwt_vc", "Clinic West", "Utrecht").await;
    let subject = "self-asserted credentials MUST NOT contain a 'credentialSubject.id'";
    let issuer = "self-asserted credentials MUST NOT contain an 'issuer'";
    let with = |pointer: &str, value: Value| {
        let mut credential = employee();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        credential.pointer_mut(parent).unwrap()[name] = value;
        credential
    };
    let cases = [
        (with("/credentialSubject/id", json!(stage.did)), subject),
        (with("/credentialSubject", json!([{"a": 1}, {"id": "did:web:x"}])), subject),
        (with("/issuer", json!(stage.did)), issuer),
        (with("/issuer", json!({"id": stage.did})), issuer),
        (linked, subject),
        (token, subject),
    ];
    let _ = stage.script.take_sent();
    for (credential, detail) in cases {
        stage.refused(&json!({"credentials": [credential]}), 400, detail).await;
    }
    assert!(stage.script.take_sent().is_empty());
    for wrong in
        [json!(7), json!(null), json!("x"), with("/proof", json!("x")), with("/type", json!(7))]
    {
        let answer = stage.ask(&json!({"credentials": [wrong]})).await.expect(400);
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.starts_with("invalid self-asserted credential: "), "{detail}");
    }
}

#[tokio::test]
async fn a_body_of_another_shape_is_refused() {
    let stage = Stage::new().await;
    for change in [
        json!({"scope": 7}),
        json!({"credentials": {}}),
        json!({"credential_selection": {"organization_name": 7}}),
        json!({"token_type": []}),
    ] {
        let answer = stage.ask(&change).await.expect(400);
        assert_eq!(answer.json()["title"], "Operation failed", "{change}");
    }
}

#[tokio::test]
async fn requests_that_are_too_large_to_mean_anything_are_refused() {
    let stage = Stage::new().await;
    let long = format!("https://as.example.nl/{}", "x".repeat(2_048));
    let many: Vec<Value> = (0..33).map(|_| employee()).collect();
    let cases = [
        (json!({"authorization_server": long}), "`authorization_server` is longer than 2048 bytes"),
        (json!({"scope": "x".repeat(8_193)}), "`scope` is longer than 8192 bytes"),
        (json!({"credentials": many}), "more than 32 credentials"),
    ];
    for (change, detail) in cases {
        stage.refused(&change, 400, detail).await;
    }
}

#[tokio::test]
async fn a_wallet_that_has_not_what_is_asked_for_is_a_precondition() {
    let stage = Stage::new().await;
    let missing = |descriptor: &str| {
        format!(
            "failed to match presentation definition for {}: missing credentials\nconstraints not matched: no VC for InputDescriptor ({descriptor})",
            stage.did
        )
    };
    stage
        .refused(
            &json!({"credential_selection": {"organization_name": "Nobody"}}),
            412,
            &missing("id_org"),
        )
        .await;
    let mut with_employee = definition();
    let employee = json!({"id": "id_employee", "constraints": {"fields": [
        {"path": ["$.type"], "filter": {"type": "string", "const": "NutsEmployeeCredential"}}]}});
    with_employee["input_descriptors"].as_array_mut().unwrap().push(employee);
    stage.script.definition(Reply::json(200, &with_employee));
    stage.refused(&json!({}), 412, &missing("id_employee")).await;
    let _ = stage.ask(&json!({"credentials": [super::employee()]})).await.expect(200);
}

#[tokio::test]
async fn a_selection_must_be_of_known_fields_and_leave_one() {
    let stage = Stage::new().await;
    let detail =
        "credential_selection key 'foo' does not match any field id in the presentation definition";
    stage.refused(&json!({"credential_selection": {"foo": "x"}}), 400, detail).await;
    let detail = format!(
        "failed to match presentation definition for {}: input descriptor 'id_org': multiple matching credentials",
        stage.did
    );
    stage
        .refused(&json!({"credential_selection": {"organization_city": "Utrecht"}}), 412, &detail)
        .await;
}

#[tokio::test]
async fn a_definition_that_cannot_be_matched_is_told_with_path_and_credential() {
    let stage = Stage::empty().await;
    let credential = stage.load_organization("ldp_vc", "Clinic West", "Utrecht").await;
    let about = |path: &str| {
        format!(
            "failed to match presentation definition for {}: failed to match constraint for input descriptor '' and credential '{}': path \"{path}\": ",
            stage.did,
            credential["id"].as_str().unwrap()
        )
    };
    let with_field = |field: Value| {
        Reply::json(
            200,
            &json!({"id": "pd", "input_descriptors": [{"id": "d", "constraints": {"fields": [field]}}]}),
        )
    };
    let change = json!({"credential_selection": null});
    let object =
        json!({"path": ["$.credentialSubject.organization"], "filter": {"type": "object"}});
    stage.script.definition(with_field(object));
    let detail = format!("{}unsupported filter", about("$.credentialSubject.organization"));
    stage.refused(&change, 500, &detail).await;
    stage.script.definition(with_field(json!({"path": ["$.credentialSubject['organization'"]})));
    let answer = stage.ask(&change).await.expect(500);
    let start = format!("{}parsing error: ", about("$.credentialSubject['organization'"));
    assert!(answer.json()["detail"].as_str().unwrap().starts_with(&start), "{}", answer.text());
}

#[tokio::test]
async fn a_server_whose_terms_the_subject_cannot_meet_is_a_precondition() {
    let stage = Stage::new().await;
    let methods = |requested: &str| {
        format!(
            "precondition failed\ndid method mismatch, requested: [{requested}], available: [web]"
        )
    };
    let formats = "requester, verifier (authorization server metadata) and presentation definition don't share a supported VP format";
    let cases = [
        (json!({"did_methods_supported": null}), methods("")),
        (json!({"did_methods_supported": ["nuts"]}), methods("nuts")),
        (json!({"did_methods_supported": ["nuts", "jwk"]}), methods("nuts jwk")),
        (json!({"vp_formats_supported": null}), formats.to_owned()),
        (
            json!({"vp_formats_supported": {"jwt_vp_json": {"alg_values_supported": ["HS256"]}}}),
            formats.to_owned(),
        ),
    ];
    for (change, detail) in cases {
        stage.script.metadata_with(&change);
        stage.refused(&json!({}), 412, &detail).await;
    }
}

#[tokio::test]
async fn without_a_definition_endpoint_the_local_policy_counts() {
    let stage = Stage::new().await;
    stage.script.metadata_with(&json!({"presentation_definition_endpoint": null}));
    let none = |scope: &str| json!({"scope": scope, "credential_selection": null});
    // a scope that nobody knows is the caller's.
    stage.refused(&none("nope"), 400, "local PD resolution failed: not found").await;
    let two = "local PD resolution failed: multiple credential profile scopes found";
    stage.refused(&none("org-only medication-overview"), 400, two).await;
    let more = "invalid_scope - scope policy 'profile-only' does not allow additional scopes";
    stage.refused(&json!({"scope": "org-only more"}), 400, more).await;
    let owner = "no organization presentation definition for scope \"sp-only\"";
    stage.refused(&none("sp-only"), 500, owner).await;
    assert!(stage.script.take_sent().iter().all(|sent| sent.purpose == "oauth-metadata"));
    let _ = stage.ask(&json!({})).await.expect(200);
    let change = json!({"scope": "more medication-overview other", "credential_selection": null, "credentials": [employee()]});
    let answer = stage.ask(&change).await.expect(200);
    assert_eq!(answer.json()["scope"], "more medication-overview other");
    assert!(
        stage
            .script
            .take_sent()
            .iter()
            .any(|sent| sent.body.contains("scope=more+medication-overview+other"))
    );
}
