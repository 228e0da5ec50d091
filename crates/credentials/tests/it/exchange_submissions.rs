//! Recorded token requests and published submissions.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pecan_credentials::exchange::select::Selection;
use pecan_credentials::exchange::submission::{Envelope, PresentationView, Submission};
use pecan_credentials::exchange::{Candidate, Definition};
use pecan_credentials::format::{Format, PresentationFormat};
use pecan_vectors::{Suite, Tally};
use serde_json::{Value, json};

/// A credential, with what a candidate borrows.
struct Credential {
    raw: Value,
    view: Value,
    format: Format,
    algorithm: Option<String>,
    proof_types: Vec<String>,
}

/// A presentation, with what its view borrows.
struct Presentation {
    view: Value,
    format: PresentationFormat,
    credentials: Vec<Credential>,
}

fn segments(jwt: &str) -> Option<(Value, Value)> {
    let mut parts = jwt.split('.');
    let mut decode = || serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok();
    Some((decode()?, decode()?))
}

fn as_list(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.clone(),
        value => vec![value.clone()],
    }
}

/// Takes the only element out of its array.
fn collapse(document: &mut Value, members: &[&str]) {
    for member in members {
        if let Some(Value::Array(values)) = document.get_mut(member)
            && values.len() == 1
        {
            document[*member] = values[0].take();
        }
    }
}

impl Credential {
    fn read(raw: &Value) -> Option<Self> {
        let Some(jwt) = raw.as_str() else {
            let mut view = raw.clone();
            collapse(&mut view, &["type", "credentialSubject", "credentialStatus", "proof"]);
            let proofs = as_list(&raw["proof"]);
            let proof_types = proofs
                .iter()
                .filter_map(|proof| Some(proof["type"].as_str()?.to_owned()))
                .collect();
            let raw = raw.clone();
            return Some(Self { raw, view, format: Format::LdpVc, algorithm: None, proof_types });
        };
        let (header, claims) = segments(jwt)?;
        let mut view = claims["vc"].clone();
        for member in ["@context", "type", "credentialSubject", "credentialStatus"] {
            if view.get(member).is_some() {
                view[member] = as_list(&view[member]).into();
            }
        }
        for (member, claim) in [("issuer", "iss"), ("id", "jti")] {
            if let Some(value) = claims.get(claim) {
                view[member] = value.clone();
            }
        }
        for subject in view["credentialSubject"].as_array_mut()? {
            subject["id"] = claims["sub"].clone();
        }
        let algorithm = header["alg"].as_str().map(str::to_owned);
        Some(Self {
            raw: raw.clone(),
            view,
            format: Format::JwtVc,
            algorithm,
            proof_types: Vec::new(),
        })
    }

    fn candidate(&self) -> Candidate<'_> {
        Candidate {
            view: &self.view,
            format: self.format,
            algorithm: self.algorithm.as_deref(),
            proof_types: &self.proof_types,
            raw: &self.raw,
        }
    }
}

impl Presentation {
    fn read(raw: &Value) -> Option<Self> {
        let (view, format) = match raw {
            Value::String(jwt) => (segments(jwt)?.1["vp"].clone(), PresentationFormat::JwtVp),
            document => {
                let mut view = document.clone();
                collapse(&mut view, &["type", "verifiableCredential", "proof"]);
                (view, PresentationFormat::LdpVp)
            }
        };
        let credentials = as_list(&view["verifiableCredential"]);
        let credentials = credentials.iter().map(Credential::read).collect::<Option<_>>()?;
        Some(Self { view, format, credentials })
    }

    fn view(&self) -> PresentationView<'_> {
        PresentationView {
            view: &self.view,
            format: self.format,
            credentials: self.credentials.iter().map(Credential::candidate).collect(),
        }
    }
}

/// An assertion or `vp_token`: its presentations, and whether they came as a list.
fn read_envelope(text: &str) -> Option<(Vec<Presentation>, bool)> {
    let value = match text.as_bytes().first()? {
        b'{' | b'[' => serde_json::from_str(text).ok()?,
        _ => Value::String(text.to_owned()),
    };
    let presentations = as_list(&value).iter().map(Presentation::read).collect::<Option<_>>()?;
    Some((presentations, value.is_array()))
}

