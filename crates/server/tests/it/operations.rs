//! Pages for operators, as recorded.

use http::{Method, Request};
use pecan_node::decision_point;
use pecan_testkit::{Folder, NodeOptions, TestNode, World};
use time::Duration;

async fn node() -> (World, TestNode) {
    let world = World::new();
    let node = world.node("node.example.nl", NodeOptions::default()).await;
    (world, node)
}

async fn get(node: &TestNode, path: &str) -> pecan_testkit::Answer {
    node.internal(Method::GET, path, None).await
}

#[tokio::test]
async fn the_status_is_ok_on_both_listeners() {
    let (_world, node) = node().await;
    for answer in [node.get("/status").await, get(&node, "/status").await] {
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "OK"));
        assert_eq!(answer.header("content-type"), "text/plain; charset=UTF-8");
        assert_eq!(answer.header("cache-control"), "");
    }
}

#[tokio::test]
async fn health_is_the_recorded_body() {
    let (_world, node) = node().await;
    let answer = get(&node, "/health").await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(
        answer.text(),
        concat!(
            r#"{"status":"UP","details":{"crypto.filesystem":{"status":"UP"},"pki.crl":{"status":"UP"},"#,
            r#""storage.session":{"status":"UP"},"storage.sql":{"status":"UP"}}}"#,
            "\n"
        )
    );
    // The recorded length.
    assert_eq!(answer.body.len(), 154);
}

#[tokio::test]
async fn the_landing_page_is_for_strangers_only() {
    let (_world, node) = node().await;
    let page = node.get("/").await.expect(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.body.len(), 442);
    assert!(page.text().contains("<h1>Your Nuts Node is running!</h1>"));
    assert_eq!(get(&node, "/").await.status, 404);
    for path in ["/health", "/metrics", "/status/diagnostics", "/internal/api/"] {
        assert_eq!(node.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn diagnostics_come_as_text_yaml_or_json() {
    let (world, node) = node().await;
    world.clock.advance(Duration::seconds(13));
    let text = get(&node, "/status/diagnostics").await.expect(200);
    assert_eq!(text.header("content-type"), "text/plain; charset=UTF-8");
    assert!(
        text.text().starts_with("network: {}\nstatus:\n    git_commit: \"0\"\n    os_arch: linux/")
    );
    assert!(text.text().contains("\n    uptime: 13s\n"));
    assert!(text.text().contains("\n        endpoint: \"\"\n"));
    assert!(text.text().contains("\n        issued_credentials_count: 0\n"));
    assert!(text.text().contains("\n    wallet_credential_count:\n        credential_count: 0\n"));
    for (accept, content_type, uptime) in [
        ("application/yaml", "application/yaml", "uptime: 13s"),
        ("application/json", "application/json", "\"uptime\":13000000000"),
    ] {
        let request = Request::get("/status/diagnostics").header("Accept", accept);
        let request = request.body(axum::body::Body::empty()).unwrap();
        let answer = tower::ServiceExt::oneshot(node.internal.clone(), request).await.unwrap();
        assert_eq!(answer.headers()["content-type"], content_type);
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        assert!(String::from_utf8_lossy(&body).contains(uptime), "{body:?}");
    }
}

#[tokio::test]
async fn requests_are_counted_by_operation_and_class() {
    let (_world, node) = node().await;
    assert_eq!(get(&node, "/internal/api/nope.yaml").await.status, 404);
    assert_eq!(get(&node, "/metrics/nope").await.status, 404);
    let page = get(&node, "/metrics").await.expect(200);
    assert_eq!(page.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let page = page.text();
    for line in [
        "http_requests_total{operation=\"ApiFile\",status=\"4xx\"} ",
        "http_requests_total{operation=\"none\",status=\"4xx\"} ",
        "http_request_duration_seconds_bucket{operation=\"ApiFile\",le=\"+Inf\"} ",
        "process_cpu_seconds_total ",
        "process_resident_memory_bytes ",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
}

#[tokio::test]
async fn a_node_is_not_ready_before_its_access_policies_are_loaded() {
    let folder = Folder::with(&[]);
    let policies = folder.path().join("policies");
    let decision_point =
        decision_point::Settings { policies: Some(policies.clone()), ..Default::default() };
    let world = World::new();
    let options = NodeOptions { decision_point, ..NodeOptions::default() };
    let node = world.node("node.example.nl", options).await;
    let reason = "access policies are not loaded";
    for answer in [node.get("/status").await, get(&node, "/status").await] {
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (503, reason));
    }
    let check = async |status: u16, expected: &str, metric: &str| {
        let health = get(&node, "/health").await.expect(status);
        assert!(health.text().contains(expected), "{}", health.text());
        let page = get(&node, "/metrics").await.text();
        assert!(page.contains(metric), "{page}");
    };
    let down = r#""gateway.policies":{"status":"DOWN","details":"not loaded"}"#;
    check(503, down, "\npecan_policy_loaded 0\n").await;

    std::fs::create_dir(&policies).unwrap();
    std::fs::write(policies.join("a.rego"), "package a\nallow := true\n").unwrap();
    assert!(node.node.decision_point.reload());
    assert_eq!(node.get("/status").await.text(), "OK");
    check(200, r#""gateway.policies":{"status":"UP"}"#, "\npecan_policy_loaded 1\n").await;

    // One bad change takes no node out of service, and is seen.
    std::fs::write(policies.join("a.rego"), "package a\nallow := {\n").unwrap();
    assert!(!node.node.decision_point.reload());
    let up = r#""gateway.policies":{"status":"UP","details":"the last change cannot be used"#;
    check(200, up, "\npecan_policy_alert 1\n").await;
    assert_eq!(node.get("/status").await.text(), "OK");
}
