//! From a message of Envoy to what it tells.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Method;
use pecan_node::gateway::{Body, Registration};

use super::super::body::BODY_BYTES_MAX;
use super::super::envoy::Check;
use super::super::question::{Unreadable, find_one, is};
use super::super::refused;
use super::generated::envoy::config::core::v3::HeaderMap;
use super::generated::envoy::service::auth::v3::CheckRequest;
use super::generated::envoy::service::auth::v3::attribute_context::HttpRequest;

/// Fields whose values have no comma of their own: with one, there were two of them.
const SINGLE: [&str; 5] = ["authorization", "dpop", "host", "content-type", "content-encoding"];

/// What Envoy tells.
pub(super) fn read(gateway: &Registration, message: CheckRequest) -> Result<Check, Unreadable> {
    let attributes = message.attributes.ok_or_else(|| missing("attributes"))?;
    let http = attributes.request.and_then(|request| request.http);
    let mut http = http.ok_or_else(|| missing("attributes.request.http"))?;
    let headers = headers(&mut http)?;
    let body = body(gateway, &mut http, &headers)?;
    let text = |text: String| (!text.is_empty()).then_some(text);
    Ok(Check {
        method: text(http.method).ok_or_else(|| missing("method"))?,
        target: text(http.path).ok_or_else(|| missing("path"))?,
        scheme: text(http.scheme),
        authority: text(http.host),
        protocol: text(http.protocol),
        headers,
        body,
        peer_certificate: attributes.source.and_then(|source| text(source.certificate)),
        extensions: attributes.context_extensions.into_iter().collect::<BTreeMap<_, _>>(),
    })
}

/// Whether the client reads FHIR.
pub(super) fn accepts_fhir(check: &Check) -> bool {
    let accept = check.headers.iter().filter(|(name, _)| is(name, "accept"));
    refused::accepts_fhir(accept.map(|(_, value)| &**value))
}

fn missing(name: &str) -> Unreadable {
    Unreadable::Missing(name.to_owned())
}

fn headers(http: &mut HttpRequest) -> Result<Vec<(String, Bytes)>, Unreadable> {
    let joined = std::mem::take(&mut http.headers);
    let mut fields: Vec<(String, Bytes)> = match http.header_map.take() {
        // SECURITY: two lists could tell two things.
        Some(_) if !joined.is_empty() => return Err(Unreadable::Repeated("headers".to_owned())),
        Some(HeaderMap { headers }) => {
            let field = headers.into_iter().map(|field| {
                let value = if field.raw_value.is_empty() {
                    field.value.into()
                } else {
                    field.raw_value.into()
                };
                (field.key, value)
            });
            field.collect()
        }
        None => joined.into_iter().map(|(name, value)| (name, value.into())).collect(),
    };
    // Pseudo-header fields of HTTP/2 are told apart from these.
    fields.retain(|(name, _)| !name.starts_with(':'));
    for (name, value) in &fields {
        if SINGLE.iter().any(|single| is(name, single)) && value.contains(&b',') {
            return Err(Unreadable::Repeated(name.clone()));
        }
    }
    Ok(fields)
}

/// The body; what is shorter than it was announced was cut.
fn body(
    gateway: &Registration,
    http: &mut HttpRequest,
    headers: &[(String, Bytes)],
) -> Result<Body, Unreadable> {
    let (raw, text) = (std::mem::take(&mut http.raw_body), std::mem::take(&mut http.body));
    if !gateway.abilities.tells_body {
        return Ok(Body::Untold);
    }
    if [Method::GET.as_str(), Method::HEAD.as_str()].contains(&http.method.as_str()) {
        return Ok(Body::Whole(Bytes::new()));
    }
    let body: Bytes = match (raw.is_empty(), text.is_empty()) {
        (true, _) => text.into(),
        (false, true) => raw.into(),
        (false, false) => return Err(Unreadable::Repeated("body".to_owned())),
    };
    let announced = find_one(headers, "content-length")?.map(str::parse::<usize>);
    match announced {
        Some(Err(_)) => Err(Unreadable::Malformed("content-length".to_owned())),
        Some(Ok(length)) if length != body.len() => Ok(Body::TooLarge),
        Some(Ok(_)) | None if body.len() > BODY_BYTES_MAX => Ok(Body::TooLarge),
        Some(Ok(_)) | None => Ok(Body::Whole(body)),
    }
}
