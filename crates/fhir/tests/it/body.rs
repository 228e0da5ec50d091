//! Bodies and their media types.

use pecan_fhir::{Body, FhirRequest, Request, Unplaceable, read};

use crate::fixture::{json, line};

const TASK: &[u8] = br#"{"resourceType":"Task","id":"1","status":"accepted"}"#;

fn with(
    text: &str,
    content_type: Option<&str>,
    body: Body<'_>,
) -> Result<FhirRequest, Unplaceable> {
    let header = content_type.map(|content_type| ("Content-Type", content_type.as_bytes()));
    read(&Request { headers: header.as_slice(), body, ..line(text) })
}

#[test]
fn a_search_by_form_needs_the_type_of_a_form() {
    for content_type in [
        "application/x-www-form-urlencoded",
        "Application/X-WWW-Form-Urlencoded",
        "application/x-www-form-urlencoded; charset=utf-8",
        "application/x-www-form-urlencoded;charset=\"UTF-8\"",
    ] {
        for body in [&b"name=x"[..], b""] {
            assert!(
                with("POST /Patient/_search", Some(content_type), Body::Whole(body)).is_ok(),
                "{content_type}"
            );
        }
    }
    for content_type in [
        None,
        Some(""),
        Some("x-www-form-urlencoded"),
        Some("/x-www-form-urlencoded"),
        Some("application/x-www-form-urlencoded, text/plain"),
        Some("application/x-www-form-urlencoded; charset=utf-16"),
        Some("application/x-www-form-urlencoded; charset=iso-8859-1"),
        Some("application/x-www-form-urlencoded; charset"),
        Some("application/x-www-form-urlencoded;"),
        Some("application/fhir+json"),
        Some("multipart/form-data; boundary=x"),
        Some("text/plain"),
        Some("application/x-www-form-urlencoded\u{e9}"),
    ] {
        for body in [&b"name=x"[..], b""] {
            let read = with("POST /Patient/_search?name=x", content_type, Body::Whole(body));
            assert!(
                matches!(read, Err(Unplaceable::ContentType { .. } | Unplaceable::Header { .. })),
                "{content_type:?}"
            );
        }
    }
    for body in [Body::Untold, Body::TooLarge] {
        let read =
            with("POST /Patient/_search?name=x", Some("application/x-www-form-urlencoded"), body);
        assert!(matches!(read, Err(Unplaceable::BodyNeeded { .. })));
    }
    assert!(
        with(
            "POST /Patient/_search",
            Some("application/x-www-form-urlencoded"),
            Body::Whole(b"a=\xff")
        )
        .is_err()
    );
}

