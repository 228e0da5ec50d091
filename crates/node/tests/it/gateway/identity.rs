//! What the service behind learns about the client.

use pecan_jose::base64url;
use pecan_jose::jwk::PublicKey;
use pecan_jose::jws::Jws;
use pecan_node::gateway::Outcome;
use serde_json::{Value, json};

use super::{Gate, READ_TASK, URL, gateway, header, registration, route, with_bearer};

#[tokio::test]
async fn every_field_is_set_also_an_empty_one() {
    let gate = Gate::new(READ_TASK).await;
    let token = gate.bearer().await;
    let decision = gate.decide(with_bearer(&token, "GET", "/fhir/Task/1")).await;
    let Outcome::Allow(allowed) = decision.outcome else { panic!("denied") };
    for (name, expected) in [
        ("X-Pecan-Client-Id", "https://clinic.example.nl/oauth2/clinic"),
        ("X-Pecan-Scope", "test"),
        ("X-Pecan-Organization-Ura", ""),
        ("X-Pecan-Organization-Name", "Clinic West"),
        ("X-Pecan-User-Id", ""),
        ("X-Pecan-User-Role", ""),
        ("X-Pecan-Decision-Id", &decision.id),
    ] {
        assert_eq!(header(&allowed, name), expected, "{name}");
    }
    let info = header(&allowed, "X-Userinfo").replace('+', "-").replace('/', "_");
    let info = base64url::decode(info.trim_end_matches('=')).unwrap();
    let info: Value = serde_json::from_slice(&info).unwrap();
    assert_eq!(info["active"], true);
    assert_eq!(info["organization_name"], "Clinic West");
    assert_eq!(allowed.identity.claims["scope"], "test");
}

#[tokio::test]
async fn the_signed_identity_is_short_lived_and_verifies_with_the_published_key() {
    let gate = Gate::new(READ_TASK).await;
    let token = gate.bearer().await;
    let allowed = gate.allowed(with_bearer(&token, "GET", "/fhir/Task/1")).await;
    let keys = gate.gateway.identity_keys().await.unwrap();
    let jwk = &keys["keys"][0];
    assert_eq!(jwk["alg"], "ES256");
    assert_eq!(jwk["use"], "sig");
    assert_eq!(jwk.get("d"), None);
    let jws = Jws::parse(header(&allowed, "X-Pecan-Identity")).unwrap();
    assert_eq!(jws.header().typ(), Some("pecan-identity+jwt"));
    assert_eq!(jws.header().key_id(), jwk["kid"].as_str());
    jws.verify(&PublicKey::from_jwk(jwk).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(jws.payload()).unwrap();
    assert_eq!(claims["iss"], "https://hospital.example.nl");
    assert_eq!(claims["aud"], URL);
    assert_eq!(claims["sub"], "https://clinic.example.nl/oauth2/clinic");
    let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(lifetime, 60);
    assert_eq!(claims["token_introspection"]["organization_city"], "Caretown");
}

#[tokio::test]
async fn a_signed_identity_is_handed_out_for_a_while_and_ends_with_the_token() {
    let gate = Gate::new(READ_TASK).await;
    let token = gate.bearer().await;
    let mut times = Vec::new();
    for seconds in [0, 19, 1, 870] {
        gate.scenario.world.clock.advance(time::Duration::seconds(seconds));
        let allowed = gate.allowed(with_bearer(&token, "GET", "/fhir/Task/1")).await;
        let jws = Jws::parse(header(&allowed, "X-Pecan-Identity")).unwrap();
        let claims: Value = serde_json::from_slice(jws.payload()).unwrap();
        times.push((claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap()));
    }
    let start = times[0].0;
    let since = times.iter().map(|(from, to)| (from - start, to - start)).collect::<Vec<_>>();
    assert_eq!(since, [(0, 60), (0, 60), (20, 80), (890, 900)]);
}

#[tokio::test]
async fn nodes_with_one_vault_sign_with_one_key() {
    let gate = Gate::new(READ_TASK).await;
    let policies = pecan_testkit::Folder::with(&[("test.rego", READ_TASK)]);
    let settings =
        pecan_node::gateway::Settings { gateways: vec![registration()], routes: vec![route()] };
    let env = gate.scenario.hospital.node.env.clone();
    let twin = gateway(&gate.scenario, env, &settings, &policies);
    let (one, other) = tokio::join!(gate.gateway.identity_keys(), twin.identity_keys());
    assert_eq!(one.unwrap(), other.unwrap());
}

#[tokio::test]
async fn a_route_describes_itself() {
    let gate = Gate::with(READ_TASK, |settings| {
        let policy = ("eOverdracht-sender".to_owned(), "test".to_owned());
        settings.routes[0].policies = std::iter::once(policy).collect();
    })
    .await;
    let metadata = gate.gateway.protected_resource(URL).unwrap();
    assert_eq!(metadata["resource"], URL);
    let servers = json!(["https://hospital.example.nl/oauth2/hospital"]);
    assert_eq!(metadata["authorization_servers"], servers);
    assert_eq!(metadata["bearer_methods_supported"], json!(["header"]));
    assert_eq!(metadata["dpop_bound_access_tokens_required"], false);
    assert_eq!(metadata["scopes_supported"], json!(["eOverdracht-sender"]));
    let algorithms = metadata["dpop_signing_alg_values_supported"].as_array().unwrap();
    assert!(algorithms.contains(&json!("ES256")));
    assert!(!algorithms.contains(&json!("none")));
    assert_eq!(gate.gateway.protected_resource("https://other.example.nl"), None);
}
