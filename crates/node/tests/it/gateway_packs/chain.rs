//! A hospital with all packs, its FHIR server, and a clinic that asks.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use pecan_node::access_facts::{Draft as Fact, Peer};
use pecan_node::gateway::{
    Allowed, Body, Outcome, Question, Refusal, Registration, Route, RouteKind,
};
use pecan_testkit::{Folder, Scenario};
use serde_json::{Map, Value, json};
use time::Duration;
use url::Url;

use crate::gateway::{AUTHORITY, Draft, Gate, Token, question, registration, route};

pub(super) const BSN: &str = "http://fhir.nl/fhir/NamingSystem/bsn";
pub(super) const URA: &str = "http://fhir.nl/fhir/NamingSystem/ura";
pub(super) const SNOMED: &str = "http://snomed.info/sct";
/// The clinic.
pub(super) const CALLER: &str = "12345678";
/// The hospital, as the routes say.
pub(super) const HOLDER: &str = "87654321";
pub(super) const NUMBER: &str = "999999990";
const FHIR: &str = "http://fhir.internal:8080";

/// Who is behind the clinic's token: claims of its credentials.
const PERSONAS: [(&str, &[(&str, &str)]); 6] = [
    ("organization", &[("organization_ura", CALLER)]),
    ("user", &[("organization_ura", CALLER), ("user_id", "u-1"), ("user_role", "01.015")]),
    ("other", &[("organization_ura", "11111111"), ("user_id", "u-2"), ("user_role", "01.015")]),
    ("nobody", &[("user_id", "u-3")]),
    (
        "referred",
        &[("organization_ura", CALLER), ("user_id", "u-1"), ("authorization_base", "Task/9")],
    ),
    (
        "enrolled",
        &[
            ("organization_ura", CALLER),
            ("patient_enrollment_identifier", "http://fhir.nl/fhir/NamingSystem/bsn|999999990"),
        ],
    ),
];

const SCOPES: [&str; 7] = [
    "eOverdracht-sender",
    "eOverdracht-receiver",
    "bgz-sender",
    "HuisartsVVTInzage",
    "zorginzage2026",
    "ion_inzage",
    "medicatieoverdracht-gf",
];

/// What operators write into the packs.
const SETTINGS: [(&str, &str); 3] = [
    (
        "huisartsvvt/settings/data.json",
        r#"{"sides": {"X3": "nursing_stu3", "Z3": "gp_r4"}, "registered": ["12345678"], "consent_by": ["access_fact"]}"#,
    ),
    ("ion_inzage/data.json", r#"{"whitelist": ["12345678"]}"#),
    (
        "zorginzage2026/capability_statement/data.json",
        r#"{"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [{"mode": "server", "resource": [
            {"type": "Condition", "interaction": [{"code": "read"}, {"code": "search-type"}], "searchParam": [{"name": "patient"}]}
        ]}]}"#,
    ),
];

/// The hospital, its gateway, and the clinic.
pub(super) struct Chain {
    pub(super) gate: Gate,
    proofs: AtomicU32,
}

/// One request of the clinic.
#[derive(Clone, Default)]
pub(super) struct Ask<'a> {
    pub(super) persona: &'a str,
    pub(super) scope: &'a str,
    pub(super) method: &'a str,
    /// From the root of the hospital's API on.
    pub(super) target: &'a str,
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: String,
}

impl Chain {
    pub(super) async fn new() -> Self {
        let scenario = Scenario::with_policy(&definitions().to_string()).await;
        for (persona, claims) in PERSONAS {
            let mut subject = json!({ "id": scenario.clinic_did, "persona": persona });
            for (name, value) in claims {
                subject[*name] = (*value).into();
            }
            let request = json!({
                "issuer": scenario.issuer_did, "type": "ClaimsCredential", "format": "jwt_vc",
                "withStatusList2021Revocation": false, "credentialSubject": subject,
            });
            let issued = scenario.hospital.post("/internal/vcr/v2/issuer/vc", &request).await;
            scenario.load(&issued.expect(200).json()).await.expect(204);
        }
        let gate = Gate::before(scenario, policies(), |settings| {
            settings.routes = routes();
            settings.gateways[0].abilities.narrows_query = true;
            settings.gateways[0].abilities.narrows_body = true;
        });
        Self { gate, proofs: AtomicU32::new(0) }
    }

    /// The FHIR server has this resource, in both versions of FHIR.
    pub(super) fn put(&self, resource: &Value) {
        let path = format!("{}/{}", text(resource, "resourceType"), text(resource, "id"));
        let version = resource.pointer("/meta/versionId").and_then(Value::as_str).unwrap_or("1");
        self.answer(&path, resource, &format!("W/\"{version}\""));
    }

