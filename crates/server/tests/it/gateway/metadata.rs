//! Documents for clients of what is behind gateways, and for the services there.

use axum::body::Body;
use http::{Method, Request};
use pecan_testkit::{NodeOptions, World};
use serde_json::json;

use super::{FHIR, Ward};

const RESOURCE: &str = "/.well-known/oauth-protected-resource";

fn get(path: &str, host: &str) -> Request<Body> {
    Request::get(path).header("Host", host).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn a_protected_resource_names_its_authorization_server_on_both_listeners() {
    let ward = Ward::new().await;
    let path = format!("{RESOURCE}/fhir");
    let by_gateway = ward.ask(get(&path, "fhir.example.nl")).await.expect(200).json();
    assert_eq!(by_gateway["resource"], FHIR);
    assert_eq!(
        by_gateway["authorization_servers"],
        json!(["https://hospital.example.nl/oauth2/hospital"])
    );
    let public = ward.hospital.node.public(get(&path, "fhir.example.nl:443")).await.expect(200);
    assert_eq!(public.json(), by_gateway);
    assert_eq!(public.header("cache-control"), "max-age=300");
}

#[tokio::test]
async fn a_host_chooses_among_routes_and_is_never_repeated() {
    let ward = Ward::new().await;
    for (path, host, resource) in [
        ("/fhir", "nonce.example.nl", Some("https://nonce.example.nl/fhir")),
        ("/fhir", "FHIR.example.nl", Some(FHIR)),
        ("/fhir", "evil.example", None),
        ("/fhir", "fhir.example.nl:8443", None),
        ("/mtls", "evil.example", Some("https://mtls.example.nl/mtls")),
        ("/other", "fhir.example.nl", None),
        ("", "fhir.example.nl", None),
    ] {
        let answer = ward.ask(get(&format!("{RESOURCE}{path}"), host)).await;
        match resource {
            Some(resource) => assert_eq!(answer.expect(200).json()["resource"], resource),
            None => assert_eq!(answer.status, 404, "{path} {host}"),
        }
    }
}

#[tokio::test]
async fn the_keys_of_identities_are_on_the_listeners_for_services() {
    let ward = Ward::new().await;
    let keys = ward.ask(get("/gateway/jwks.json", "pecan")).await.expect(200).json();
    assert_eq!(keys["keys"][0]["crv"], "P-256");
    assert!(keys["keys"][0].get("d").is_none());
    let internal = ward.hospital.node.internal(Method::GET, "/gateway/jwks.json", None).await;
    assert_eq!(internal.expect(200).json(), keys);
}

#[tokio::test]
async fn a_node_without_gateways_tells_nothing_and_admits_nobody() {
    let node = World::new().node("node.example.nl", NodeOptions::default()).await;
    for path in [RESOURCE, "/gateway/jwks.json", "/.well-known/authzen-configuration"] {
        assert_eq!(node.gateway_request(get(path, "pecan")).await.status, 404, "{path}");
    }
    assert_eq!(node.gateway_request(get("/gateway/forward-auth", "pecan")).await.status, 401);
}