/// Every definition of the recorded policies that compiles, by id.
fn definitions(suite: &Suite) -> BTreeMap<String, Definition> {
    let mut found = BTreeMap::new();
    for file in ["config/policy/golden.json", "config/policy/harness.json"] {
        for profile in suite.json(file).as_object().unwrap().values() {
            for source in profile.as_object().unwrap().values().filter(|source| source.is_object())
            {
                if let Ok(definition) = Definition::compile(source) {
                    found.insert(definition.id().to_owned(), definition);
                }
            }
        }
    }
    found
}

/// Whether matching alone came to a conclusion, as far as the recorded answer tells.
fn verdict(response: &Value) -> Option<bool> {
    let text = response["body"]["error_description"].as_str().unwrap_or_default();
    if response["status"] == 200 {
        return Some(true);
    }
    if text.starts_with("presentation submission does not conform") {
        return Some(false);
    }
    // These checks come after the one of the submission.
    let later = [
        "presentation has invalid/missing nonce",
        "presentation nonce has already been used",
        "DPoP header is invalid",
        "presentation(s) or credential(s) verification failed",
        "PDP denied",
        "policy decision point unavailable",
    ];
    later.iter().any(|known| text.starts_with(known)).then_some(true)
}

fn fulfils(
    definitions: &BTreeMap<String, Definition>,
    submission: &str,
    envelope: &str,
) -> Result<(), String> {
    let submission = Submission::parse(submission).map_err(|error| error.to_string())?;
    let definition =
        definitions.get(&submission.definition_id).ok_or("definition does not compile")?;
    let (presentations, is_list) = read_envelope(envelope).ok_or("unreadable envelope")?;
    let views: Vec<PresentationView<'_>> = presentations.iter().map(Presentation::view).collect();
    let envelope =
        if is_list { Envelope::List(&views) } else { Envelope::Single(views.first().unwrap()) };
    submission.check(definition, envelope).map(|_| ()).map_err(|error| error.to_string())
}

/// Recorded requests that are judged otherwise here, on purpose.
const DIFFERENCES: [(&str, &str); 1] = [(
    "140-array-of-one-jwt-vp-nested-jwt-vp.json",
    "a JWT in a list may be called what it is, `jwt_vp`; the reference only knows it as `ldp_vp`",
)];

#[test]
fn recorded_submissions_are_judged_as_they_were() {
    let Some(suite) = Suite::find("contract/golden") else { return };
    let definitions = definitions(&suite);
    let mut tally = Tally::new("golden submissions");
    for file in [suite.files("token-endpoint", ".json"), suite.files("user-flow", ".json")].concat()
    {
        let exchange = suite.json(&file);
        let body = &exchange["request"]["body"];
        let envelope = body["assertion"].as_str().or(body["vp_token"].as_str());
        let submission = body["presentation_submission"].as_str();
        let (Some(envelope), Some(submission)) = (envelope, submission) else { continue };
        let Some(is_fulfilled) = verdict(&exchange["response"]) else { continue };
        let found = fulfils(&definitions, submission, envelope);
        let outcome = match (is_fulfilled, &found) {
            (true, Ok(())) | (false, Err(_)) => Ok(()),
            (true, Err(reason)) => Err(format!("was accepted, now: {reason}")),
            (false, Ok(())) => Err("was refused".to_owned()),
        };
        match DIFFERENCES.iter().find(|(name, _)| file.ends_with(name)) {
            Some((_, reason)) => tally.exception(&file, reason, &outcome),
            None => tally.case(&file, outcome),
        }
    }
    tally.finish();
}

