//! Envoy `ext_authz`: what its HTTP and its gRPC form have in common.

use std::collections::BTreeMap;

use bytes::Bytes;
use pecan_node::gateway::{Body, CertificateVerified, Question, Registration};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::body::BODY_BYTES_MAX;
use super::certificate;
use super::question::{self, Told, Unreadable, find_one, is};

/// Fields of the client that have done their work: the service behind gets the identity instead.
pub(crate) const HEADERS_TO_REMOVE: [&str; 4] =
    ["authorization", "dpop", "x-access-token", "x-pecan-gateway-secret"];

/// `true` if Envoy cut the body (`allow_partial_message`).
pub(crate) const PARTIAL_BODY: &str = "x-envoy-auth-partial-body";

/// Fields that policies are not shown in `attributes`.
const HIDDEN: [&str; 6] =
    ["authorization", "dpop", "x-access-token", "x-pecan-gateway-secret", "cookie", "x-userinfo"];

/// A request as Envoy tells it.
pub(crate) struct Check {
    /// The method.
    pub(crate) method: String,
    /// The scheme, if told.
    pub(crate) scheme: Option<String>,
    /// `:authority`.
    pub(crate) authority: Option<String>,
    /// `:path`: path and query.
    pub(crate) target: String,
    /// `HTTP/1.1` and the like, if told.
    pub(crate) protocol: Option<String>,
    /// The client's header fields.
    pub(crate) headers: Vec<(String, Bytes)>,
    /// The body.
    pub(crate) body: Body,
    /// The client's certificate as percent-encoded PEM, where the protocol has a place of its own for it.
    pub(crate) peer_certificate: Option<String>,
    /// Extensions of the route (`context_extensions`).
    pub(crate) extensions: BTreeMap<String, String>,
}

/// The question. Policies that were written for OPA-Envoy find the members that they know at the root of their input.
pub(crate) fn question(gateway: &Registration, check: Check) -> Result<Question, Unreadable> {
    let is_partial = find_one(&check.headers, PARTIAL_BODY)?.is_some_and(|text| text != "false");
    let body = if is_partial { Body::TooLarge } else { check.body.clone() };
    let context = context(&check);
    let certificate = match check.peer_certificate.as_deref() {
        Some(pem) if gateway.abilities.tells_certificate && !pem.is_empty() => {
            // It is that of the connection, which Envoy verified unless the registration says that a header tells.
            let source = gateway.certificate.as_ref();
            let is_verified =
                source.is_none_or(|source| source.verified == CertificateVerified::Always);
            Some(certificate::of_escaped_pem(pem, is_verified)?)
        }
        Some(_) | None => None,
    };
    let told = Told {
        method: check.method,
        scheme: check.scheme,
        authority: check.authority,
        target: check.target,
        headers: check.headers,
        own_headers: vec![PARTIAL_BODY.to_owned()],
        body,
        introspection: None,
        context,
    };
    let question = question::question(gateway, told)?;
    Ok(Question { certificate: certificate.or(question.certificate), ..question })
}

/// `attributes`, `parsed_path`, `parsed_query`, `parsed_body` and `truncated_body`, as OPA-Envoy makes them.
fn context(check: &Check) -> Map<String, Value> {
    let (path, query) = check.target.split_once('?').unwrap_or((&check.target, ""));
    let path: Vec<_> = path.trim_start_matches('/').split('/').map(decoded).collect();
    let mut parameters: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        parameters.entry(name.into_owned()).or_default().push(value.into_owned());
    }
    let mut context = Map::new();
    context.insert("attributes".to_owned(), attributes(check));
    context.insert("parsed_path".to_owned(), json!(path));
    context.insert("parsed_query".to_owned(), json!(parameters));
    context.insert("parsed_body".to_owned(), parsed_body(check));
    context.insert("truncated_body".to_owned(), (check.body == Body::TooLarge).into());
    context
}

fn decoded(segment: &str) -> String {
    crate::extract::decode_path(segment).unwrap_or_else(|_| segment.to_owned())
}

fn attributes(check: &Check) -> Value {
    let mut headers = Map::new();
    for (name, value) in &check.headers {
        if !HIDDEN.iter().any(|hidden| is(name, hidden)) {
            let text = String::from_utf8_lossy(value).into_owned();
            headers.insert(name.to_ascii_lowercase(), text.into());
        }
    }
    json!({
        "request": { "http": {
            "method": check.method,
            "path": check.target,
            "host": check.authority,
            "scheme": check.scheme,
            "protocol": check.protocol,
            "headers": headers,
        } },
        "context_extensions": check.extensions,
    })
}

/// A JSON body; nothing for any other.
fn parsed_body(check: &Check) -> Value {
    let Body::Whole(bytes) = &check.body else { return Value::Null };
    let media_type = check.headers.iter().find(|(name, _)| is(name, "content-type"));
    let is_json = media_type.is_some_and(|(_, value)| {
        String::from_utf8_lossy(value).to_ascii_lowercase().contains("json")
    });
    if !is_json {
        return Value::Null;
    }
    pecan_jose::json::parse_within(bytes, BODY_BYTES_MAX).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(target: &str, headers: &[(&str, &str)], body: Body) -> Check {
        let field = |(name, value): &(&str, &str)| {
            ((*name).to_owned(), Bytes::copy_from_slice(value.as_bytes()))
        };
        Check {
            method: "POST".to_owned(),
            scheme: Some("https".to_owned()),
            authority: Some("fhir.example.nl".to_owned()),
            target: target.to_owned(),
            protocol: None,
            headers: headers.iter().map(field).collect(),
            body,
            peer_certificate: None,
            extensions: BTreeMap::from([("tenant".to_owned(), "a".to_owned())]),
        }
    }

    #[test]
    fn members_are_those_of_opa_envoy_and_tell_no_secret() {
        let headers = [("Authorization", "Bearer x"), ("Content-Type", "application/fhir+json")];
        let body = Body::Whole(Bytes::from_static(b"{\"a\":1}"));
        let found = context(&check("/fhir/Ta%20sk/1?a=b&a=c&d", &headers, body));
        assert_eq!(found["parsed_path"], json!(["fhir", "Ta sk", "1"]));
        assert_eq!(found["parsed_query"], json!({ "a": ["b", "c"], "d": [""] }));
        assert_eq!(found["parsed_body"], json!({ "a": 1 }));
        let attributes = &found["attributes"];
        assert_eq!(attributes["context_extensions"], json!({ "tenant": "a" }));
        let http = &attributes["request"]["http"];
        assert_eq!(http["headers"], json!({ "content-type": "application/fhir+json" }));
    }

    #[test]
    fn a_body_that_is_no_json_is_not_parsed() {
        for (media_type, body) in [("text/plain", "{}"), ("application/json", "{"), ("", "{}")] {
            let body = Body::Whole(Bytes::copy_from_slice(body.as_bytes()));
            let found = context(&check("/", &[("content-type", media_type)], body));
            assert_eq!(found["parsed_body"], Value::Null);
        }
    }
}
