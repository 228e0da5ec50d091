//! Bodies that are announced and do not come, and bodies that are too large.

use axum::body::Body;
use http::Request;
use http::request::Builder;

use super::{Ward, secret};

const TOO_LARGE: usize = 10_000_001;

fn told(gateway: &str, method: &str, target: &str) -> Builder {
    Request::get("/gateway/forward-auth")
        .header("X-Pecan-Gateway-Secret", secret(gateway))
        .header("X-Forwarded-Method", method)
        .header("X-Forwarded-Host", "fhir.example.nl")
        .header("X-Forwarded-Uri", target)
}

fn that_never_comes() -> Body {
    Body::from_stream(futures_util::stream::pending::<Result<bytes::Bytes, std::io::Error>>())
}

#[tokio::test]
async fn a_body_that_is_only_announced_is_not_waited_for() {
    let ward = Ward::new().await;
    let token = ward.fill("Bearer {{token}}").await;
    for (gateway, method, target, status) in [
        ("traefik", "GET", "/fhir/Task/1", 200),
        ("traefik", "POST", "/fhir/Task", 403),
        ("caddy", "GET", "/fhir/Task/1", 200),
        ("caddy", "HEAD", "/fhir/Task/1", 200),
    ] {
        let request = told(gateway, method, target)
            .header("Authorization", &token)
            .header("Content-Length", "44");
        let answer = ward.ask(request.body(that_never_comes()).unwrap()).await;
        assert_eq!(answer.status, status, "{gateway} {method}");
        // The bytes may still come, and must not be taken for a request.
        assert_eq!(answer.header("connection"), "close");
    }
}

#[tokio::test]
async fn a_connection_whose_body_was_read_lives_on() {
    let ward = Ward::new().await;
    let token = ward.fill("Bearer {{token}}").await;
    let task = r#"{"resourceType":"Task","status":"requested"}"#;
    let request = told("caddy", "POST", "/fhir/Task")
        .header("Authorization", token)
        .header("Content-Type", "application/fhir+json")
        .header("Content-Length", task.len());
    let answer = ward.ask(request.body(Body::from(task)).unwrap()).await.expect(200);
    assert_eq!(answer.header("connection"), "");
}

#[tokio::test]
async fn a_body_over_the_limit_is_denied_in_the_form_of_the_dialect() {
    let ward = Ward::new().await;
    let token = ward.fill("Bearer {{token}}").await;
    let body = || Body::from(vec![b' '; TOO_LARGE]);
    let request = told("caddy", "POST", "/fhir/Task").header("Authorization", token);
    let answer = ward.ask(request.body(body()).unwrap()).await.expect(403);
    assert_eq!(answer.text(), r#"{"error":"access_denied"}"#);
    let request = Request::post("/v1/data/kong").header("X-Pecan-Gateway-Secret", secret("kong"));
    let answer = ward.ask(request.body(body()).unwrap()).await.expect(200).json();
    assert_eq!((&answer["allow"], &answer["result"]["allow"]), (&false.into(), &false.into()));
    let request =
        Request::post("/access/v1/evaluation").header("X-Pecan-Gateway-Secret", secret("zen"));
    ward.ask(request.body(body()).unwrap()).await.expect(400);
}

#[tokio::test]
async fn the_secret_of_a_path_is_in_no_log_line() {
    // Masking as such is tested where lines are written; here, that no template forgets it.
    for row in pecan_server::routes::endpoints() {
        let has_secret = row.path.starts_with("/gateway/k/");
        assert_eq!(has_secret, row.path.contains("{secret}"), "{}", row.path);
    }
}

/// Values that are of the wrong kind wherever a shape has a place.
fn odd() -> impl proptest::strategy::Strategy<Value = serde_json::Value> {
    use proptest::prelude::*;

    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        "[ -~é]{0,12}".prop_map(Into::into),
        Just("/fhir/Task/1".into()),
        Just("GET".into()),
    ];
    let names = prop::sample::select(vec![
        "input",
        "request",
        "http",
        "method",
        "path",
        "uri",
        "headers",
        "query",
        "querystring",
        "body",
        "body_size",
        "subject",
        "context",
        "type",
        "introspectionResult",
        "action",
        "resource",
        "properties",
        "evaluations",
        "options",
        "name",
        "id",
        "x-userinfo",
        "host",
    ]);
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map(names.clone(), inner, 0..6).prop_map(|members| {
                let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
                serde_json::Value::Object(members.collect())
            }),
        ]
    })
}

#[tokio::test]
async fn no_body_whatsoever_is_a_failure_or_a_permission() {
    use proptest::strategy::{Strategy as _, ValueTree as _};
    use proptest::test_runner::TestRunner;

    let ward = Ward::new().await;
    let mut runner = TestRunner::deterministic();
    for _ in 0..400 {
        let body = odd().new_tree(&mut runner).unwrap().current();
        for (path, gateway) in [
            ("/v1/data/a", "apisix"),
            ("/v0/data/a", "kong"),
            ("/", "pdp"),
            ("/pdp", "pdp"),
            ("/access/v1/evaluation", "zen"),
            ("/access/v1/evaluations", "zen"),
        ] {
            let wrapped = serde_json::json!({ "input": body });
            for text in [body.to_string(), wrapped.to_string()] {
                let request = Request::post(path).header("X-Pecan-Gateway-Secret", secret(gateway));
                let request = request.body(Body::from(text.clone())).unwrap();
                let answer = ward.ask(request).await;
                assert!(answer.status == 200 || answer.status == 400, "{path} {text}");
                let answer = answer.text();
                let permits = ["\"allow\":true", "\"decision\":true", "\"result\":true"];
                assert!(!permits.iter().any(|permit| answer.contains(permit)), "{path} {text}");
            }
        }
    }
}
