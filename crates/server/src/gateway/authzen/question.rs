//! An evaluation as a question about a request of a client.

use bytes::Bytes;
use pecan_node::gateway::{Body, Registration};
use serde_json::{Map, Value};

use crate::gateway::body::BODY_BYTES_MAX;
use crate::gateway::opa::headers;
use crate::gateway::question::{Told, Unreadable, find_one};

/// Members of `context` that are facts of the request, and not for policies.
const FACTS: [&str; 3] = ["headers", "body", "scheme"];

/// What an evaluation tells of a request.
pub(super) fn told(gateway: &Registration, document: &Value) -> Result<Told, Unreadable> {
    let resource = document.get("resource").ok_or_else(|| missing("resource"))?;
    let properties = resource.get("properties");
    let property = |name: &str| properties.and_then(|all| all.get(name)).and_then(Value::as_str);
    let method = text(document, "/action/name")?.ok_or_else(|| missing("action.name"))?;
    let target = property("uri").or_else(|| resource.get("id").and_then(Value::as_str));
    let target =
        target.filter(|target| !target.is_empty()).ok_or_else(|| missing("resource.id"))?;
    let context = match document.get("context") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(context)) => context.clone(),
        Some(_) => return Err(Unreadable::Malformed("context".to_owned())),
    };
    let headers = headers(context.get("headers"))?;
    let host = find_one(&headers, "host")?.filter(|host| !host.is_empty());
    Ok(Told {
        method: method.to_owned(),
        scheme: property("scheme").map(str::to_owned),
        authority: host.or_else(|| property("hostname")).map(str::to_owned),
        target: target.to_owned(),
        body: body(gateway, &context)?,
        headers,
        own_headers: Vec::new(),
        introspection: introspection(document)?,
        context: context.into_iter().filter(|(name, _)| !FACTS.contains(&name.as_str())).collect(),
    })
}

fn missing(name: &str) -> Unreadable {
    Unreadable::Missing(name.to_owned())
}

fn text<'v>(document: &'v Value, pointer: &str) -> Result<Option<&'v str>, Unreadable> {
    match document.pointer(pointer) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Unreadable::Malformed(pointer.to_owned())),
    }
}

fn body(gateway: &Registration, context: &Map<String, Value>) -> Result<Body, Unreadable> {
    if !gateway.abilities.tells_body {
        return Ok(Body::Untold);
    }
    match context.get("body") {
        // A protocol without a place for bodies does not say that there is none.
        None | Some(Value::Null) => Ok(Body::Untold),
        Some(Value::String(text)) if text.len() > BODY_BYTES_MAX => Ok(Body::TooLarge),
        Some(Value::String(text)) => Ok(Body::Whole(Bytes::copy_from_slice(text.as_bytes()))),
        Some(_) => Err(Unreadable::Malformed("context.body".to_owned())),
    }
}

/// What a gateway that introspected says of the token: the properties of the subject, if they are an introspection answer.
fn introspection(document: &Value) -> Result<Option<Map<String, Value>>, Unreadable> {
    match document.pointer("/subject/properties") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(claims)) => Ok(claims.contains_key("active").then(|| claims.clone())),
        Some(_) => Err(Unreadable::Malformed("subject.properties".to_owned())),
    }
}
