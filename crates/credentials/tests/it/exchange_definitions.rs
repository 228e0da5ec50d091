//! Presentation Definitions of others: the published suites, the recorded policies, and the shapes that are in use.

use pecan_credentials::exchange::path::{Found, Subject};
use pecan_credentials::exchange::reading::Reading;
use pecan_credentials::exchange::{
    Candidate, Definition, DefinitionError, DefinitionReason, FieldValue, Path,
};
use pecan_credentials::format::Format;
use pecan_vectors::{Suite, Tally};
use serde_json::{Value, json};

fn load(definition: &Value) -> Result<Definition, String> {
    Definition::compile(definition).map_err(|error| error.to_string())
}

/// The nested `presentation_definition`, wherever a document keeps it.
fn definition_in(document: &Value) -> Option<&Value> {
    match document {
        Value::Object(members) => {
            let inner = members.get("presentation_definition").filter(|inner| inner.is_object());
            inner.or_else(|| members.values().find_map(definition_in))
        }
        Value::Array(elements) => elements.iter().find_map(definition_in),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

#[test]
fn the_documents_of_the_specification_load() {
    let Some(suite) = Suite::find("vectors/presentation-exchange") else { return };
    let mut tally = suite.tally();
    for file in suite.files("test/presentation-definition", ".json") {
        let document = suite.json(&file);
        // Two documents are a descriptor each.
        let alone = json!({ "id": "pd", "input_descriptors": [document] });
        let definition = definition_in(&document).unwrap_or(&alone);
        tally.case(&file, load(definition).map(|_| ()));
    }
    for file in suite.files("test/submission-requirements", "example.json") {
        let mut definition = suite.json(&file);
        definition["id"] = json!("pd");
        definition["input_descriptors"] = json!([]);
        tally.case(&file, load(&definition).map(|_| ()));
    }
    tally.finish();
}

#[test]
fn what_other_validators_refuse_is_a_warning() {
    let Some(suite) = Suite::find("vectors/web5/presentation_exchange") else { return };
    let mut tally = suite.tally();
    for vector in suite.json("validate_definition.json")["vectors"].as_array().unwrap() {
        let loaded = load(&vector["input"]["presentationDefinition"]);
        let is_bad = vector["errors"] == true;
        let outcome = loaded.and_then(|definition| {
            // The format keyword of a good definition is ignored, and said to be.
            let is_warned = definition
                .warnings()
                .iter()
                .any(|warning| !warning.place.ends_with("/filter/format"));
            if is_bad == is_warned { Ok(()) } else { Err(format!("{:?}", definition.warnings())) }
        });
        tally.case(vector["description"].as_str().unwrap(), outcome);
    }
    tally.finish();
}

#[test]
fn definitions_of_another_project_load_if_they_are_of_this_version() {
    let Some(suite) = Suite::find("vectors/pex-examples") else { return };
    let mut tally = suite.tally();
    for file in suite.files("", ".json") {
        let document = suite.json(&file);
        let Some(definition) = definition_in(&document) else { continue };
        let loaded = Definition::compile(definition);
        let text = definition.to_string();
        let is_first_version = text.contains("\"schema\":");
        let has_selective_disclosure = file.contains("sd-jwt") || text.contains("sd-jwt");
        let outcome = match loaded {
            Ok(_) if is_first_version => Err("loads, though it is of version 1".to_owned()),
            Ok(_) => Ok(()),
            Err(error) if is_first_version => {
                let is_expected = error.reason == DefinitionReason::UnknownMember;
                if is_expected { Ok(()) } else { Err(error.to_string()) }
            }
            // Their formats are newer, and one of them compares with a boolean.
            Err(DefinitionError {
                reason: DefinitionReason::UnknownFormat | DefinitionReason::NotText,
                ..
            }) if has_selective_disclosure => Ok(()),
            Err(error) => Err(error.to_string()),
        };
        tally.case(&file, outcome);
    }
    tally.finish();
}

fn evaluate(case: &Value) -> Result<Vec<Value>, String> {
    let path =
        Path::parse(case["selector"].as_str().unwrap()).map_err(|error| error.to_string())?;
    let found = path.evaluate(&case["document"], Subject::AsWritten);
    Ok(match found.map_err(|error| error.to_string())? {
        Found::Nothing => Vec::new(),
        Found::Node(node) => vec![node.clone()],
        Found::Nodes(nodes) => nodes.into_iter().cloned().collect(),
    })
}

/// Why a valid selector of RFC 9535 need not be understood.
fn exception(case: &Value) -> Option<&'static str> {
    let selector = case["selector"].as_str().unwrap();
    let functions = ["count(", "length(", "match(", "search(", "value("];
    if functions.iter().any(|function| selector.contains(function)) {
        return Some("the dialect has no functions, and no counterparty can use them");
    }
    None
}

#[test]
fn paths_agree_with_the_standard_where_the_dialect_does_not_differ() {
    let Some(suite) = Suite::find("vectors/jsonpath-cts") else { return };
    let mut tally = suite.tally();
    let (mut invalid, mut accepted) = (0, 0);
    for case in suite.json("cts.json")["tests"].as_array().unwrap() {
        if case["invalid_selector"] == true {
            invalid += 1;
            accepted += usize::from(Path::parse(case["selector"].as_str().unwrap()).is_ok());
            continue;
        }
        let name = case["name"].as_str().unwrap();
        let outcome = evaluate(case).and_then(|found| {
            let found = Value::from(found);
            let is_expected = case["result"] == found
                || case["results"].as_array().is_some_and(|results| results.contains(&found));
            if is_expected { Ok(()) } else { Err(format!("{}: {found}", case["selector"])) }
        });
        match exception(case) {
            Some(reason) => tally.exception(name, reason, &outcome),
            None => tally.case(name, outcome),
        }
    }
    // None of them may panic. The dialect takes blanks around a path, names that begin with a digit, and constants alone in
    // an expression.
    assert_eq!((invalid, accepted), (247, 15));
    tally.finish();
}

/// Every definition below the name of a scope and of an owner.
fn policies(document: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for (scope, owners) in document.as_object().unwrap() {
        for (owner, definition) in owners.as_object().unwrap() {
            if definition.is_object() {
                found.push((format!("{scope}/{owner}"), definition));
            }
        }
    }
    found
}

#[test]
fn the_recorded_policies_and_discovery_services_load() {
    let Some(suite) = Suite::find("contract/golden/config") else { return };
    let mut tally = Tally::new("recorded definitions");
    let mut files = suite.files("policy", ".json");
    files.push("policy-x509-verifier-only.json".to_owned());
    for file in files {
        for (name, definition) in policies(&suite.json(&file)) {
            tally.case(&format!("{file} {name}"), load(definition).map(|_| ()));
        }
    }
    for file in suite.files("discovery", ".json") {
        tally.case(&file, load(&suite.json(&file)["presentation_definition"]).map(|_| ()));
    }
    tally.finish();
}

fn credential(format: Format, credential_type: &str, subject: &Value) -> Value {
    let types = json!(["VerifiableCredential", credential_type]);
    let (contexts, issuer) =
        (json!(["https://www.w3.org/2018/credentials/v1"]), "did:web:node.example.org:iam:issuer");
    let subject = match format {
        Format::JwtVc => json!([subject]),
        Format::LdpVc => subject.clone(),
    };
    json!({ "@context": contexts, "type": types, "issuer": issuer, "id": "did:web:node.example.org#1",
        "issuanceDate": "2026-01-15T10:00:00Z", "credentialSubject": subject })
}

/// The claims that the first descriptor finds.
fn claims(definition: &Definition, view: &Value, format: Format) -> Result<Value, String> {
    let types = ["JsonWebSignature2020".to_owned()];
    let (algorithm, proof_types): (_, &[String]) = match format {
        Format::JwtVc => (Some("ES256"), &[]),
        Format::LdpVc => (None, &types),
    };
    let candidate = Candidate { view, format, algorithm, proof_types, raw: view };
    let descriptor = &definition.descriptors()[0];
    let found = descriptor
        .find_match(definition.formats(), &candidate, Reading::Wider)
        .map_err(|error| error.to_string())?;
    let found = found
        .ok_or_else(|| descriptor.explain(definition.formats(), &candidate).unwrap().to_string())?;
    let named = descriptor.fields().iter().zip(found.values).filter_map(|(field, value)| {
        let value = value.as_ref().map_or(Value::Null, FieldValue::to_value);
        Some((field.id()?.to_owned(), value))
    });
    Ok(named.collect())
}

fn check_claims(fields: &Value, credential_type: &str, subject: &Value, expected: &Value) {
    let definition = json!({ "id": "pd", "format": {
            "ldp_vc": { "proof_type": ["JsonWebSignature2020"] }, "jwt_vc": { "alg": ["ES256"] },
            "ldp_vp": { "proof_type": ["JsonWebSignature2020"] }, "jwt_vp": { "alg": ["ES256"] } },
        "input_descriptors": [{ "id": "d", "constraints": { "fields": fields } }] });
    let definition = load(&definition).unwrap();
    for format in [Format::LdpVc, Format::JwtVc] {
        let view = credential(format, credential_type, subject);
        assert_eq!(claims(&definition, &view, format).as_ref(), Ok(expected), "{format}");
        let other = credential(format, "OtherCredential", subject);
        assert!(claims(&definition, &other, format).is_err(), "{format}");
    }
}

#[test]
fn the_worked_example_gives_its_claims_in_both_formats() {
    let fields = json!([
        { "path": ["$.type"], "filter": { "type": "string", "const": "NutsOrganizationCredential" } },
        { "path": ["$.issuer"], "filter": { "type": "string", "pattern": "^did:web:node\\.example\\.org(:.+)?$" } },
        { "id": "organization_name", "filter": { "type": "string" },
          "path": ["$.credentialSubject.organization.name", "$.credentialSubject[0].organization.name"] },
        { "id": "organization_city", "filter": { "type": "string" },
          "path": ["$.credentialSubject.organization.city", "$.credentialSubject[0].organization.city"] },
        { "id": "organization_did", "path": ["$.credentialSubject.id", "$.credentialSubject[0].id"] }]);
    let subject = json!({ "id": "did:web:a", "organization": { "name": "Caresoft B.V.", "city": "Caretown" } });
    let expected = json!({ "organization_city": "Caretown", "organization_name": "Caresoft B.V.",
        "organization_did": "did:web:a" });
    check_claims(&fields, "NutsOrganizationCredential", &subject, &expected);
}

#[test]
fn definitions_in_use_give_their_claims_in_both_formats() {
    // A bare path for a registration, and an id with a blank in it.
    let fields = json!([
        { "path": ["$.type"], "filter": { "type": "string", "const": "DiscoveryRegistrationCredential" } },
        { "id": "authorization_server_url", "path": ["$.credentialSubject.authServerURL"] },
        { "id": "fhir endpoint", "path": ["$.credentialSubject[0].fhirBaseURL", "$.credentialSubject.fhirBaseURL"] }]);
    let subject =
        json!({ "id": "did:web:a", "authServerURL": "https://a", "fhirBaseURL": "https://f" });
    let expected = json!({ "authorization_server_url": "https://a", "fhir endpoint": "https://f" });
    check_claims(&fields, "DiscoveryRegistrationCredential", &subject, &expected);
    // The number of an organisation out of its certificate.
    let fields = json!([
        { "path": ["$.type"], "filter": { "type": "string", "const": "X509Credential" } },
        { "id": "organization_id", "filter": { "type": "string", "pattern": "^did:web:" },
          "path": ["$.credentialSubject.id", "$.credentialSubject[0].id"] },
        { "id": "organization_name", "filter": { "type": "string" },
          "path": ["$.credentialSubject[0].subject.O", "$.credentialSubject.subject.O"] },
        { "id": "organization_ura",
          "filter": { "type": "string", "pattern": "^[0-9.]+-\\d+-\\d+-S-(\\d+)-00\\.000-\\d+$" },
          "path": ["$.credentialSubject[0].san.otherName", "$.credentialSubject.san.otherName"] }]);
    let subject = json!({ "id": "did:web:a", "subject": { "O": "Clinic" },
        "san": { "otherName": "2.16.528.1.1007.99.2110-1-900030787-S-90000380-00.000-11223344" } });
    let expected = json!({ "organization_id": "did:web:", "organization_name": "Clinic",
        "organization_ura": "90000380" });
    check_claims(&fields, "X509Credential", &subject, &expected);
    // Optional, absent; and a field that is found by one of two ways of writing.
    let fields = json!([
        { "path": ["$.type"], "filter": { "type": "string", "const": "URACredential" } },
        { "id": "ura", "path": ["$.credentialSubject.ura"], "filter": { "type": "string" } },
        { "id": "role", "path": ["$.credentialSubject.role"], "optional": true }]);
    let expected = json!({ "ura": "1234", "role": null });
    check_claims(&fields, "URACredential", &json!({ "ura": "1234" }), &expected);
}
