//! What the shapes tell, as a question.

use bytes::Bytes;
use pecan_node::gateway::{Body, Registration};
use serde_json::{Map, Value};

use super::shape::Shape;
use super::target::{PathForm, join};
use crate::gateway::body::BODY_BYTES_MAX;
use crate::gateway::question::{Told, Unreadable, find_one, is};
use crate::gateway::refused;

/// The most header fields that are told. APISIX and Kong stop at a hundred and do not say so.
const HEADERS_MAX: usize = 99;

/// What a gateway tells of a request.
pub(super) fn told(
    gateway: &Registration,
    shape: Shape,
    input: &Map<String, Value>,
) -> Result<Told, Unreadable> {
    let request = shape.request(input).ok_or_else(|| malformed("request"))?;
    let headers = headers(request.get("headers").or_else(|| request.get("header")))?;
    let (path, query, form) = match shape {
        Shape::Apisix => ("path", "query", PathForm::Decoded),
        Shape::Kong => ("path", "querystring", PathForm::Raw),
        Shape::Knooppunt => ("path", "query", PathForm::Raw),
        Shape::Pxp => ("path", "query", PathForm::WithQuery),
        Shape::Hackathon => ("uri", "query", PathForm::WithQuery),
    };
    let path = text(request, path)?.ok_or_else(|| Unreadable::Missing(path.to_owned()))?;
    let method =
        text(request, "method")?.ok_or_else(|| Unreadable::Missing("method".to_owned()))?;
    Ok(Told {
        method: method.to_owned(),
        scheme: text(request, "scheme")?.map(str::to_owned),
        // Ports are those on which gateways listen; what the client asked for is in its own field.
        authority: match find_one(&headers, "host")? {
            Some(host) if !host.is_empty() => Some(host.to_owned()),
            _ => text(request, "host")?.filter(|host| !host.is_empty()).map(str::to_owned),
        },
        target: join(path, form, request.get(query))?,
        body: body(gateway, request, &headers)?,
        headers,
        own_headers: Vec::new(),
        introspection: introspection(shape, input)?,
        context: context(shape, input),
    })
}

/// Whether the client reads FHIR.
pub(super) fn accepts_fhir(told: &Told) -> bool {
    let accept = told.headers.iter().filter(|(name, _)| is(name, "accept"));
    refused::accepts_fhir(accept.map(|(_, value)| value.as_ref()))
}

fn malformed(name: &str) -> Unreadable {
    Unreadable::Malformed(name.to_owned())
}

/// A member that is a text; `None` if it is not there.
fn text<'v>(object: &'v Map<String, Value>, name: &str) -> Result<Option<&'v str>, Unreadable> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(malformed(name)),
    }
}

/// An object of texts or of lists of texts.
pub(in crate::gateway) fn headers(
    value: Option<&Value>,
) -> Result<Vec<(String, Bytes)>, Unreadable> {
    let object = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        // Lua cannot tell an empty table from an empty list.
        Some(Value::Array(list)) if list.is_empty() => return Ok(Vec::new()),
        Some(Value::Object(object)) => object,
        Some(_) => return Err(malformed("headers")),
    };
    let mut all = Vec::with_capacity(object.len());
    for (name, value) in object {
        let values = match value {
            Value::Null => &[],
            Value::Array(list) => list.as_slice(),
            one => std::slice::from_ref(one),
        };
        for value in values {
            let text = value.as_str().ok_or_else(|| malformed(name))?;
            all.push((name.clone(), Bytes::copy_from_slice(text.as_bytes())));
        }
    }
    if all.len() > HEADERS_MAX {
        return Err(Unreadable::TooManyHeaders(HEADERS_MAX));
    }
    Ok(all)
}

fn body(
    gateway: &Registration,
    request: &Map<String, Value>,
    headers: &[(String, Bytes)],
) -> Result<Body, Unreadable> {
    if !gateway.abilities.tells_body {
        return Ok(Body::Untold);
    }
    let size = request.get("body_size").and_then(Value::as_u64);
    let Some(text) = text(request, "body")? else {
        // Kong leaves out what it did not keep in memory, and tells its size; others say nothing.
        let is_cut = size.is_some_and(|size| size > 0) || announces_body(headers);
        return Ok(if is_cut { Body::TooLarge } else { Body::Whole(Bytes::new()) });
    };
    let is_other = size.is_some_and(|size| usize::try_from(size) != Ok(text.len()));
    if is_other || text.len() > BODY_BYTES_MAX {
        return Ok(Body::TooLarge);
    }
    Ok(Body::Whole(Bytes::copy_from_slice(text.as_bytes())))
}

fn announces_body(headers: &[(String, Bytes)]) -> bool {
    headers.iter().any(|(name, value)| {
        is(name, "transfer-encoding") || (is(name, "content-length") && value.as_ref() != b"0")
    })
}

/// Where a shape has a place of its own for it; elsewhere it is in `X-Userinfo`.
fn introspection(
    shape: Shape,
    input: &Map<String, Value>,
) -> Result<Option<Map<String, Value>>, Unreadable> {
    let name = match shape {
        Shape::Knooppunt => "subject",
        Shape::Hackathon => "introspectionResult",
        Shape::Apisix | Shape::Kong | Shape::Pxp => return Ok(None),
    };
    match input.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(claims)) => Ok(Some(claims.clone())),
        Some(_) => Err(malformed(name)),
    }
}

fn context(shape: Shape, input: &Map<String, Value>) -> Map<String, Value> {
    let context = match shape {
        Shape::Knooppunt => input.get("context").and_then(Value::as_object),
        Shape::Apisix | Shape::Kong | Shape::Hackathon | Shape::Pxp => None,
    };
    context.cloned().unwrap_or_default()
}