#[test]
fn what_the_reference_refuses_to_read_is_not_read() {
    let Some(suite) = Suite::find("contract/golden") else { return };
    let mut tally = Tally::new("golden unreadable submissions");
    for file in suite.files("token-endpoint", ".json") {
        let exchange = suite.json(&file);
        let answer = exchange["response"]["body"]["error_description"].as_str().unwrap_or_default();
        let submission = exchange["request"]["body"]["presentation_submission"].as_str();
        let Some(submission) = submission else { continue };
        if !answer.starts_with("invalid presentation submission") {
            continue;
        }
        let outcome = match Submission::parse(submission) {
            Err(_) => Ok(()),
            Ok(_) => Err("is read".to_owned()),
        };
        if answer.contains("missing properties: \"descriptor_map\"") {
            tally.exception(
                &file,
                "an absent map is an empty one, as the reference itself writes it",
                &outcome,
            );
        } else {
            tally.case(&file, outcome);
        }
    }
    tally.finish();
}

/// From the credentials that the reference sent, this node makes the same submission.
#[test]
fn submissions_are_built_as_the_reference_builds_them() {
    let Some(suite) = Suite::find("contract/golden") else { return };
    let definitions = definitions(&suite);
    let mut tally = Tally::new("golden submissions sent");
    for file in suite.files("outbound", ".json") {
        let exchange = suite.json(&file);
        let body = &exchange["request"]["body"];
        let envelope = body["assertion"].as_str().or(body["vp_token"].as_str());
        let submission = body["presentation_submission"].as_str();
        let (Some(envelope), Some(submission)) = (envelope, submission) else { continue };
        let sent = Submission::parse(submission).unwrap();
        // Definitions of the recorded verifiers are not in the policies.
        let Some(definition) = definitions.get(&sent.definition_id) else { continue };
        let presentation = read_envelope(envelope).unwrap().0.remove(0);
        let candidates = presentation.view().credentials;
        let choice = definition.select(&candidates, &Selection::new());
        let outcome = choice.map_err(|error| error.report().to_string()).and_then(|choice| {
            let id = sent.id.clone();
            let built =
                Submission::build(id, definition, &choice, &candidates, presentation.format);
            if built == sent { Ok(()) } else { Err(format!("{built} instead of {sent}")) }
        });
        tally.case(&file, outcome);
    }
    tally.finish();
}

#[test]
fn recorded_claims_follow_from_the_credentials() {
    let Some(suite) = Suite::find("contract/golden") else { return };
    let definitions = definitions(&suite);
    let exchange = suite.json("token-endpoint/02-grant-jwt-vp-with-jwt-vc.json");
    let body = &exchange["request"]["body"];
    let (presentations, _) = read_envelope(body["assertion"].as_str().unwrap()).unwrap();
    let submission = Submission::parse(body["presentation_submission"].as_str().unwrap()).unwrap();
    let definition = &definitions[&submission.definition_id];
    let fulfilled =
        submission.check(definition, Envelope::Single(&presentations[0].view())).unwrap();
    let expected = json!({ "organization_name": "Clinic North", "organization_city": "Assen" });
    assert_eq!(Value::Object(definition.claims(&fulfilled.mappings)), expected);
}

#[test]
fn published_submissions_are_read_as_their_schema_says() {
    if let Some(suite) = Suite::find("vectors/web5/presentation_exchange") {
        let mut tally = suite.tally();
        for case in suite.json("validate_submission.json")["vectors"].as_array().unwrap() {
            let name = case["description"].as_str().unwrap();
            let read = Submission::read(&case["input"]["presentationSubmission"]);
            // The schema refuses one of the bad ones only; so does the reference.
            let is_refused = name == "descriptor map has empty format";
            let outcome =
                if read.is_err() == is_refused { Ok(()) } else { Err(format!("{read:?}")) };
            tally.case(name, outcome);
        }
        tally.finish();
    }
    if let Some(suite) = Suite::find("vectors/presentation-exchange") {
        let mut tally = suite.tally();
        for file in suite.files("test/presentation-submission", ".json") {
            let document = suite.json(&file);
            let read = Submission::read(&document["presentation_submission"]);
            // The others wrap a submission in ways that have no `presentation_submission` at the top.
            let wrapped = ["CHAPI", "DIDComm", "JWT"].iter().any(|kind| file.contains(kind));
            let outcome = if read.is_err() == wrapped { Ok(()) } else { Err(format!("{read:?}")) };
            tally.case(&file, outcome);
        }
        tally.finish();
    }
}

