//! Scopes that access policies decide about when a token is issued.

use std::sync::Arc;

use pecan_credentials::did::Did;
use pecan_node::decision_point::{self, DecisionPoint};
use pecan_node::policy::{GrantError, Policies, Requester, Settings};
use pecan_oauth::error::ErrorCode;
use pecan_platform::Env;
use pecan_platform::http::ConfiguredServer;
use pecan_testkit::{Folder, World};
use serde_json::{Map, Value, json};
use url::Url;

use crate::party::Network;

const PROFILES: &str = r#"{
    "bgz": {"scope_policy": "dynamic", "organization": {"id": "pd", "input_descriptors": []}},
    "nobody": {"scope_policy": "dynamic", "organization": {"id": "pd", "input_descriptors": []}}
}"#;

/// Decides about its own scope and about those that have no policy.
const BGZ: &str = r#"package bgz

allow if {
	input.context.stage == "scope"
	input.context.policy == "bgz"
	input.context.subject_id == "hospital"
	input.action.name == "request_scope"
	input.subject.organization.ura == "12345678"
	input.subject.client.id == "https://gp.example.nl/oauth2/gp"
	input.subject.client.did == "did:web:gp.example.nl"
	input.context.scope in {"bgz", "patient/Task.read"}
}
"#;

/// Decides about a scope of its own name.
const EXTRA: &str = r#"package extra_scope

allow if input.context.scope == "Extra-Scope"
"#;

/// Asks for what nobody does when a token is issued.
const NARROWING: &str = r#"package narrowing

allow := true

obligations := {"narrow": [["a", "b"]]}
"#;

const NEEDING: &str = r#"package needing

allow := true

needs := {"task": "Task/1"}
"#;

/// Asks for more than a policy may take.
const LOOPING: &str = r"package looping

allow if {
	some a in numbers.range(1, 100000)
	some b in numbers.range(1, 100000)
	a * b == -1
}
";

const POLICIES: [(&str, &str); 5] = [
    ("bgz.rego", BGZ),
    ("extra_scope.rego", EXTRA),
    ("narrowing.rego", NARROWING),
    ("needing.rego", NEEDING),
    ("looping.rego", LOOPING),
];

struct Hospital {
    policies: Policies,
    _folders: [Folder; 2],
}

impl Hospital {
    async fn new() -> Self {
        let (profiles, rego) =
            (Folder::with(&[("profiles.json", PROFILES)]), Folder::with(&POLICIES));
        let env = World::new().env().await;
        let settings = decision_point::Settings {
            policies: Some(rego.path().to_owned()),
            ..decision_point::Settings::default()
        };
        let point = DecisionPoint::load(settings, env.clone()).unwrap();
        let settings =
            Settings { directory: Some(profiles.path().to_owned()), ..Settings::default() };
        let policies = Policies::load(&settings, true, point, env).unwrap();
        Self { policies, _folders: [profiles, rego] }
    }

    async fn grant(&self, scope: &str, claims: Value) -> Result<String, GrantError> {
        let requested = self.policies.resolve(scope).unwrap();
        let holder = Did::parse("did:web:gp.example.nl").unwrap();
        let client_id = "https://gp.example.nl/oauth2/gp";
        let client = Requester { subject: "hospital", client_id, holder: &holder };
        let claims: Map<String, Value> = claims.as_object().unwrap().clone();
        let now = World::new().env().await.clock.now();
        self.policies.grant(&requested, &client, &claims, now).await
    }
}

#[tokio::test]
async fn a_decision_point_is_asked_for_the_purpose_that_the_client_knows_it_by() {
    let network = Arc::new(Network::default());
    let env = Env { http: network.clone(), ..World::new().env().await };
    let folder = Folder::with(&[("profiles.json", PROFILES)]);
    let endpoint = Url::parse("http://pdp.internal:8181/pdp").unwrap();
    let settings = Settings {
        directory: Some(folder.path().to_owned()),
        authzen_endpoint: Some(endpoint.clone()),
        ..Settings::default()
    };
    let point = DecisionPoint::load(decision_point::Settings::default(), env.clone()).unwrap();
    let now = env.clock.now();
    let policies = Policies::load(&settings, true, point, env).unwrap();
    let holder = Did::parse("did:web:gp.example.nl").unwrap();
    let client = Requester { subject: "hospital", client_id: "gp", holder: &holder };
    let requested = policies.resolve("bgz").unwrap();
    policies.grant(&requested, &client, &Map::new(), now).await.unwrap_err();
    let purpose = network.sent.lock().unwrap()[0].purpose;
    let known: Vec<_> = settings.configured_servers().collect();
    assert_eq!(known, [ConfiguredServer { purpose, url: endpoint }]);
}

#[tokio::test]
async fn each_scope_is_decided_by_its_own_policy_or_by_that_of_the_profile() {
    let hospital = Hospital::new().await;
    let claims = json!({"organization_ura": "12345678"});
    for (scope, granted) in [
        ("bgz", "bgz"),
        ("Extra-Scope bgz patient/Task.read", "bgz Extra-Scope patient/Task.read"),
        ("bgz patient/Task.write other", "bgz"),
        ("bgz extra-scope", "bgz"),
        ("bgz narrowing needing patient/Task.read", "bgz patient/Task.read"),
    ] {
        assert_eq!(hospital.grant(scope, claims.clone()).await.unwrap(), granted, "{scope}");
    }
}

#[tokio::test]
async fn a_denied_profile_and_a_policy_that_does_not_decide_give_no_token() {
    let hospital = Hospital::new().await;
    let ura = |ura: &str| json!({"organization_ura": ura});
    for (scope, claims, code, description) in [
        (
            "bgz",
            ura("87654321"),
            ErrorCode::AccessDenied,
            "PDP denied credential profile scope \"bgz\"",
        ),
        ("bgz", json!({}), ErrorCode::AccessDenied, "PDP denied credential profile scope \"bgz\""),
        ("bgz x x", ura("12345678"), ErrorCode::ServerError, "policy decision point unavailable"),
        (
            "bgz looping",
            ura("12345678"),
            ErrorCode::ServerError,
            "policy decision point unavailable",
        ),
        ("nobody", ura("12345678"), ErrorCode::ServerError, "policy decision point unavailable"),
    ] {
        let error = hospital.grant(scope, claims).await.unwrap_err();
        assert_eq!((error.code, error.to_string().as_str()), (code, description), "{scope}");
    }
}
