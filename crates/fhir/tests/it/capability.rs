//! Capability statements.

use pecan_fhir::{Body, Capability, NotCapable, Request, Version, read};
use serde_json::{Value, json};

use crate::fixture::line;

fn statement() -> Value {
    json!({"resourceType": "CapabilityStatement", "rest": [{"mode": "client"}, {
        "mode": "server",
        "interaction": [{"code": "batch"}],
        "searchParam": [{"name": "_id"}],
        "compartment": ["http://hl7.org/fhir/CompartmentDefinition/patient"],
        "operation": [{"name": "export", "definition": "http://hl7.org/x/OperationDefinition/export"}],
        "resource": [
            {"type": "Patient", "interaction": [{"code": "read"}, {"code": "search-type"}], "searchParam": [{"name": "identifier"}], "searchInclude": ["Patient:general-practitioner"], "operation": [{"name": "match"}]},
            {"type": "Observation", "interaction": [{"code": "search-type"}], "searchParam": [{"name": "patient"}, {"name": "code"}], "searchInclude": ["Observation:subject"], "searchRevInclude": ["Provenance:target"], "operation": [{"name": "lastn"}]},
            {"type": "PractitionerRole", "searchInclude": ["PractitionerRole:organization"]},
            {"type": "Task", "interaction": [{"code": "update"}, {"code": "create"}, {"code": "delete"}], "conditionalCreate": true, "searchParam": [{"name": "identifier"}]},
        ],
    }]})
}

