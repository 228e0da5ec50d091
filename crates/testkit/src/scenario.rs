//! The main job, ready to be asked for: Clinic holds a credential that Hospital's policy wants.

use pecan_node::policy;
use serde_json::{Value, json};

use crate::{Answer, Folder, NodeOptions, TestNode, World};

/// A policy of one scope, `test`, that asks for a `NutsOrganizationCredential` and reads name and city from it.
pub const ORGANIZATION_POLICY: &str = include_str!("organization_policy.json");

/// Two nodes: `clinic` at `clinic.example.nl`; `hospital` and `issuer` at `hospital.example.nl`.
pub struct Scenario {
    /// Clock and network.
    pub world: World,
    /// The holder's node.
    pub clinic: TestNode,
    /// The verifier's and issuer's node.
    pub hospital: TestNode,
    /// The DID of the clinic.
    pub clinic_did: String,
    /// The DID of the hospital.
    pub hospital_did: String,
    /// The DID of the issuer.
    pub issuer_did: String,
}

impl Scenario {
    /// The nodes with their subjects, and empty wallets.
    pub async fn new() -> Self {
        Self::with_policy(ORGANIZATION_POLICY).await
    }

    /// The same with other scopes, as in a policy file.
    pub async fn with_policy(policy: &str) -> Self {
        let world = World::new();
        // Nodes read it once, when they start.
        let folder = Folder::with(&[("test.json", policy)]);
        let directory = Some(folder.path().to_owned());
        let policy = policy::Settings { directory, ..policy::Settings::default() };
        let options = NodeOptions { policy, ..NodeOptions::default() };
        let clinic = world.node("clinic.example.nl", options.clone()).await;
        let hospital = world.node("hospital.example.nl", options).await;
        let clinic_did = create_subject(&clinic, "clinic").await;
        let hospital_did = create_subject(&hospital, "hospital").await;
        let issuer_did = create_subject(&hospital, "issuer").await;
        Self { world, clinic, hospital, clinic_did, hospital_did, issuer_did }
    }

    /// The same, and Clinic holds an organisation credential in a format (`ldp_vc` or `jwt_vc`).
    pub async fn with_credential(format: &str) -> Self {
        let scenario = Self::new().await;
        let credential = scenario.issue(format).await;
        scenario.load(&credential).await.expect(204);
        scenario
    }

    /// A fresh organisation credential for Clinic.
    pub async fn issue(&self, format: &str) -> Value {
        let request = json!({
            "issuer": self.issuer_did,
            "type": "NutsOrganizationCredential",
            "format": format,
            "withStatusList2021Revocation": true,
            "credentialSubject": {"id": self.clinic_did, "organization": {"name": "Clinic West", "city": "Caretown"}},
        });
        self.hospital.post("/internal/vcr/v2/issuer/vc", &request).await.expect(200).json()
    }

    /// Loads a credential into Clinic's wallet.
    pub async fn load(&self, credential: &Value) -> Answer {
        self.clinic.post("/internal/vcr/v2/holder/clinic/vc", credential).await
    }

    /// Clinic asks its node for a token of Hospital.
    pub async fn request_token(&self, token_type: &str) -> Answer {
        self.request_token_for(&json!({ "scope": "test", "token_type": token_type })).await
    }

    /// The same with any members of the request.
    pub async fn request_token_for(&self, members: &Value) -> Answer {
        let mut request = members.clone();
        let server = format!("{}/oauth2/hospital", self.hospital.url);
        let members = request.as_object_mut().expect("the members of a request");
        members.insert("authorization_server".to_owned(), server.into());
        self.clinic.post("/internal/auth/v2/clinic/request-service-access-token", &request).await
    }
}

async fn create_subject(node: &TestNode, name: &str) -> String {
    let answer = node.post("/internal/vdr/v2/subject", &json!({"subject": name})).await.expect(200);
    let did = answer.json().pointer("/documents/0/id").and_then(Value::as_str).map(str::to_owned);
    did.expect("a subject has a document")
}
