//! Batches and transactions.

use pecan_fhir::{ENTRIES_MAX, FhirRequest, Unplaceable};
use serde_json::{Value, json};

use crate::fixture::json as json_body;

fn post(bundle: &Value) -> Result<FhirRequest, Unplaceable> {
    json_body("POST /", &bundle.to_string())
}

fn transaction(entries: &Value) -> Result<FhirRequest, Unplaceable> {
    post(&json!({"resourceType": "Bundle", "type": "transaction", "entry": entries}))
}

fn one(request: &Value) -> Result<FhirRequest, Unplaceable> {
    transaction(&json!([{"request": request}]))
}

#[test]
fn each_entry_is_a_request_of_its_own() {
    let request = transaction(&json!([
        {"request": {"method": "GET", "url": "Patient/1"}},
        {"request": {"method": "GET", "url": "https://hospital.example/fhir/Observation?patient=Patient/1&code=a,b"}},
        {"request": {"method": "PUT", "url": "Task/1", "ifMatch": "W/\"3\""}, "resource": {"resourceType": "Task", "id": "1"}},
        {"request": {"method": "POST", "url": "Task", "ifNoneExist": "identifier=1"}, "resource": {"resourceType": "Task"}},
        {"request": {"method": "DELETE", "url": "Task?identifier=1"}},
        {"request": {"method": "PATCH", "url": "Task/1"}, "resource": {"resourceType": "Binary", "contentType": "application/json-patch+json"}},
        {"request": {"method": "POST", "url": "Patient/$match"}, "resource": {"resourceType": "Parameters", "parameter": [{"name": "count", "valueInteger": 1}]}},
    ]))
    .unwrap();
    assert_eq!(request.interaction.code(), "transaction");
    let codes: Vec<_> = request.decisions().map(|request| request.interaction.code()).collect();
    assert_eq!(
        codes,
        [
            "read",
            "search-type",
            "update",
            "create",
            "search-type",
            "delete",
            "search-type",
            "patch",
            "operation"
        ]
    );
    assert_eq!(
        request.entries[1].search.to_lists(),
        *json!({"patient": [["1"]], "code": [["a", "b"]]}).as_object().unwrap()
    );
    assert_eq!(request.entries[2].conditions.if_match.as_deref(), Some("3"));
    assert_eq!(
        request.entries[2].to_input()["resource"]["content"],
        json!({"resourceType": "Task", "id": "1"})
    );
    assert_eq!(
        request.entries[6].search.to_lists(),
        *json!({"count": [["1"]]}).as_object().unwrap()
    );
    let batch = post(&json!({"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": "Task/1"}}]})).unwrap();
    assert_eq!(batch.to_input()["action"]["name"], "batch");
    assert_eq!(batch.decisions().count(), 1);
}

#[test]
fn entries_that_are_no_requests_are_refused() {
    for request in [
        json!(null),
        json!({}),
        json!([]),
        json!({"method": "GET"}),
        json!({"url": "Task/1"}),
        json!({"method": "get", "url": "Task/1"}),
        json!({"method": ["GET"], "url": "Task/1"}),
        json!({"method": "GET", "url": 1}),
        json!({"method": "GET", "url": "https://evil.example/fhir/Task/1"}),
        json!({"method": "GET", "url": "http://hospital.example/fhir/Task/1"}),
        json!({"method": "GET", "url": "https://hospital.example/fhir2/Task/1"}),
        json!({"method": "GET", "url": "https://hospital.example/Task/1"}),
        json!({"method": "GET", "url": "/Task/1"}),
        json!({"method": "GET", "url": "//evil.example/Task/1"}),
        json!({"method": "GET", "url": "../Task/1"}),
        json!({"method": "GET", "url": "Task/%2e%2e/Patient"}),
        json!({"method": "GET", "url": "Task/1/"}),
        json!({"method": "GET", "url": "urn:uuid:1"}),
        json!({"method": "GET", "url": "Task/1#x"}),
        json!({"method": "GET", "url": "Task?a=%zz"}),
        json!({"method": "GET", "url": "Task?a="}),
        json!({"method": "GET", "url": "Task?_method=DELETE"}),
        json!({"method": "POST", "url": ""}),
        json!({"method": "POST", "url": "?"}),
        json!({"method": "POST", "url": "https://hospital.example/fhir"}),
        json!({"method": "POST", "url": "https://hospital.example/fhir/"}),
        json!({"method": "POST", "url": "Task/_search"}),
        json!({"method": "POST", "url": "Task"}),
        json!({"method": "PUT", "url": "Task/1"}),
        json!({"method": "PATCH", "url": "Task/1"}),
        json!({"method": "OPTIONS", "url": "Task/1"}),
        json!({"method": "DELETE", "url": "Task"}),
        json!({"method": "GET", "url": "Task/1 "}),
        json!({"method": "GET", "url": " Task/1"}),
        json!({"method": "GET", "url": "Task/1\n"}),
        json!({"method": "DELETE", "url": "Task/1", "ifMatch": "3"}),
        json!({"method": "DELETE", "url": "Task/1", "ifMatch": 3}),
        json!({"method": "GET", "url": "nope/1"}),
    ] {
        assert!(one(&request).is_err(), "{request}");
    }
    let error = transaction(&json!([{"request": {"method": "GET", "url": "Task/1"}}, {"request": {"method": "GET", "url": "Task/"}}])).unwrap_err();
    assert_eq!(error.to_string(), "entry 1 of the bundle: path `/Task/` has a slash at its end");
}

