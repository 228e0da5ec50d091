//! Clinic and Hospital, each with a node: subjects, credentials, policies.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::certificates::Authority;
use crate::client::Client;
use crate::node::{Configuration, Node};

/// The formats of a credential and its presentation; each is a scope of Hospital's policy.
pub(crate) const FORMATS: [&str; 2] = ["jwt", "ldp"];

/// A folder that is removed with its owner.
pub(crate) struct Folder(PathBuf);

/// Two nodes, and what is known of them.
pub(crate) struct Organizations {
    pub(crate) client: Client,
    pub(crate) clinic: Node,
    pub(crate) hospital: Node,
    pub(crate) clinic_did: String,
    pub(crate) issuer_did: String,
    pub(crate) authority: Authority,
    // The last field is dropped last: processes end before their folder goes.
    pub(crate) folder: Folder,
}

impl Organizations {
    /// Both nodes, Hospital's on a database of its own or on the one that is named, and Clinic with a credential in each format.
    pub(crate) async fn start(database: Option<String>) -> Self {
        let folder = Folder::new();
        let authority = Authority::new(folder.path());
        let client = Client::new(authority.certificate());
        let start = async |name: &str, database| {
            let name = name.to_owned();
            let configuration = Configuration { name, database, ..Configuration::default() };
            Node::start(folder.path(), &authority, &client, configuration, &policy()).await
        };
        let clinic = start("clinic", None).await;
        let hospital = start("hospital", database).await;
        let clinic_did = create_subject(&client, &clinic, "clinic").await;
        create_subject(&client, &hospital, "hospital").await;
        let issuer_did = create_subject(&client, &hospital, "issuer").await;
        let organizations =
            Self { client, clinic, hospital, clinic_did, issuer_did, authority, folder };
        for format in FORMATS {
            let holder = &organizations.clinic_did;
            let credential = organizations.issue(&organizations.hospital, holder, format).await;
            let wallet =
                format!("{}/internal/vcr/v2/holder/clinic/vc", organizations.clinic.internal);
            organizations.client.post(&wallet, &credential).await.expect(204);
        }
        organizations
    }

    /// A second node of Hospital behind the same name, on the same database and keys.
    pub(crate) async fn second_hospital(&self, database: String) -> Node {
        let configuration = Configuration {
            name: "hospital-2".to_owned(),
            url: Some(self.hospital.url.clone()),
            data: Some(self.hospital.data.clone()),
            database: Some(database),
            ..Configuration::default()
        };
        let (folder, client) = (self.folder.path(), &self.client);
        Node::start(folder, &self.authority, client, configuration, &policy()).await
    }

    /// A credential for a holder, issued on a node of Hospital.
    pub(crate) async fn issue(&self, node: &Node, holder: &str, format: &str) -> Value {
        let request = json!({
            "issuer": self.issuer_did,
            "type": "NutsOrganizationCredential",
            "format": format!("{format}_vc"),
            "withStatusList2021Revocation": true,
            "credentialSubject": {
                "id": holder,
                "organization": {"name": format!("Clinic {format}"), "city": "Caretown"},
            },
        });
        let issue = format!("{}/internal/vcr/v2/issuer/vc", node.internal);
        self.client.post(&issue, &request).await.expect(200).json()
    }

    /// Hospital's authorization server.
    pub(crate) fn authorization_server(&self) -> String {
        format!("{}/oauth2/hospital", self.hospital.url)
    }

    /// What Hospital's node knows of a token.
    pub(crate) async fn introspect(&self, node: &Node, token: &str) -> Value {
        let introspect = format!("{}/internal/auth/v2/accesstoken/introspect", node.internal);
        self.client.form(&introspect, &[("token", token)]).await.expect(200).json()
    }
}

pub(crate) async fn create_subject(client: &Client, node: &Node, name: &str) -> String {
    let create = format!("{}/internal/vdr/v2/subject", node.internal);
    let made = client.post(&create, &json!({"subject": name})).await.expect(200).json();
    made["documents"][0]["id"].as_str().unwrap().to_owned()
}

/// A scope for each format, which asks for a `NutsOrganizationCredential` in it.
fn policy() -> String {
    let algorithms = json!({"alg": ["ES256"]});
    let proofs = json!({"proof_type": ["JsonWebSignature2020"]});
    let scope = |name: &str, kind: &str| {
        let subject = format!("$.credentialSubject{}", if kind == "jwt" { "[0]" } else { "" });
        let parameters = if kind == "jwt" { &algorithms } else { &proofs };
        json!({"organization": {
            "id": format!("pd_{name}"),
            "format": {format!("{kind}_vc"): parameters, format!("{kind}_vp"): parameters},
            "input_descriptors": [{"id": "id_organization", "constraints": {"fields": [
                {"path": ["$.type"], "filter": {"type": "string", "const": "NutsOrganizationCredential"}},
                {"id": "organization_name", "path": [format!("{subject}.organization.name")], "filter": {"type": "string"}},
                {"id": "organization_city", "path": [format!("{subject}.organization.city")], "filter": {"type": "string"}},
            ]}}],
        }})
    };
    json!({"jwt": scope("jwt", "jwt"), "ldp": scope("ldp", "ldp")}).to_string()
}

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("pecan-it-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
