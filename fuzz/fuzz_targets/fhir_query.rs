//! Queries and forms: what is read is written in one way, and read again as the same; a form is read as a query is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pecan_fhir::{Body, Request, UnusualKind, Version, read};

const FORM: &[(&str, &[u8])] = &[("content-type", b"application/x-www-form-urlencoded")];

fuzz_target!(|text: &str| {
    let request = Request {
        version: Version::R4,
        bases: &["https://hospital.example/fhir"],
        method: "GET",
        path: "/Observation",
        query: Some(text),
        headers: &[],
        body: Body::Whole(b""),
    };
    let form = Request {
        method: "POST",
        path: "/Observation/_search",
        query: None,
        headers: FORM,
        body: Body::Whole(text.as_bytes()),
        ..request
    };
    let Ok(fhir) = read(&request) else { return };
    let query = fhir.canonical_query();
    // Written in one way it may be longer than a query may be.
    if query.len() <= pecan_fhir::QUERY_BYTES_MAX {
        let again = read(&Request { query: Some(&query), ..request });
        assert_eq!(again.as_ref().map(|again| &again.search), Ok(&fhir.search), "{text}");
    }
    assert_eq!(read(&form).map(|form| form.search), Ok(fhir.search.clone()), "{text}");
    assert!(!fhir.search.unusual.iter().any(|one| one.kind == UnusualKind::UrlAndForm));
    let addition = [("patient".to_owned(), "B|n".to_owned())];
    if let Ok(narrowed) = fhir.narrow(&request, &addition) {
        let again = read(&Request { query: narrowed.query.as_deref(), ..request })
            .expect("a narrowed query");
        assert_eq!(again.search.parameters.len(), fhir.search.parameters.len() + 1, "{text}");
    }
});