fn check(capability: &Capability, version: Version, text: &str) -> Result<(), NotCapable> {
    let headers: &[(&str, &[u8])] = &[("Content-Type", b"application/json")];
    let body = if text.starts_with("PUT") { &br#"{"resourceType":"Task"}"#[..] } else { b"" };
    capability.allows(
        &read(&Request { version, headers, body: Body::Whole(body), ..line(text) }).unwrap(),
    )
}

#[test]
fn what_is_listed_fits() {
    let capability = Capability::parse(statement().to_string().as_bytes(), Version::R4).unwrap();
    for text in [
        "GET /Patient/1",
        "GET /Patient?identifier=1",
        "GET /Patient?_id=1&_count=5&_format=json",
        "GET /Patient?_include=Patient:general-practitioner",
        "GET /Patient?_include=Patient:general-practitioner:Organization",
        "GET /Patient?_include:iterate=PractitionerRole:organization",
        "GET /Observation?patient=1&code=2&_revinclude=Provenance:target",
        "GET /Patient/1/Observation?code=1",
        "GET /Patient/$match?_count=1",
        "GET /Observation/$lastn?patient=1&max=2",
        "GET /$export",
        "GET /metadata",
        "PUT /Task/1",
        "DELETE /Task/1",
        "GET /Observation?subject:Patient=1&_id=1"
            .replace("subject:Patient", "patient:Patient")
            .as_str(),
    ] {
        assert_eq!(check(&capability, Version::R4, text), Ok(()), "{text}");
    }
}

#[test]
fn what_is_not_listed_does_not_fit() {
    let capability = Capability::parse(statement().to_string().as_bytes(), Version::R4).unwrap();
    for text in [
        "GET /Condition/1",
        "GET /Observation/1",
        "GET /Patient/1/_history/1",
        "GET /Patient/1/_history",
        "GET /Patient?name=x",
        "GET /Patient?identifier:not=x",
        "GET /Patient?identifier.x=1",
        "GET /Patient?_has:Observation:patient:code=1",
        "GET /Patient?_filter=x",
        "GET /Patient?_contained=true&identifier=1",
        "GET /Patient?_include=*",
        "GET /Patient?_include=Patient:organization",
        "GET /Patient?_include=PractitionerRole:organization",
        "GET /Patient?_revinclude=Provenance:target",
        "GET /Patient/$everything",
        "GET /Patient/1/$everything",
        "GET /Observation/$match",
        "GET /$match",
        "GET /Patient/$export",
        "GET /Observation/$lastn?name=x",
        "GET /Observation/$lastn?_include=Observation:performer",
        "GET /Practitioner/1/Observation?code=1",
        "GET ?_id=1",
        "GET /_history",
        "PUT /Task?identifier=1",
        "DELETE /Task?identifier=1",
        "PUT /Patient/1".replace("Patient", "Task").replace("PUT", "GET").as_str(),
        "GET /Patient/1/*",
    ] {
        assert!(check(&capability, Version::R4, text).is_err(), "{text}");
    }
}

#[test]
fn operations_of_stu3_are_told_by_their_definition() {
    let mut statement = statement();
    statement["rest"][1]["operation"] = json!([
        {"name": "lastn", "definition": {"reference": "http://hl7.org/fhir/OperationDefinition/Observation-lastn"}}, {"name": "validate", "definition": {"reference": "OperationDefinition/Resource-validate"}},
        {"name": "$export", "definition": {"reference": "OperationDefinition/export"}},
    ]);
    statement["rest"][1]["resource"][0].as_object_mut().unwrap().remove("operation");
    let capability = Capability::parse(statement.to_string().as_bytes(), Version::Stu3).unwrap();
    for (text, fits) in [
        ("GET /Observation/$lastn?patient=1", true),
        ("GET /Patient/$lastn", false),
        ("GET /$lastn", false),
        ("GET /Patient/$validate", true),
        ("GET /$validate", false),
        ("GET /$export", true),
        ("GET /Patient/$export", false),
    ] {
        assert_eq!(check(&capability, Version::Stu3, text).is_ok(), fits, "{text}");
    }
}

#[test]
fn a_bundle_fits_if_all_its_entries_do() {
    let capability = Capability::parse(statement().to_string().as_bytes(), Version::R4).unwrap();
    let headers: &[(&str, &[u8])] = &[("Content-Type", b"application/json")];
    for (kind, url, fits) in [
        ("batch", "Patient/1", true),
        ("batch", "Condition/1", false),
        ("transaction", "Patient/1", false),
    ] {
        let body = json!({"resourceType": "Bundle", "type": kind, "entry": [{"request": {"method": "GET", "url": "Patient/2"}}, {"request": {"method": "GET", "url": url}}]}).to_string();
        let request =
            read(&Request { headers, body: Body::Whole(body.as_bytes()), ..line("POST /") })
                .unwrap();
        assert_eq!(capability.allows(&request).is_ok(), fits, "{kind} {url}");
    }
}

#[test]
fn statements_that_are_none_are_refused() {
    let mut twice = statement();
    twice["rest"][1]["resource"][1]["type"] = json!("Patient");
    let mut unknown = statement();
    unknown["rest"][1]["resource"][1]["type"] = json!("Nope");
    for text in [
        "",
        "{}",
        "[]",
        r#"{"resourceType":"Task"}"#,
        r#"{"resourceType":"CapabilityStatement"}"#,
        r#"{"resourceType":"CapabilityStatement","rest":[{"mode":"client"}]}"#,
        &twice.to_string(),
        &unknown.to_string(),
    ] {
        assert!(Capability::parse(text.as_bytes(), Version::R4).is_err(), "{text}");
    }
}

#[test]
fn a_statement_is_of_the_version_that_it_tells() {
    let of = |told: &str| {
        let mut statement = statement();
        statement["fhirVersion"] = told.into();
        Capability::of_its_version(&statement)
    };
    let stu3 = of("3.0.2").unwrap();
    assert_eq!(check(&stu3, Version::Stu3, "GET /Patient/1"), Ok(()));
    let other = Err(NotCapable::Version { version: Version::Stu3 });
    assert_eq!(check(&stu3, Version::R4, "GET /Patient/1"), other);
    assert_eq!(check(&of("4.0.1").unwrap(), Version::R4, "GET /Patient/1"), Ok(()));
    for told in ["", "4", "4.3.0", "5.0.0", "3.01", "40.1"] {
        assert!(of(told).unwrap_err().to_string().contains("fhirVersion"), "{told}");
    }
}
