//! Requests in few words.

use pecan_fhir::{Body, FhirRequest, Request, Unplaceable, UnusualKind, Version, read};

/// The base of the server.
pub(crate) const BASE: &str = "https://hospital.example/fhir";

/// `METHOD /path?query`, to an R4 server, without a body.
pub(crate) fn line(text: &str) -> Request<'_> {
    let (method, target) = text.split_once(' ').unwrap();
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let body = Body::Whole(b"");
    Request { version: Version::R4, bases: &[BASE], method, path, query, headers: &[], body }
}

/// What a request without a body means.
pub(crate) fn get(text: &str) -> Result<FhirRequest, Unplaceable> {
    read(&line(text))
}

/// What a search by form means.
pub(crate) fn form(text: &str, form: &str) -> Result<FhirRequest, Unplaceable> {
    let headers: &[(&str, &[u8])] = &[("content-type", b"application/x-www-form-urlencoded")];
    read(&Request { headers, body: Body::Whole(form.as_bytes()), ..line(text) })
}

/// What a request with a JSON body means.
pub(crate) fn json(text: &str, body: &str) -> Result<FhirRequest, Unplaceable> {
    let headers: &[(&str, &[u8])] = &[("Content-Type", b"application/fhir+json; charset=UTF-8")];
    read(&Request { headers, body: Body::Whole(body.as_bytes()), ..line(text) })
}

/// What is out of the ordinary in a request.
pub(crate) fn unusual(request: &FhirRequest) -> Vec<UnusualKind> {
    request.search.unusual.iter().map(|one| one.kind).collect()
}
