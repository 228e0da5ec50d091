//! `request-service-access-token`, proofs and explanations, with an authorization server that does what a script says.

mod answers;
mod explanations;
mod kept_tokens;
mod mistakes;
mod nonces;
mod proofs;
mod requests;
mod script;
mod two_nodes;

use axum::body::Body;
use http::{Request, header};
use pecan_jose::base64url;
use pecan_node::policy;
use pecan_testkit::{Answer, Folder, NodeOptions, Scenario, TestNode, World};
use serde_json::{Value, json};

use script::{AS_HOST, Script};

const PATH: &str = "/internal/auth/v2/clinic/request-service-access-token";
const TITLE: &str = "RequestServiceAccessToken failed";

/// A clinic with two organisation credentials, and a scripted server.
struct Stage {
    scenario: Scenario,
    script: Script,
    /// The clinic's node, with a policy of its own.
    clinic: TestNode,
    did: String,
}

impl Stage {
    /// A JSON-LD credential of `Clinic West` first, a JWT of `Clinic West JWT` second.
    async fn new() -> Self {
        let stage = Self::empty().await;
        stage.load_organization("ldp_vc", "Clinic West", "Utrecht").await;
        stage.load_organization("jwt_vc", "Clinic West JWT", "Utrecht").await;
        stage
    }

    /// Nothing in the wallet.
    async fn empty() -> Self {
        let scenario = Scenario::new().await;
        let clinic = with_policy(&scenario.world).await;
        let answer = clinic.post("/internal/vdr/v2/subject", &json!({"subject": "clinic"})).await;
        let did = answer.expect(200).json()["documents"][0]["id"].as_str().unwrap().to_owned();
        let script = Script::new(&scenario.world);
        Self { scenario, script, clinic, did }
    }

    async fn load_organization(&self, format: &str, name: &str, city: &str) -> Value {
        let request = json!({
            "issuer": self.scenario.issuer_did, "type": "NutsOrganizationCredential", "format": format,
            "withStatusList2021Revocation": true,
            "credentialSubject": {"id": self.did, "organization": {"name": name, "city": city}},
        });
        self.issue_and_load(&request).await
    }

    async fn issue_and_load(&self, request: &Value) -> Value {
        let hospital = &self.scenario.hospital;
        let credential =
            hospital.post("/internal/vcr/v2/issuer/vc", request).await.expect(200).json();
        let loaded = self.clinic.post("/internal/vcr/v2/holder/clinic/vc", &credential).await;
        assert_eq!(loaded.expect(204).status.as_u16(), 204);
        credential
    }

    /// Asks for a token with the usual request, changed.
    async fn ask(&self, change: &Value) -> Answer {
        self.clinic.post(PATH, &usual(change)).await
    }

    async fn ask_with(&self, change: &Value, cache_control: &[&str]) -> Answer {
        let mut request = Request::post(PATH).header(header::CONTENT_TYPE, "application/json");
        for value in cache_control {
            request = request.header(header::CACHE_CONTROL, *value);
        }
        self.send(request.body(Body::from(usual(change).to_string())).unwrap()).await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        self.clinic.internal_request(request).await
    }

    async fn refused(&self, change: &Value, status: u16, detail: &str) {
        assert_problem(&self.ask(change).await, status, detail);
    }
}

/// A request of `org-only` from the scripted server with the usual selection; null takes a member away.
fn usual(change: &Value) -> Value {
    let mut request = json!({
        "authorization_server": format!("https://{AS_HOST}/as/x"),
        "scope": "org-only",
        "credential_selection": {"organization_name": "Clinic West"},
    });
    for (name, value) in change.as_object().unwrap() {
        request[name] = value.clone();
    }
    request.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    request
}

fn assert_problem(answer: &Answer, status: u16, detail: &str) {
    let expected = json!({"detail": detail, "status": status, "title": TITLE});
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.status.as_u16(), status);
    assert_eq!(answer.header("content-type"), "application/problem+json");
}

/// An employee credential as callers send it.
fn employee() -> Value {
    json!({
        "@context": ["https://www.w3.org/2018/credentials/v1", "https://nuts.nl/credentials/v1"],
        "type": ["VerifiableCredential", "NutsEmployeeCredential"],
        "credentialSubject": {"name": "J. Jansen", "roleName": "Nurse level 4", "identifier": "e-1001"},
    })
}

/// One part of a JWT, read.
fn part(jwt: &str, index: usize) -> Value {
    let part = jwt.split('.').nth(index).unwrap();
    serde_json::from_slice(&base64url::decode(part).unwrap()).unwrap()
}

async fn with_policy(world: &World) -> TestNode {
    let folder = Folder::with(&[("policy.json", POLICY)]);
    let directory = Some(folder.path().to_owned());
    let policy = policy::Settings { directory, ..policy::Settings::default() };
    world.node("client.example.nl", NodeOptions { policy, ..NodeOptions::default() }).await
}

const POLICY: &str = r#"{
  "org-only": {"organization": {"id": "pd_local", "input_descriptors": [{"id": "id_org", "constraints": {"fields": [
    {"path": ["$.type"], "filter": {"type": "string", "const": "NutsOrganizationCredential"}},
    {"id": "organization_name", "path": ["$.credentialSubject.organization.name", "$.credentialSubject[0].organization.name"], "filter": {"type": "string"}}
  ]}}]}},
  "medication-overview": {"scope_policy": "passthrough", "organization": {"id": "pd_med", "input_descriptors": [{"id": "id_employee", "constraints": {"fields": [
    {"path": ["$.type"], "filter": {"type": "string", "const": "NutsEmployeeCredential"}}
  ]}}]}},
  "sp-only": {"service_provider": {"id": "pd_sp", "input_descriptors": []}}
}"#;