#[test]
fn what_is_known_of_the_content_is_told() {
    for (text, content_type, body, code) in [
        ("PUT /Task/1", Some("application/fhir+json"), Body::Whole(TASK), "json"),
        ("PUT /Task/1", Some("application/json+fhir"), Body::Whole(TASK), "json"),
        ("PUT /Task/1", Some("application/json"), Body::Whole(TASK), "json"),
        ("PUT /Task/1", Some("application/fhir+xml"), Body::Whole(b"<Task/>"), "xml"),
        ("PUT /Task/1", Some("text/xml"), Body::Whole(b"<Task/>"), "xml"),
        ("PUT /Task/1", None, Body::Untold, "untold"),
        ("PUT /Task/1", None, Body::TooLarge, "too_large"),
        ("PUT /Binary/1", Some("application/pdf"), Body::Whole(b"%PDF"), "bytes"),
        ("PATCH /Task/1", Some("application/json-patch+json"), Body::Whole(b"[]"), "json"),
        ("PATCH /Task/1", Some("application/xml-patch+xml"), Body::Whole(b"<diff/>"), "xml"),
        (
            "PATCH /Task/1",
            Some("application/fhir+json"),
            Body::Whole(br#"{"resourceType":"Parameters"}"#),
            "json",
        ),
        ("POST /Patient/1/$everything", None, Body::Whole(b""), "none"),
    ] {
        let request = with(text, content_type, body).unwrap();
        assert_eq!(request.content.code(), code, "{text} {content_type:?}");
        assert_eq!(request.to_input()["action"]["fhir_rest"]["content"], code);
        assert_eq!(
            request.to_input()["resource"]["content"].is_null(),
            code != "json",
            "{text} {content_type:?}"
        );
    }
}

#[test]
fn bodies_that_cannot_be_judged_are_refused() {
    for (text, content_type, body) in [
        ("PUT /Task/1", None, Body::Whole(TASK)),
        ("PUT /Task/1", Some("text/plain"), Body::Whole(TASK)),
        ("PUT /Task/1", Some("application/fhir+turtle"), Body::Whole(TASK)),
        ("PUT /Task/1", Some("application/json-patch+json"), Body::Whole(b"[]")),
        ("PUT /Task/1", Some("application/fhir+json; charset=utf-16"), Body::Whole(TASK)),
        ("PUT /Task/1", Some("application/fhir+json"), Body::Whole(b"")),
        ("PUT /Task/1", Some("application/fhir+json"), Body::Whole(b"\xef\xbb\xbf{}")),
        ("POST /Binary", Some("application/x-www-form-urlencoded"), Body::Whole(b"a=b")),
        ("PATCH /Binary/1", Some("application/pdf"), Body::Whole(b"x")),
        ("PATCH /Task/1", Some("application/merge-patch+json"), Body::Whole(b"{}")),
        ("PATCH /Task/1", Some("application/json-patch+json"), Body::Whole(b"{}")),
        ("PATCH /Task/1", Some("application/fhir+json"), Body::Whole(TASK)),
        ("PATCH /Task/1", Some("application/fhir+json"), Body::Whole(b"[]")),
        ("POST /Patient/$match", Some("application/fhir+xml"), Body::Whole(b"<x/>")),
        ("POST /Patient/$match", Some("text/plain"), Body::Whole(b"x")),
        ("POST /Patient/$match", None, Body::Whole(b"{}")),
        ("POST /Patient/$match", None, Body::Untold),
        ("POST /Patient/$match", None, Body::TooLarge),
        ("POST /", Some("application/fhir+json"), Body::Untold),
        ("POST /", Some("application/fhir+json"), Body::TooLarge),
        ("POST /", Some("application/fhir+json"), Body::Whole(b"")),
        ("POST /", Some("application/fhir+xml"), Body::Whole(b"<Bundle/>")),
        ("POST /", Some("application/x-www-form-urlencoded"), Body::Whole(b"a=b")),
    ] {
        assert!(with(text, content_type, body).is_err(), "{text} {content_type:?}");
    }
}

#[test]
fn a_resource_fits_the_path_and_names_nothing_twice() {
    for (text, body) in [
        ("PUT /Task/1", r#"{"resourceType":"Patient","id":"1"}"#),
        ("PUT /Task/1", r#"{"resourceType":"task","id":"1"}"#),
        ("PUT /Task/1", r#"{"resourceType":"Task","id":"2"}"#),
        ("PUT /Task/1", r#"{"resourceType":"Task","id":1}"#),
        (
            "PUT /Task/1",
            r#"{"resourceType":"Task","id":"1","status":"accepted","status":"completed"}"#,
        ),
        ("PUT /Task/1", r#"{"resourceType":"Task","id":"1","a":{"b":1,"b":2}}"#),
        ("PUT /Task/1", r#"{"resourceType":"Task","resourceType":"Task","id":"1"}"#),
        ("PUT /Task/1", r#"{"id":"1"}"#),
        ("PUT /Task/1", "[]"),
        ("POST /Task", r#"{"resourceType":"Patient"}"#),
        ("POST /Task", "null"),
        ("POST /Task", r#"{"resourceType":"Task"} {}"#),
    ] {
        assert!(json(text, body).is_err(), "{text} {body}");
    }
    assert!(json("POST /Task", r#"{"resourceType":"Task","id":"x"}"#).is_ok());
    let deep = format!(r#"{{"resourceType":"Task","a":{}1{}}}"#, "[".repeat(100), "]".repeat(100));
    assert!(json("POST /Task", &deep).is_err());
    let large =
        format!(r#"{{"resourceType":"Task","a":"{}"}}"#, "x".repeat(pecan_fhir::BODY_BYTES_MAX));
    assert!(json("POST /Task", &large).is_err());
}

#[test]
fn an_encoded_body_is_refused() {
    for (encoding, is_read) in
        [("gzip", false), ("br", false), ("gzip, identity", false), ("identity", true), ("", false)]
    {
        let headers: &[(&str, &[u8])] =
            &[("Content-Type", b"application/json"), ("Content-Encoding", encoding.as_bytes())];
        let request = Request { headers, body: Body::Whole(TASK), ..line("PUT /Task/1") };
        assert_eq!(read(&request).is_ok(), is_read, "{encoding}");
        let form: &[(&str, &[u8])] = &[
            ("Content-Type", b"application/x-www-form-urlencoded"),
            ("Content-Encoding", encoding.as_bytes()),
        ];
        let request =
            Request { headers: form, body: Body::Whole(b"a=b"), ..line("POST /Task/_search") };
        assert_eq!(read(&request).is_ok(), is_read, "{encoding}");
    }
}
