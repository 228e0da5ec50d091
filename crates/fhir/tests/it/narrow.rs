//! Narrowing.

use pecan_fhir::{Addition, Body, CannotNarrow, Narrowed, Request, read};

use crate::fixture::line;

const FORM: &[(&str, &[u8])] = &[("Content-Type", b"application/x-www-form-urlencoded")];
const JSON: &[(&str, &[u8])] = &[("Content-Type", b"application/fhir+json")];

fn additions(list: &[(&str, &str)]) -> Vec<Addition> {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn narrow(request: &Request<'_>, list: &[(&str, &str)]) -> Result<Narrowed, CannotNarrow> {
    read(request).unwrap().narrow(request, &additions(list))
}

#[test]
fn conditions_are_repetitions_at_the_end() {
    for (text, query) in [
        ("GET /Condition", "patient=B%7Cn"),
        ("GET /Condition?", "patient=B%7Cn"),
        ("GET /Condition?code=a%2Cb", "code=a%2Cb&patient=B%7Cn"),
        ("GET /Condition?patient=2", "patient=2&patient=B%7Cn"),
        ("GET /Observation/$lastn?code=a", "code=a&patient=B%7Cn"),
        ("POST /Observation/$lastn?code=a", "code=a&patient=B%7Cn"),
        ("GET /Patient/1/Condition", "patient=B%7Cn"),
    ] {
        let narrowed = narrow(&line(text), &[("patient", "B|n")]).unwrap();
        assert_eq!(narrowed, Narrowed { query: Some(query.to_owned()), body: None }, "{text}");
    }
}

#[test]
fn a_search_by_form_is_narrowed_in_its_form() {
    let request = Request {
        headers: FORM,
        body: Body::Whole(b"name=x"),
        ..line("POST /Patient/_search?a=b")
    };
    let narrowed = narrow(&request, &[("identifier", "B|n"), ("owner", "a,b")]).unwrap();
    assert_eq!(narrowed.query, None);
    assert_eq!(narrowed.body.as_deref(), Some(&b"name=x&identifier=B%7Cn&owner=a,b"[..]));
}

#[test]
fn what_cannot_be_narrowed_is_told() {
    for text in [
        "GET /Patient/1",
        "GET /Patient/1/_history",
        "GET /metadata",
        "DELETE /Task?identifier=1",
        "DELETE /Task/1",
    ] {
        assert!(
            matches!(narrow(&line(text), &[("a", "b")]), Err(CannotNarrow::Interaction { .. })),
            "{text}"
        );
    }
    for (name, value) in [
        ("_include", "*"),
        ("_revinclude:iterate", "*"),
        ("_count", "1"),
        ("_elements", "id"),
        ("", "x"),
        ("_summary", "count"),
        ("_type", "Task"),
    ] {
        assert!(
            matches!(
                narrow(&line("GET /Task?a=b"), &[(name, value)]),
                Err(CannotNarrow::Name { .. })
            ),
            "{name}"
        );
    }
    for (name, value) in
        [("patient", ""), ("patient", "1,"), ("Patient", "1"), ("_method", "PUT"), ("a", "x\ny")]
    {
        assert!(
            matches!(
                narrow(&line("GET /Task?a=b"), &[(name, value)]),
                Err(CannotNarrow::Unplaceable { .. })
            ),
            "{name}={value}"
        );
    }
    let request = Request {
        headers: JSON,
        body: Body::Whole(br#"{"resourceType":"Parameters"}"#),
        ..line("POST /Observation/$lastn")
    };
    assert_eq!(narrow(&request, &[("a", "b")]), Err(CannotNarrow::Parameters));
    assert_eq!(narrow(&line("GET /Task?a=b"), &[("a", "b"); 33]), Err(CannotNarrow::TooMany));
}

#[test]
fn entries_of_a_bundle_are_narrowed_one_by_one_and_nothing_else_changes() {
    let body = r#"{"resourceType":"Bundle", "type":"batch", "entry":[ {"request":{"method":"GET","url":"Condition"}},
        {"request":{"url": "Observation?code=\u0061" ,"method":"GET"}}, {"request":{"method":"POST","url":"Task"},"resource":{"resourceType":"Task","x":1.50}} ]}"#;
    let request = Request { headers: JSON, body: Body::Whole(body.as_bytes()), ..line("POST /") };
    let fhir = read(&request).unwrap();
    let narrowed = fhir
        .narrow_entries(
            &request,
            &[(0, additions(&[("patient", "1")])), (1, additions(&[("patient", "B|n")]))],
        )
        .unwrap();
    let expected = body
        .replace(r#""Condition""#, r#""Condition?patient=1""#)
        .replace(r#""Observation?code=\u0061""#, r#""Observation?code=a&patient=B%7Cn""#);
    assert_eq!(String::from_utf8(narrowed.body.unwrap()).unwrap(), expected);
    for (index, reason) in [(2, "create cannot be narrowed"), (3, "the bundle has no entry 3")] {
        let error =
            fhir.narrow_entries(&request, &[(index, additions(&[("patient", "1")]))]).unwrap_err();
        assert_eq!(error.to_string(), reason);
    }
    assert!(matches!(
        fhir.narrow(&request, &additions(&[("a", "b")])),
        Err(CannotNarrow::Interaction { .. })
    ));
}
