//! Methods and paths.

use pecan_fhir::{Request, Unplaceable, Version, read};
use serde_json::json;

use crate::fixture::{get, json, line};

#[test]
fn every_interaction_is_told_by_method_and_path() {
    for (text, interaction, resource_type, id) in [
        ("GET /Task/1", "read", "Task", "1"),
        ("HEAD /Task/1", "read", "Task", "1"),
        ("GET /Task/1/_history/2", "vread", "Task", "1"),
        ("GET /Task/1/_history", "history-instance", "Task", "1"),
        ("GET /Task/_history", "history-type", "Task", ""),
        ("GET /_history", "history-system", "", ""),
        ("GET /Task?owner=1", "search-type", "Task", ""),
        ("GET ?_type=Task", "search-system", "", ""),
        ("GET /?_type=Task", "search-system", "", ""),
        ("GET /Patient/1/Task", "search-compartment", "Task", ""),
        ("GET /Patient/1/*", "search-compartment", "", ""),
        ("DELETE /Task/1", "delete", "Task", "1"),
        ("DELETE /Task?identifier=1", "delete", "Task", ""),
        ("GET /metadata", "capabilities", "", ""),
        ("GET /$export", "operation", "", ""),
        ("POST /$export", "operation", "", ""),
        ("GET /Observation/$lastn", "operation", "Observation", ""),
        ("POST /Patient/$match", "operation", "Patient", ""),
        ("GET /Composition/1/$document", "operation", "Composition", "1"),
    ] {
        let input = get(text).unwrap().to_input();
        assert_eq!(input["action"]["fhir_rest"]["interaction_type"], interaction, "{text}");
        assert_eq!(input["action"]["name"], interaction, "{text}");
        assert_eq!(
            (&input["resource"]["type"], &input["resource"]["id"]),
            (&json!(resource_type), &json!(id)),
            "{text}"
        );
    }
}

#[test]
fn writes_are_told_by_method_and_path() {
    let task = r#"{"resourceType":"Task","id":"1","status":"accepted"}"#;
    let patch = r#"{"resourceType":"Parameters"}"#;
    for (text, body, interaction, is_conditional) in [
        ("POST /Task", task, "create", false),
        ("PUT /Task/1", task, "update", false),
        ("PUT /Task?identifier=a", task, "update", true),
        ("PATCH /Task/1", patch, "patch", false),
        ("PATCH /Task?identifier=a", patch, "patch", true),
    ] {
        let request = json(text, body).unwrap();
        let input = request.to_input();
        assert_eq!(input["action"]["fhir_rest"]["interaction_type"], interaction, "{text}");
        assert_eq!(input["action"]["fhir_rest"]["is_conditional"], is_conditional, "{text}");
        assert!(input["resource"]["content"]["resourceType"].is_string(), "{text}");
        assert_eq!(request.decisions().count(), if is_conditional { 2 } else { 1 }, "{text}");
    }
}

#[test]
fn level_compartment_version_and_operation_are_facts() {
    let fhir_rest = |text| get(text).unwrap().to_input()["action"]["fhir_rest"].clone();
    assert_eq!(
        fhir_rest("GET /Patient/1/Task")["compartment"],
        json!({"type": "Patient", "id": "1"})
    );
    assert_eq!(fhir_rest("GET /Task/1")["compartment"], json!(null));
    for (text, level) in
        [("GET /$x", "system"), ("GET /Patient/$x", "type"), ("GET /Patient/1/$x", "instance")]
    {
        assert_eq!(
            (&fhir_rest(text)["level"], &fhir_rest(text)["operation"]),
            (&json!(level), &json!("$x")),
            "{text}"
        );
    }
    assert_eq!(get("GET /Task/1/_history/2").unwrap().to_input()["resource"]["version_id"], "2");
}

#[test]
fn a_path_is_written_in_one_way() {
    for text in [
        "GET /Patient/a-1?x=1",
        "GET /P%61tient/%61-1?x=1",
        "GET /Patient/a%2D1?x=1",
        "GET /Patient/a%2d1?%78=%31",
        "HEAD /Patient/a-1?x=1&",
    ] {
        assert_eq!(get(text).unwrap(), get("GET /Patient/a-1?x=1").unwrap(), "{text}");
    }
}

