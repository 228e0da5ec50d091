//! A node that decides for a gateway: its routes, its policies, and what a client asks there.

use std::fs;
use std::path::{Path, PathBuf};

use pecan_jose::dpop;
use pecan_jose::signer::Signer as _;
use pecan_rego::{PolicySet, SourceFile, Sources};
use serde_json::{Value, json};
use time::Duration;
use time::format_description::well_known::Rfc3339;

use super::parties::{CLIENT, SCOPE, Signer, call};
use super::server::Server;
use super::{now, request};

/// The secret of the gateway.
pub(super) const SECRET: &str = "the-secret-of-the-gateway-under-measurement";
/// The public origin of what is behind it, as proofs name it.
const PUBLIC_ORIGIN: &str = "https://fhir.hospital.example.nl";
/// A policy that allows everything: what is left is the decision's own cost.
const ALLOW: &str = "package bench_allow\n\nallow := true\n";
/// What is asked for.
const TARGET: &str = "/Task/1";

/// Where a node that is about to start will be.
pub(super) struct Place<'a> {
    pub(super) folder: &'a Path,
    pub(super) port: u16,
}

/// The policy that decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    /// It allows everything.
    Allow,
    /// The pack of the sender in an eOverdracht.
    EOverdracht,
}

impl Policy {
    fn name(self) -> &'static str {
        match self {
            Self::Allow => "bench_allow",
            Self::EOverdracht => "eoverdracht_sender",
        }
    }

    /// Each policy has a route of its own.
    fn base(self) -> &'static str {
        match self {
            Self::Allow => "/plain",
            Self::EOverdracht => "/fhir",
        }
    }

    fn public_url(self) -> String {
        format!("{PUBLIC_ORIGIN}{}", self.base())
    }
}

/// Writes routes and policies; what is to be added to the configuration.
pub(super) fn prepare(place: &Place<'_>) -> Result<String, String> {
    let text = |error: std::io::Error| error.to_string();
    let policies = place.folder.join("access");
    copy_folder(&workspace().join("policies"), &policies).map_err(text)?;
    fs::write(policies.join("bench_allow.rego"), ALLOW).map_err(text)?;
    fs::write(place.folder.join("gateway.secret"), SECRET).map_err(text)?;
    let route = |name: &str, policy: Policy| {
        format!(
            "  {name}:\n    url: {}\n    gateway_path: {}\n    subject: hospital\n    kind: fhir-stu3\n    policies:\n      {SCOPE}: {}\n",
            policy.public_url(),
            policy.base(),
            policy.name()
        )
    };
    let file = format!(
        "gateways:\n  bench:\n    secret_file: gateway.secret\n    dialects: [forward-auth, auth-request, envoy]\n    abilities: [sets_headers]\nroutes:\n{}{}",
        route("fhir", Policy::EOverdracht),
        route("plain", Policy::Allow)
    );
    fs::write(place.folder.join("gateway.yaml"), file).map_err(text)?;
    let folder = place.folder.display();
    Ok(format!(
        "gateway:\n  address: 127.0.0.1:{}\n  configfile: {folder}/gateway.yaml\n  policies: {folder}/access\n",
        place.port
    ))
}

/// Lays down that the client may read the Task.
pub(super) async fn permit(server: &Server) -> Result<(), String> {
    let path = "/internal/access/v1/hospital/facts";
    call(server.internal, "POST", path, Some(&fact())).await.map(drop)
}

/// The fact, as it is laid down.
pub(super) fn fact() -> Value {
    let expires_at = (now() + Duration::days(30)).format(&Rfc3339).expect("a time of this century");
    json!({
        "scope": SCOPE, "peer": {"client_id": CLIENT}, "resource": "Task/1", "operations": ["read"],
        "expires_at": expires_at,
    })
}

/// A question by forward-auth. With a proof the token is presented as bound.
pub(super) fn question(policy: Policy, token: &str, proof: Option<&str>) -> Vec<u8> {
    let scheme = if proof.is_some() { "DPoP" } else { "Bearer" };
    let authorization = format!("{scheme} {token}");
    let target = format!("{}{TARGET}", policy.base());
    let mut headers = vec![
        ("X-Pecan-Gateway-Secret", SECRET),
        ("X-Forwarded-Method", "GET"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "fhir.hospital.example.nl"),
        ("X-Forwarded-Uri", &target),
        ("Accept", "application/fhir+json"),
        ("Authorization", &authorization),
    ];
    headers.extend(proof.map(|proof| ("DPoP", proof)));
    request("GET", "/gateway/forward-auth", &headers, "")
}

