//! Traefik `forwardAuth`, Caddy `forward_auth` and APISIX `forward-auth`: the client's headers, and `X-Forwarded-*` for its
//! request line.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::HOST;
use http::request::Parts;
use pecan_node::gateway::{Dialect, Question};
use serde_json::Map;

use super::answer::by_status;
use super::gate::{Asker, admit};
use super::question::{self, Told, Unreadable, fields, find_one, find_word};
use crate::App;
use crate::routes::{Endpoint, gateway_paths};

const METHOD: &str = "x-forwarded-method";
const PROTO: &str = "x-forwarded-proto";
const AUTHORITY: &str = "x-forwarded-host";
const URI: &str = "x-forwarded-uri";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let paths = gateway_paths!("/gateway/forward-auth", "/forward-auth");
    Endpoint::decision_of_any_method(paths, "ForwardAuth", forward_auth)
}

async fn forward_auth(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let asker = match admit(&app, &parts, &[Dialect::ForwardAuth]) {
        Ok(asker) => asker,
        Err(refused) => return *refused,
    };
    let question = read(&asker, &parts, body).await;
    by_status(&asker, &parts, question).await
}

async fn read(asker: &Asker, parts: &Parts, body: Body) -> Result<Question, Unreadable> {
    let headers = fields(&parts.headers);
    find_one(&headers, HOST.as_str())?;
    let method = find_word(&headers, METHOD)?.ok_or_else(|| missing(METHOD))?;
    let target = find_one(&headers, URI)?.filter(|uri| !uri.is_empty());
    let told = Told {
        target: target.ok_or_else(|| missing(URI))?.to_owned(),
        scheme: find_word(&headers, PROTO)?,
        authority: find_word(&headers, AUTHORITY)?,
        body: super::body::read(&asker.registration, &method, body).await?,
        method,
        // `Host` is this listener, or a copy of `X-Forwarded-Host`.
        own_headers: [METHOD, PROTO, AUTHORITY, URI, HOST.as_str()].map(str::to_owned).to_vec(),
        headers,
        introspection: None,
        context: Map::new(),
    };
    question::question(&asker.registration, told)
}

fn missing(name: &str) -> Unreadable {
    Unreadable::Missing(name.to_owned())
}