#[test]
fn bundles_that_no_server_executes_are_refused() {
    let entry = json!({"request": {"method": "GET", "url": "Task/1"}});
    for bundle in [
        json!({"resourceType": "Task", "type": "batch", "entry": [entry]}),
        json!({"type": "batch", "entry": [entry]}),
        json!({"resourceType": "Bundle", "entry": [entry]}),
        json!({"resourceType": "Bundle", "type": "Batch", "entry": [entry]}),
        json!({"resourceType": "Bundle", "type": "history", "entry": [entry]}),
        json!({"resourceType": "Bundle", "type": "document", "entry": [entry]}),
        json!({"resourceType": "Bundle", "type": "message", "entry": [entry]}),
        json!({"resourceType": "Bundle", "type": "batch"}),
        json!({"resourceType": "Bundle", "type": "batch", "entry": []}),
        json!({"resourceType": "Bundle", "type": "batch", "entry": entry}),
        json!({"resourceType": "Bundle", "type": "batch", "entry": [1]}),
        json!({"resourceType": "Bundle", "type": "batch", "entry": vec![entry.clone(); ENTRIES_MAX + 1]}),
        json!([]),
    ] {
        assert!(post(&bundle).is_err(), "{bundle}");
    }
    assert!(
        json_body(
            "POST /",
            r#"{"resourceType":"Bundle","type":"batch","type":"transaction","entry":[]}"#
        )
        .is_err()
    );
}

#[test]
fn references_by_condition_are_searches() {
    let task = |reference: &str| json!({"resourceType": "Task", "owner": {"reference": reference}, "input": [{"valueReference": {"reference": "Patient/1"}, "valueString": "pain?"}]});
    let put = |reference: &str| {
        transaction(
            &json!([{"request": {"method": "POST", "url": "Task"}, "resource": task(reference)}]),
        )
    };
    let request = put("Practitioner?identifier=s|1,s|2").unwrap();
    let implied = &request.entries[0].implied;
    assert_eq!(implied.len(), 1);
    assert_eq!(
        (implied[0].interaction.code(), implied[0].resource_type),
        ("search-type", Some("Practitioner"))
    );
    assert_eq!(
        implied[0].search.to_lists(),
        *json!({"identifier": [["s|1", "s|2"]]}).as_object().unwrap()
    );
    for (reference, count) in [
        ("Practitioner/1", 0),
        ("urn:uuid:1", 0),
        ("https://hospital.example/fhir/Practitioner?identifier=1", 1),
        ("https://other.example/x?y=z", 0),
    ] {
        assert_eq!(put(reference).unwrap().entries[0].implied.len(), count, "{reference}");
    }
    for reference in [
        "Practitioner?",
        "practitioner?identifier=1",
        "?identifier=1",
        "Practitioner?identifier=",
        "Practitioner?_count=1",
        "Practitioner?a=%zz",
        "Practitioner/1?x=y",
    ] {
        assert!(put(reference).is_err(), "{reference}");
    }
    // Outside of Bundles servers do the same.
    let create = json_body("POST /Task", &task("Patient?identifier=1").to_string()).unwrap();
    assert_eq!(create.implied.len(), 1);
    let many: Vec<_> = (0..51).map(|_| json!({"reference": "Patient?identifier=1"})).collect();
    assert!(
        json_body("POST /Task", &json!({"resourceType": "Task", "x": many}).to_string()).is_err()
    );
}
