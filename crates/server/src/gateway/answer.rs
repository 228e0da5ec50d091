//! Answers of the dialects in which the status decides and headers carry the rest.

use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode, header};
use pecan_node::gateway::{Allowed, Body, Decision, Denied, Outcome, Question, Refusal};
use serde_json::Value;

use super::base64;
use super::body::is_announced;
use super::gate::Asker;
use super::question::Unreadable;
use super::refused::{Refused, accepts_fhir};
use crate::respond::json::write;

/// The query to use from now on: narrowed, or the client's own. For gateways that are registered to use it.
pub(crate) const QUERY: &str = "x-pecan-query";

/// The body to use instead of the client's own.
pub(crate) const NARROWED_BODY: &str = "x-pecan-body";

/// Other obligations: base64 of a JSON object, empty if there are none.
pub(crate) const OBLIGATIONS: &str = "x-pecan-obligations";

/// Under which id the log tells more.
pub(crate) const DECISION_ID: &str = "x-pecan-decision-id";

/// The most bytes of a body that fit into a header.
const BODY_IN_HEADER_MAX: usize = 4096;

/// A header that a gateway is to set.
pub(crate) type Field = (HeaderName, HeaderValue);

/// Decides, and answers by status: 200, 401 or 403.
pub(crate) async fn by_status(
    asker: &Asker,
    parts: &Parts,
    question: Result<Question, Unreadable>,
) -> Response {
    let query = question.as_ref().map(|question| query_of(&question.target).to_owned());
    let query = query.unwrap_or_default();
    let was_read = question.as_ref().is_ok_and(|question| has_body(&question.body));
    let decision = asker.decide(question).await;
    let mut response = match instructions(asker, &decision, &query) {
        Ok(fields) => {
            let mut response = StatusCode::OK.into_response();
            response.headers_mut().extend(fields);
            response
        }
        Err(refusal) => refused(&decision, &refusal, parts),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if is_announced(parts) && !was_read {
        // What is left of a body would be read as the next request.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// The headers that go with a request that may pass, all of them on every request.
///
/// SECURITY: one that cannot be written is a refusal: without it, the client's own copy would reach the service behind.
pub(crate) fn instructions(
    asker: &Asker,
    decision: &Decision,
    query: &str,
) -> Result<Vec<Field>, Refusal> {
    let allowed = match &decision.outcome {
        Outcome::Allow(allowed) => allowed,
        Outcome::Deny(Denied { refusal, .. }) => return Err(refusal.clone()),
    };
    let mut fields = identity(allowed).ok_or_else(|| unwritable(&decision.id))?;
    fields.extend(obligations(asker, allowed, query).ok_or_else(|| unwritable(&decision.id))?);
    Ok(fields)
}

/// Who asks.
pub(crate) fn identity(allowed: &Allowed) -> Option<Vec<Field>> {
    allowed.identity.headers.iter().map(|(name, value)| field(name, value)).collect()
}

fn has_body(body: &Body) -> bool {
    matches!(body, Body::Whole(bytes) if !bytes.is_empty())
}

/// The part of a target behind its first question mark.
pub(crate) fn query_of(target: &str) -> &str {
    target.split_once('?').map_or("", |(_, query)| query)
}

/// SECURITY: a narrowing that cannot be told must not be forgotten.
pub(crate) fn unwritable(id: &str) -> Refusal {
    tracing::error!(decision.id = id, "allowed, but its headers cannot be written: refused");
    Refusal::Forbidden
}

fn obligations(asker: &Asker, allowed: &Allowed, query: &str) -> Option<Vec<Field>> {
    let abilities = &asker.registration.abilities;
    let mut fields = Vec::new();
    let narrowed = allowed.narrowing.as_ref();
    let narrowed_query = narrowed.and_then(|narrowing| narrowing.query.as_deref());
    if abilities.narrows_query {
        fields.push(field(QUERY, narrowed_query.unwrap_or(query))?);
    } else if narrowed_query.is_some() {
        return None;
    }
    if let Some(body) = narrowed.and_then(|narrowing| narrowing.body.as_ref()) {
        let fits = abilities.narrows_body && body.len() <= BODY_IN_HEADER_MAX;
        fields.push(field(NARROWED_BODY, std::str::from_utf8(body).ok().filter(|_| fits)?)?);
    }
    fields.extend(other_obligations(asker, allowed)?);
    Some(fields)
}

/// What is to be done besides, in a field that is always set where there can be any.
pub(crate) fn other_obligations(asker: &Asker, allowed: &Allowed) -> Option<Vec<Field>> {
    if !asker.registration.abilities.obligations.is_empty() {
        return Some(vec![field(OBLIGATIONS, &encoded(&allowed.obligations)?)?]);
    }
    allowed.obligations.is_empty().then(Vec::new)
}

/// An object as base64 of its JSON; an empty one as nothing.
fn encoded(object: &serde_json::Map<String, Value>) -> Option<String> {
    if object.is_empty() {
        return Some(String::new());
    }
    serde_json::to_vec(object).ok().map(|bytes| base64::encode(&bytes))
}

fn field(name: &str, value: &str) -> Option<Field> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    // Printable ASCII, and nothing else, is read alike everywhere.
    let is_plain = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    is_plain.then(|| HeaderValue::from_str(value).ok()).flatten().map(|value| (name, value))
}

fn refused(decision: &Decision, refusal: &Refusal, parts: &Parts) -> Response {
    let accept = parts.headers.get_all(header::ACCEPT).iter();
    let refused = Refused::new(refusal, accepts_fhir(accept.map(HeaderValue::as_bytes)));
    let body = write(&refused.body).expect("values are always writable");
    let mut response = (refused.status, body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    for (name, value) in refused.headers() {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.append(name, value);
        }
    }
    headers.extend(field(DECISION_ID, &decision.id));
    response
}