/// A definition that asks for an organization in either format, and a credential of that kind.
#[test]
fn one_definition_is_answered_in_both_formats() {
    let field = |name: &str| {
        let path = |subject: &str| format!("$.credentialSubject{subject}.organization.{name}");
        json!({ "id": format!("organization_{name}"), "path": [path(""), path("[0]")], "filter": { "type": "string" } })
    };
    let definition = Definition::compile(&json!({
        "id": "pd_care",
        "format": {
            "ldp_vc": { "proof_type": ["JsonWebSignature2020"] }, "jwt_vc": { "alg": ["ES256"] },
            "ldp_vp": { "proof_type": ["JsonWebSignature2020"] }, "jwt_vp": { "alg": ["ES256"] },
        },
        "input_descriptors": [{ "id": "id_org", "constraints": { "fields": [
            { "path": ["$.type"], "filter": { "type": "string", "const": "NutsOrganizationCredential" } },
            { "path": ["$.issuer"], "filter": { "type": "string", "pattern": "^did:web:node\\.example\\.org(:.+)?$" } },
            field("name"), field("city"),
        ] } }],
    }))
    .unwrap();
    let issuer = "did:web:node.example.org:iam:issuer";
    let types = json!(["VerifiableCredential", "NutsOrganizationCredential"]);
    let subject = json!({ "id": "did:web:x", "organization": { "name": "Caresoft B.V.", "city": "Caretown" } });
    let json_ld = Credential::read(&json!({
        "type": types, "issuer": issuer, "credentialSubject": [subject], "proof": { "type": "JsonWebSignature2020" },
    }));
    let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({ "iss": issuer, "sub": "did:web:x", "vc": { "type": types, "credentialSubject": subject } });
    let jwt = json!(format!("{}.{}.c2ln", encode(json!({ "alg": "ES256" })), encode(claims)));
    let jwt = Credential::read(&jwt);

    let verifier = |format: PresentationFormat| match format {
        PresentationFormat::JwtVp => json!({
            "jwt_vp_json": { "alg_values_supported": ["ES256"] },
            "ldp_vp": { "proof_type_values_supported": ["JsonWebSignature2020"] },
        }),
        PresentationFormat::LdpVp => {
            json!({ "ldp_vp": { "proof_type_values_supported": ["JsonWebSignature2020"] } })
        }
    };
    for (credential, name) in [(json_ld.unwrap(), "ldp_vc"), (jwt.unwrap(), "jwt_vc")] {
        let wallet = [credential.candidate()];
        let formats = [
            (PresentationFormat::LdpVp, "$.verifiableCredential"),
            (PresentationFormat::JwtVp, "$.verifiableCredential[0]"),
        ];
        for (format, path) in formats {
            let choice = definition.select(&wallet, &Selection::new()).unwrap();
            assert_eq!(definition.presentation_format(&verifier(format)), Ok(format));
            let built = Submission::build("s".to_owned(), &definition, &choice, &wallet, format);
            let entry = json!({ "id": "id_org", "format": name, "path": path });
            let expected =
                json!({ "id": "s", "definition_id": "pd_care", "descriptor_map": [entry] });
            assert_eq!(built.to_value(), expected);
            let claims =
                json!({ "organization_name": "Caresoft B.V.", "organization_city": "Caretown" });
            assert_eq!(Value::Object(definition.claims(&choice.mappings)), claims);
        }
        let select = |key: &str, value: &str| {
            let selection = Selection::from([(key.to_owned(), value.to_owned())]);
            definition.select(&wallet, &selection).map_err(|error| error.to_string()).err()
        };
        assert_eq!(select("organization_name", "Caresoft B.V."), None);
        let missing =
            "missing credentials\nconstraints not matched: no VC for InputDescriptor (id_org)";
        assert_eq!(select("organization_name", "Other").as_deref(), Some(missing));
        let unknown = "credential_selection key 'foo' does not match any field id in the presentation definition";
        assert_eq!(select("foo", "x").as_deref(), Some(unknown));
    }
}