/// A proof for the question.
pub(super) fn proof(signer: &Signer, policy: Policy, token: &str) -> String {
    let draft = dpop::Draft {
        method: "GET",
        uri: &format!("{}{TARGET}", policy.public_url()),
        id: &signer.unique(),
        issued_at: now() - Duration::seconds(1),
        access_token: Some(token),
        nonce: None,
    };
    let key = &signer.clinic.private_key;
    let unsigned = dpop::draft(&draft, key.public_key(), key.algorithm()).expect("it is whole");
    unsigned.sign(key).expect("the key signs")
}

/// A policy by itself, and what it is asked.
pub(super) struct Bare {
    policies: PolicySet,
    policy: Policy,
    input: Value,
}

impl Bare {
    /// Compiles the policies of a node.
    pub(super) fn compile(server: &Server, policy: Policy) -> Result<Self, String> {
        let folder = server.folder().join("access");
        let mut files = Vec::new();
        gather(&folder, &folder, &mut files).map_err(|error| error.to_string())?;
        let sources = Sources::from_folder(files).map_err(|error| error.to_string())?;
        let policies = PolicySet::compile(&sources).map_err(|error| error.to_string())?;
        Ok(Self { policies, policy, input: input() })
    }

    /// Evaluates once.
    pub(super) fn evaluate(&self) {
        let answer = self.policies.evaluate(self.policy.name(), &self.input);
        assert!(answer.is_ok_and(|answer| answer.is_allowed), "the policy allows what is asked");
    }
}

/// What the node hands to the policy for the question.
fn input() -> Value {
    let mut fact = fact();
    if let Some(members) = fact.as_object_mut() {
        members.extend([
            ("id".to_owned(), "00000000-0000-4000-8000-000000000000".into()),
            ("subject".to_owned(), "hospital".into()),
            ("effect".to_owned(), "permit".into()),
        ]);
    }
    json!({
        "subject": {
            "client": {"id": CLIENT, "scopes": [SCOPE]},
            "organization": {"ura": "", "name": "Clinic West", "city": "Caretown", "facility_type": ""},
            "user": {"id": "", "role": "", "name": ""},
            "organization_name": "Clinic West", "organization_city": "Caretown", "credential_issuer": "did:web:localhost",
        },
        "resource": {"type": "Task", "id": "1", "version_id": "", "content": {}, "consents": []},
        "action": {
            "name": "read", "connection_type_code": "hl7-fhir-rest",
            "request": {"method": "GET", "protocol": "HTTP/1.1", "path": "/Task/1", "query": "", "header": {"accept": ["application/fhir+json"]}, "body": ""},
            "fhir_rest": {
                "interaction_type": "read", "operation": null, "include": [], "revinclude": [], "capability_checked": false, "level": "instance",
                "search_params": {}, "modifiers": [], "chains": [], "has": [], "shape": {}, "unusual": [], "compartment": null,
                "conditions": {"if_match": null, "if_none_match": null, "if_none_exist": null}, "returns_representation": false,
            },
        },
        "context": {
            "data_holder_organization_id": "", "data_holder_facility_type": "", "patient_id": "", "patient_bsn": "", "route": "fhir",
            "subject_id": "hospital", "scope": SCOPE, "policy": "eoverdracht_sender",
            "time": now().replace_nanosecond(0).unwrap_or(now()).format(&Rfc3339).expect("a time of this century"),
            "stage": "request", "mitz_consent": false, "certificate": {"presented": false},
        },
        "access": [fact],
        "lookup": {},
    })
}

/// The folder of the workspace.
pub(super) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_folder(&source, &target)?;
        } else {
            fs::copy(&source, &target)?;
        }
    }
    Ok(())
}

fn gather(root: &Path, folder: &Path, files: &mut Vec<SourceFile>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(root, &path, files)?;
        } else if path.extension().is_some_and(|it| it == "rego" || it == "json") {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            files.push(SourceFile { path: name, bytes: fs::read(&path)? });
        }
    }
    Ok(())
}