    /// The FHIR server finds these resources.
    pub(super) fn find(&self, query: &str, resources: &[Value]) {
        let entry = |resource| json!({ "resource": resource, "search": { "mode": "match" } });
        let entries: Vec<Value> = resources.iter().map(entry).collect();
        let bundle = json!({ "resourceType": "Bundle", "type": "searchset", "entry": entries });
        self.answer(query, &bundle, "");
    }

    /// The FHIR server has nothing there.
    pub(super) fn remove(&self, path: &str) {
        for version in ["stu3", "r4"] {
            let outcome = r#"{"resourceType": "OperationOutcome"}"#;
            let url = format!("{FHIR}/{version}/{path}");
            self.gate.network.answer(&url, 404, "application/fhir+json", outcome);
        }
    }

    fn answer(&self, path: &str, body: &Value, etag: &str) {
        for version in ["stu3", "r4"] {
            let url = format!("{FHIR}/{version}/{path}");
            let etag = [("etag", etag)];
            let network = &self.gate.network;
            network.answer_with(&url, 200, "application/fhir+json", &body.to_string(), &etag);
        }
    }

    /// The hospital lays down a fact about the clinic.
    pub(super) async fn lay_down(&self, fact: Value) {
        let list = |name: &str| -> Vec<String> {
            let list = fact[name].as_array().into_iter().flatten();
            list.map(|one| one.as_str().unwrap().to_owned()).collect()
        };
        let draft = Fact {
            scope: text(&fact, "scope").to_owned(),
            peer: Peer { client_id: None, ura: Some(CALLER.to_owned()) },
            resource: text(&fact, "resource").to_owned(),
            operations: list("operations"),
            conditions: fact["conditions"].as_object().cloned().unwrap_or_default(),
            effect: fact["effect"].as_str().map(str::to_owned),
            expires_at: None,
            task: fact["task"].as_str().map(str::to_owned),
        };
        let facts = &self.gate.scenario.hospital.node.access_facts;
        facts.create("hospital", draft).await.unwrap();
    }

    pub(super) async fn allows(&self, ask: Ask<'_>) -> Allowed {
        let name = describe(&ask);
        match self.decide(ask, &self.gate.registration).await {
            Outcome::Allow(allowed) => *allowed,
            Outcome::Deny(denied) => panic!("{name}: {}", denied.reason),
        }
    }

    /// The client is told nothing but that it may not; the operator reads these words.
    pub(super) async fn denies(&self, ask: Ask<'_>, words: &str) {
        self.denies_through(&self.gate.registration, ask, words).await;
    }

    pub(super) async fn denies_through(&self, by: &Registration, ask: Ask<'_>, words: &str) {
        let name = describe(&ask);
        match self.decide(ask, by).await {
            Outcome::Allow(_) => panic!("{name}: allowed, not `{words}`"),
            Outcome::Deny(denied) => {
                assert_eq!(denied.refusal, Refusal::Forbidden, "{name}: {}", denied.reason);
                assert!(denied.reason.contains(words), "{name}: {}", denied.reason);
            }
        }
    }

    async fn decide(&self, ask: Ask<'_>, by: &Registration) -> Outcome {
        let token = self.token(ask.persona, ask.scope).await;
        let question = self.question(&ask, &token).await;
        self.gate.gateway.decide(by, question).await.outcome
    }

    async fn token(&self, persona: &str, scope: &str) -> Token {
        let members = json!({ "scope": scope, "token_type": "DPoP", "credential_selection": { "persona": persona } });
        self.gate.token_for(&members).await
    }

    async fn question(&self, ask: &Ask<'_>, token: &Token) -> Question {
        let id = format!("proof-{}", self.proofs.fetch_add(1, Ordering::Relaxed));
        let path = ask.target.split('?').next().unwrap_or_default();
        let draft = Draft {
            method: ask.method,
            uri: &format!("https://{AUTHORITY}{path}"),
            id: &id,
            age: Duration::seconds(1),
            nonce: None,
            token: &token.text,
        };
        let proof = self.gate.proof(token, draft).await;
        let authorization = format!("DPoP {}", token.text);
        let mut headers = vec![("Authorization", authorization.as_str()), ("DPoP", &proof)];
        headers.extend(ask.headers);
        let mut question = question(ask.method, ask.target, &headers);
        question.body = Body::Whole(Bytes::from(ask.body.clone()));
        question
    }
}

