//! Another node asks which scopes a client is granted: this node is its AuthZEN decision point.

use axum::body::Body;
use http::Request;
use pecan_credentials::did::Did;
use pecan_node::policy::{self, Requester};
use pecan_oauth::error::ErrorCode;
use pecan_platform::clock::Clock as _;
use pecan_testkit::{Folder, NodeOptions, TestNode, World};
use serde_json::{Map, Value, json};
use url::Url;

use super::{secret, settings};

const PROFILES: &str = r#"{
    "bgz": {"scope_policy": "dynamic", "organization": {"id": "pd", "input_descriptors": []}},
    "other": {"scope_policy": "dynamic", "organization": {"id": "pd", "input_descriptors": []}}
}"#;

const BGZ: &str = r#"package bgz

allow if {
	input.context.stage == "scope"
	input.context.policy == "bgz"
	input.action.name == "request_scope"
	input.subject.organization.ura == "12345678"
	input.subject.client.did == "did:web:gp.example.nl"
	"bgz" in input.subject.client.scopes
	input.context.scope in {"bgz", "patient/Task.read"}
}
"#;

/// Asks for what nobody does when a token is issued.
const NARROWING: &str =
    "package narrowing\n\nallow := true\n\nobligations := {\"narrow\": [[\"a\", \"b\"]]}\n";

struct Nodes {
    world: World,
    decision_point: TestNode,
    _policies: Folder,
}

impl Nodes {
    async fn new() -> Self {
        let world = World::new();
        let policies = Folder::with(&[("bgz.rego", BGZ), ("narrowing.rego", NARROWING)]);
        let mut options = NodeOptions { gateway: Some(settings()), ..NodeOptions::default() };
        options.decision_point.policies = Some(policies.path().to_owned());
        let decision_point = world.node("pdp.example.nl", options).await;
        world.network.serve("pdp.internal:8081", decision_point.gateway.clone());
        Self { world, decision_point, _policies: policies }
    }

    /// What a node that asks as this gateway grants.
    async fn grant(
        &self,
        gateway: &str,
        scope: &str,
        claims: Value,
    ) -> Result<String, (ErrorCode, String)> {
        let profiles = Folder::with(&[("profiles.json", PROFILES)]);
        let endpoint = format!("http://pdp.internal:8081/gateway/k/{}", secret(gateway));
        let policy = policy::Settings {
            directory: Some(profiles.path().to_owned()),
            authzen_endpoint: Some(Url::parse(&endpoint).unwrap()),
            ..policy::Settings::default()
        };
        let options = NodeOptions { policy, ..NodeOptions::default() };
        let hospital = self.world.node("hospital.example.nl", options).await;
        let policies = &hospital.node.policies;
        let holder = Did::parse("did:web:gp.example.nl").unwrap();
        let client = Requester { subject: "hospital", client_id: "gp", holder: &holder };
        let claims: Map<String, Value> = claims.as_object().unwrap().clone();
        let requested = policies.resolve(scope).unwrap();
        let granted = policies.grant(&requested, &client, &claims, self.world.clock.now()).await;
        granted.map_err(|error| (error.code, error.to_string()))
    }

    async fn evaluate(&self, document: &Value) -> Value {
        let request = Request::post("/access/v1/evaluation")
            .header("Content-Type", "application/json")
            .header("Authorization", format!("Bearer {}", secret("zen")))
            .body(Body::from(document.to_string()))
            .unwrap();
        self.decision_point.gateway_request(request).await.expect(200).json()
    }
}

#[tokio::test]
async fn another_node_is_told_which_scopes_its_client_is_granted() {
    let nodes = Nodes::new().await;
    let ura = |ura: &str| json!({ "organization_ura": ura });
    for (scope, granted) in [
        ("bgz", "bgz"),
        ("patient/Task.read bgz", "bgz patient/Task.read"),
        ("bgz patient/Task.write narrowing patient/Task.read", "bgz patient/Task.read"),
    ] {
        assert_eq!(nodes.grant("zen", scope, ura("12345678")).await.as_deref(), Ok(granted));
    }
    let denied = (ErrorCode::AccessDenied, "PDP denied credential profile scope");
    let unavailable = (ErrorCode::ServerError, "policy decision point unavailable");
    for (gateway, scope, claims, (code, text)) in [
        ("zen", "bgz", ura("87654321"), denied),
        ("zen", "bgz", json!({}), denied),
        ("zen", "other", ura("12345678"), denied),
        ("apisix", "bgz", ura("12345678"), unavailable),
        ("nobody", "bgz", ura("12345678"), unavailable),
    ] {
        let error = nodes.grant(gateway, scope, claims).await.unwrap_err();
        assert!(error.0 == code && error.1.starts_with(text), "{gateway} {scope}: {error:?}");
    }
}

#[tokio::test]
async fn one_scope_is_evaluated_and_what_is_no_such_question_is_denied() {
    let nodes = Nodes::new().await;
    let question = json!({
        "subject": {
            "type": "organization",
            "id": "did:web:gp.example.nl",
            "properties": { "organization": { "organization_ura": "12345678" } },
        },
        "action": { "name": "request_scope" },
        "resource": { "type": "scope", "id": "bgz" },
        "context": { "policy": "bgz" },
    });
    assert_eq!(nodes.evaluate(&question).await, json!({ "decision": true }));
    for (pointer, value) in [
        ("/resource/id", json!("bgz other")),
        ("/resource/type", json!("Task")),
        ("/context/policy", json!(null)),
        ("/action/name", json!("Request_Scope")),
        ("/subject/properties/organization/organization_ura", json!(12_345_678)),
    ] {
        let mut other = question.clone();
        *other.pointer_mut(pointer).unwrap() = value;
        assert_eq!(nodes.evaluate(&other).await["decision"], false, "{pointer}");
    }
}