#[test]
fn methods_that_mean_nothing_are_refused() {
    for text in [
        "get /Task/1",
        "Get /Task/1",
        "OPTIONS /",
        "TRACE /",
        "CONNECT /Task",
        "PROPFIND /Task",
        "X /Task",
        "GET\0 /Task",
    ] {
        assert!(matches!(get(text), Err(Unplaceable::Method { .. })), "{text}");
    }
    for text in [
        "POST /Task/1",
        "PUT /",
        "DELETE /",
        "PATCH /",
        "POST /metadata",
        "GET /_search",
        "GET /Task/_search",
        "POST /Task/_history",
        "DELETE /Task/1/_history",
        "DELETE /Task/1/_history/2",
        "PUT /Task/1/_history/2",
        "PUT /$x",
        "DELETE /Task/$x",
        "PATCH /Task/1/$x",
        "POST /Patient/1/Task",
        "GET /Patient/1/_search",
        "GET /Patient/1/Task/_search",
        "POST /Patient/1/*",
        "PUT /Task/_search",
        "POST /_history",
    ] {
        assert!(
            matches!(get(text), Err(Unplaceable::MethodForPath { .. })),
            "{text}: {:?}",
            get(text)
        );
    }
}

#[test]
fn paths_that_mean_nothing_are_refused() {
    for text in [
        "GET /task/1",
        "GET /TASK",
        "GET /Nope/1",
        "GET /ProcedureRequest",
        "GET /Task/a_b",
        "GET /Task/a~b",
        "GET /Task/1/_history/a_b",
        "GET /Task/1/2",
        "GET /Task/1/_history/2/3",
        "GET /Task/1/_history/2/$x",
        "GET /Task/1/Task",
        "GET /Group/1/Patient",
        "GET /Patient/1/Nope",
        "GET /Patient/1/task",
        "GET /$",
        "GET /$1",
        "GET /$a$b",
        "GET /$a/b",
        "GET /Task/$a/b",
        "GET /Task/1/$a/b",
        "GET /metadata/x",
        "GET /_history/1",
        "GET /_foo",
        "GET /Task/_foo",
        "GET /*",
        "GET /Task/*",
        "GET /Patient/*/Task",
        "GET /Task/",
        "GET //Task",
        "GET /Task//1",
        "GET /Task/../Patient/1",
        "GET /Task/%2e%2e/Patient",
        "GET /Task/1%2F..%2F2",
        "GET /Task/%31%00",
        "GET /Task;x=y/1",
        "GET /Task/1;x",
        "GET /Task\\1",
        "GET /Task/1%3F",
        "GET /Task/1%23",
        "GET /Task/%2531",
        "GET Task/1",
        "GET /Patient/1/$every%74hing/x",
        "GET /Patient/1/%24everything",
        "GET /Metadata",
        "GET /metadata/",
    ] {
        assert!(get(text).is_err(), "{text}");
    }
    let long = format!("GET /Task/{}", "1".repeat(65));
    assert!(matches!(get(&long), Err(Unplaceable::Id { .. })));
    assert!(get(&format!("GET /Task/{}", "1".repeat(64))).is_ok());
    assert!(get(&format!("GET /${}", "a".repeat(65))).is_err());
}

#[test]
fn types_and_wildcards_belong_to_a_version() {
    let stu3 = |text| read(&Request { version: Version::Stu3, ..line(text) });
    assert!(stu3("GET /ProcedureRequest?status=active").is_ok());
    assert!(stu3("GET /ServiceRequest?status=active").is_err());
    assert!(stu3("GET /Patient/1/*").is_err());
    assert_eq!(
        stu3("GET /Task/1").unwrap().to_input()["action"]["fhir_rest"]["fhir_version"],
        "3.0"
    );
}

#[test]
fn a_body_on_get_or_delete_means_nothing() {
    let with_body = |text| {
        let headers: &[(&str, &[u8])] =
            &[("Content-Type", b"what ever"), ("Content-Encoding", b"gzip")];
        read(&Request { headers, body: pecan_fhir::Body::Whole(b"{"), ..line(text) })
    };
    for text in ["GET /Task/1", "HEAD /Task/1", "DELETE /Task/1", "GET /Patient?name=x"] {
        let request = with_body(text).unwrap();
        assert_eq!(
            (request.content.code(), &request.search),
            ("none", &get(text).unwrap().search),
            "{text}"
        );
    }
}

#[test]
fn reasons_name_what_and_where() {
    for (text, reason) in [
        ("GET /Task/", "path `/Task/` has a slash at its end"),
        ("GET /Nope", "`Nope` is no resource type of this version of fhir, in the path"),
        ("POST /Task/1", "method `POST` has no meaning for `/Task/1`"),
        ("GET /Task?owner=", "parameter `owner` has an empty value"),
        ("GET /Task?a=%zz", "query has a malformed escape near byte 2"),
        ("GET /Task?_METHOD=PUT", "parameter `_METHOD` would override the method"),
        ("GET /Group/1/Patient", "`Group` has no compartment"),
    ] {
        assert_eq!(get(text).unwrap_err().to_string(), reason, "{text}");
    }
}