/// A gateway that can do nothing but ask.
pub(super) fn unable() -> Registration {
    registration()
}

/// A search for a patient by number.
pub(super) fn form(number: &str) -> String {
    format!("identifier=http%3A%2F%2Ffhir.nl%2Ffhir%2FNamingSystem%2Fbsn%7C{number}")
}

pub(super) const FORM: [(&str, &str); 1] = [("Content-Type", "application/x-www-form-urlencoded")];
pub(super) const JSON: [(&str, &str); 1] = [("Content-Type", "application/fhir+json")];

/// A consent of a patient for the clinic, with changes.
pub(super) fn consent(kind: &str, ura: &str) -> Value {
    json!({
        "resourceType": "Consent",
        "id": "1",
        "status": "active",
        "organization": [{ "identifier": { "system": URA, "value": HOLDER } }],
        "provision": {
            "type": kind,
            "action": [{ "coding": [{ "code": "access" }] }],
            "actor": [{ "reference": { "identifier": { "system": URA, "value": ura } } }],
        },
    })
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap()
}

fn describe(ask: &Ask<'_>) -> String {
    format!("{} {} as {} for {}", ask.method, ask.target, ask.persona, ask.scope)
}

/// One definition for all scopes: whichever claims the credential of a persona has.
fn definitions() -> Value {
    let claims = [
        "organization_ura",
        "user_id",
        "user_role",
        "authorization_base",
        "patient_enrollment_identifier",
    ];
    let field = |id: &str, is_optional: bool| {
        let paths = [format!("$.credentialSubject.{id}"), format!("$.credentialSubject[0].{id}")];
        json!({ "id": id, "path": paths, "optional": is_optional, "filter": { "type": "string" } })
    };
    let mut fields = vec![
        json!({ "path": ["$.type"], "filter": { "type": "string", "const": "ClaimsCredential" } }),
        field("persona", false),
    ];
    fields.extend(claims.iter().map(|id| field(id, true)));
    let descriptor = json!({ "id": "claims", "constraints": { "fields": fields } });
    let definition = json!({ "organization": { "id": "pd", "input_descriptors": [descriptor] } });
    SCOPES
        .iter()
        .map(|scope| ((*scope).to_owned(), definition.clone()))
        .collect::<Map<_, _>>()
        .into()
}

/// A table of a pack.
pub(super) fn table(pack: &str) -> Value {
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    serde_json::from_slice(&fs::read(packs.join(pack).join("data.json")).unwrap()).unwrap()
}

/// A query of a table as a client writes it.
pub(super) fn encoded(query: &str) -> String {
    query.replace('|', "%7C")
}

/// The packs as they are, and what operators add.
fn policies() -> Folder {
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let mut files = BTreeMap::new();
    read_tree(&packs, "", &mut files);
    for (path, text) in SETTINGS {
        files.insert(path.to_owned(), text.to_owned());
    }
    // No national register is asked here, so the hospital says who may by access facts.
    let medication = files.get_mut("medicatieoverdracht_gf/data.json").unwrap();
    *medication = medication.replace(r#"["mitz"]"#, r#"["mitz", "access_fact"]"#);
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    Folder::with(&files)
}

fn read_tree(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            read_tree(&path, &format!("{name}/"), files);
        } else if path.extension().is_some_and(|ending| ending == "json" || ending == "rego") {
            files.insert(name, fs::read_to_string(path).unwrap());
        }
    }
}

fn routes() -> Vec<Route> {
    let api = |name: &str, kind, facility_type: &str, policies: &[(&str, &str)]| Route {
        name: name.to_owned(),
        url: Url::parse(&format!("https://{AUTHORITY}/{name}")).unwrap(),
        kind,
        fhir_server: Some(Url::parse(&format!("{FHIR}/{name}")).unwrap()),
        holder_ura: HOLDER.to_owned(),
        holder_facility_type: facility_type.to_owned(),
        policies: policies
            .iter()
            .map(|(scope, policy)| ((*scope).to_owned(), (*policy).to_owned()))
            .collect(),
        ..route()
    };
    // Which scope stands for which pack is up to the operator, unless they have one name.
    let scopes = [("bgz-sender", "bgz"), ("HuisartsVVTInzage", "huisartsvvt")];
    vec![
        api("stu3", RouteKind::FhirStu3, "X3", &scopes),
        api("r4", RouteKind::FhirR4, "Z3", &scopes),
        Route { fhir_server: None, ..api("notify", RouteKind::Http, "", &[]) },
    ]
}
