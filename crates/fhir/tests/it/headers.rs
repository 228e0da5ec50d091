//! Header fields.

use pecan_fhir::{Body, FhirRequest, Request, Unplaceable, read};
use serde_json::json;

use crate::fixture::line;

fn with(text: &str, headers: &[(&str, &[u8])]) -> Result<FhirRequest, Unplaceable> {
    read(&Request { headers, ..line(text) })
}

fn create(headers: &[(&str, &[u8])]) -> Result<FhirRequest, Unplaceable> {
    let mut all: Vec<(&str, &[u8])> = vec![("Content-Type", b"application/fhir+json")];
    all.extend(headers);
    read(&Request {
        headers: &all,
        body: Body::Whole(br#"{"resourceType":"Task"}"#),
        ..line("POST /Task")
    })
}

#[test]
fn method_overrides_are_refused_in_any_spelling() {
    for name in [
        "X-HTTP-Method-Override",
        "x-http-method-override",
        "X-HTTP-Method",
        "X-Method-Override",
        "X_HTTP_Method_Override",
        "X.HTTP.Method",
        "x-http_method-override",
        "X_METHOD_OVERRIDE",
    ] {
        for text in ["GET /Task/1", "POST /Task/1/$x"] {
            assert!(
                matches!(with(text, &[(name, b"DELETE")]), Err(Unplaceable::MethodOverride { .. })),
                "{name}"
            );
        }
    }
}

#[test]
fn versions_of_conditions_are_facts() {
    for (name, value, fact) in [
        (
            "If-Match",
            r#"W/"3""#,
            json!({"if_match": "3", "if_none_match": null, "if_none_exist": null}),
        ),
        (
            "if-match",
            r#" "3" "#,
            json!({"if_match": "3", "if_none_match": null, "if_none_exist": null}),
        ),
        ("If-Match", "*", json!({"if_match": "*", "if_none_match": null, "if_none_exist": null})),
        (
            "If-None-Match",
            "*",
            json!({"if_match": null, "if_none_match": "*", "if_none_exist": null}),
        ),
        (
            "If-None-Match",
            r#"W/"1", W/"2""#,
            json!({"if_match": null, "if_none_match": "1,2", "if_none_exist": null}),
        ),
    ] {
        let request = with("DELETE /Task/1", &[(name, value.as_bytes())]).unwrap();
        assert_eq!(request.to_input()["action"]["fhir_rest"]["conditions"], fact, "{name} {value}");
    }
    for value in [
        "3",
        "W/3",
        r#"W/"3"#,
        r#"W/"1", W/"2""#,
        r#"w/"3""#,
        r#"W/"""#,
        r#"W/"a b""#,
        "",
        r#"W/"3","#,
    ] {
        assert!(with("DELETE /Task/1", &[("If-Match", value.as_bytes())]).is_err(), "{value}");
    }
    assert!(with("GET /Task/1", &[("If-None-Match", b"\"any/thing==\"")]).is_ok());
    assert!(with("DELETE /Task/1", &[("If-None-Match", b"\"any/thing==\"")]).is_err());
}

#[test]
fn a_conditional_create_is_a_search_and_a_write() {
    for value in ["identifier=s|1", "?identifier=s|1", "Task?identifier=s%7C1"] {
        let request = create(&[("If-None-Exist", value.as_bytes())]).unwrap();
        let facts = request.to_input()["action"]["fhir_rest"].clone();
        assert_eq!(
            facts["conditions"]["if_none_exist"],
            json!({"identifier": [["s|1"]]}),
            "{value}"
        );
        assert_eq!((&facts["is_conditional"], &facts["search_params"]), (&json!(true), &json!({})));
        let decisions: Vec<_> =
            request.decisions().map(|request| request.interaction.code()).collect();
        assert_eq!(decisions, ["create", "search-type"]);
        assert_eq!(request.implied[0].to_input()["action"]["request"]["path"], "/Task");
    }
    for value in [
        "",
        "?",
        "_count=5",
        "identifier=",
        "Patient?identifier=1",
        "Identifier=1",
        "identifier=%zz",
        "a=1 b",
        "_method=x",
    ] {
        assert!(create(&[("If-None-Exist", value.as_bytes())]).is_err(), "{value}");
    }
}

#[test]
fn a_conditional_write_needs_a_condition() {
    for text in
        ["DELETE /Task", "DELETE /Task?", "DELETE /Task?_count=1", "DELETE /Task?_format=json"]
    {
        assert!(matches!(with(text, &[]), Err(Unplaceable::NoCondition { .. })), "{text}");
    }
    let request = with("DELETE /Task?identifier=1", &[]).unwrap();
    let decisions: Vec<_> = request.decisions().map(|request| request.interaction.code()).collect();
    assert_eq!(decisions, ["delete", "search-type"]);
}

#[test]
fn preferences_are_facts() {
    for (values, returns, handling) in [
        (&["return=representation"][..], json!("representation"), json!(null)),
        (&["RETURN=Representation"], json!("representation"), json!(null)),
        (
            &["respond-async, return=\"representation\"; foo=bar"],
            json!("representation"),
            json!(null),
        ),
        (&["return=minimal", "return=representation"], json!("representation"), json!(null)),
        (&["return=representation", "return=minimal"], json!("representation"), json!(null)),
        (&["return=minimal"], json!("minimal"), json!(null)),
        (&["return=OperationOutcome"], json!("OperationOutcome"), json!(null)),
        (&["handling=strict"], json!(null), json!("strict")),
        (&["handling=strict, handling=lenient"], json!(null), json!("lenient")),
        (&["handling=lenient", "handling=strict"], json!(null), json!("lenient")),
        (&["foo; handling=strict"], json!(null), json!("lenient")),
        (&["foo=\"a, handling=strict\""], json!(null), json!("lenient")),
        (&["return=what"], json!(null), json!(null)),
        (&[], json!(null), json!(null)),
    ] {
        let headers: Vec<(&str, &[u8])> =
            values.iter().map(|value| ("Prefer", value.as_bytes())).collect();
        let facts = create(&headers).unwrap().to_input()["action"]["fhir_rest"].clone();
        assert_eq!(facts["returns_representation"], returns == "representation", "{values:?}");
        assert_eq!(
            (&facts["prefer"]["return"], &facts["prefer"]["handling"]),
            (&returns, &handling),
            "{values:?}"
        );
    }
}

#[test]
fn accept_tells_the_format() {
    for (value, asks_other) in [
        ("application/fhir+json", false),
        ("application/fhir+json;fhirVersion=4.0, */*;q=0.1", false),
        ("Application/JSON", false),
        ("application/fhir+xml", true),
        ("application/fhir+json, application/fhir+xml;q=0.1", true),
        ("text/html", true),
        ("application/pdf", true),
        ("", false),
    ] {
        let request = with("GET /Task/1", &[("Accept", value.as_bytes())]).unwrap();
        assert_eq!(request.asks_other_format, asks_other, "{value}");
    }
}

#[test]
fn fields_that_are_there_twice_or_in_an_alias_are_refused() {
    for headers in [
        &[("Content-Type", &b"application/json"[..]), ("content-type", b"application/json")][..],
        &[("If-Match", b"\"1\""), ("If-Match", b"\"1\"")],
        &[("If-None-Exist", b"a=1"), ("If-None-Exist", b"a=1")],
        &[("Content_Type", b"application/json")],
        &[("If_None_Exist", b"a=1")],
        &[("If.Match", b"\"1\"")],
        &[("Content-Encoding", b"identity"), ("Content-Encoding", b"gzip")],
        &[("Prefer", b"return=\xff")],
        &[("If-None-Exist", "a=\u{e9}".as_bytes())],
        &[("Accept", b"application/json\r\nX: y")],
        &[("Accept", b"\0")],
    ] {
        assert!(
            matches!(with("GET /Task/1", headers), Err(Unplaceable::Header { .. })),
            "{headers:?}"
        );
    }
    let long = vec![b'a'; 10_000];
    assert!(with("GET /Task/1", &[("Prefer", &long)]).is_err());
    assert!(with("GET /Task/1", &[("X-Other", b"\xff"), ("X-Other", &long), ("x_y", b"")]).is_ok());
}

#[test]
fn fields_that_were_read_are_told_and_no_others() {
    let headers: &[(&str, &[u8])] = &[
        ("Accept", b"application/json"),
        ("Authorization", b"Bearer secret"),
        ("Cookie", b"secret"),
        ("DPoP", b"secret"),
        ("Prefer", b"a"),
        ("Prefer", b"b"),
    ];
    let input = with("GET /Task/1", headers).unwrap().to_input();
    assert_eq!(
        input["action"]["request"]["header"],
        json!({"accept": ["application/json"], "prefer": ["a", "b"]})
    );
}
