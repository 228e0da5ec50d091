//! Envoy `ext_authz` over HTTP: the client's own request behind a prefix.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::response::Response;
use http::header::HOST;
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use pecan_node::gateway::{Dialect, Question};

use super::answer::by_status;
use super::envoy::{self, Check, HEADERS_TO_REMOVE};
use super::gate::{Asker, admit};
use super::question::{Unreadable, fields, find_word};
use crate::App;
use crate::routes::{Endpoint, gateway_paths};

/// Names of fields that Envoy takes away before it passes a request on.
const TO_REMOVE: &str = "x-envoy-auth-headers-to-remove";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let paths = gateway_paths!("/gateway/envoy/{*path}", "/envoy/{*path}");
    let mut all = Endpoint::decision_of_any_method(paths, "EnvoyCheck", check);
    let paths = gateway_paths!("/gateway/envoy/", "/envoy/");
    all.extend(Endpoint::decision_of_any_method(paths, "EnvoyCheckRoot", check));
    all
}

async fn check(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let asker = match admit(&app, &parts, &[Dialect::Envoy]) {
        Ok(asker) => asker,
        Err(refused) => return *refused,
    };
    let question = read(&asker, &parts, body).await;
    let mut response = by_status(&asker, &parts, question).await;
    if response.status() == StatusCode::OK {
        let names = HeaderValue::from_str(&HEADERS_TO_REMOVE.join(","));
        response
            .headers_mut()
            .extend(names.ok().map(|names| (http::HeaderName::from_static(TO_REMOVE), names)));
    }
    response
}

async fn read(asker: &Asker, parts: &Parts, body: Body) -> Result<Question, Unreadable> {
    let headers = fields(&parts.headers);
    let method = parts.method.as_str().to_owned();
    let check = Check {
        scheme: find_word(&headers, "x-forwarded-proto")?,
        authority: find_word(&headers, HOST.as_str())?,
        target: target(parts),
        protocol: None,
        body: super::body::read(&asker.registration, &method, body).await?,
        method,
        headers,
        peer_certificate: None,
        extensions: BTreeMap::new(),
    };
    envoy::question(&asker.registration, check)
}

/// What stands behind the prefix, as it was sent.
fn target(parts: &Parts) -> String {
    let template = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let path = parts.uri.path();
    let start = template.matches('/').count().checked_sub(1);
    let start = start.and_then(|last| path.match_indices('/').nth(last)).map(|(start, _)| start);
    let path = start.and_then(|start| path.get(start..)).unwrap_or_default();
    match parts.uri.query() {
        None => path.to_owned(),
        Some(query) => format!("{path}?{query}"),
    }
}
