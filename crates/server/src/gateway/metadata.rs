//! What clients and services behind gateways read: metadata of the protected resources, and the keys that identities are signed
//! with.

use axum::extract::{Request, State};
use axum::response::Response;
use http::header::HOST;
use http::uri::Authority;
use http::{Method, StatusCode};
use pecan_node::FailureKind;
use pecan_node::gateway::{Gateway, Route};
use serde_json::Value;

use crate::App;
use crate::respond::{Failure, json as json_response};
use crate::routes::{Endpoint, Listener};

/// Where the metadata of a resource are, before the path of the resource (RFC 9728 §3.1).
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Listener::PublicAndGateway,
            Method::GET,
            "/.well-known/oauth-protected-resource",
            "OAuthProtectedResourceRoot",
            protected_resource,
        ),
        Endpoint::new(
            Listener::PublicAndGateway,
            Method::GET,
            "/.well-known/oauth-protected-resource/{*path}",
            "OAuthProtectedResource",
            protected_resource,
        ),
        Endpoint::new(
            Listener::InternalAndGateway,
            Method::GET,
            "/gateway/jwks.json",
            "GatewayKeys",
            keys,
        ),
    ]
}

async fn protected_resource(State(app): State<App>, request: Request) -> Result<Response, Failure> {
    let found = find(&app, &request).ok_or_else(not_found)?;
    Ok(json_response(StatusCode::OK, &found))
}

async fn keys(State(app): State<App>) -> Result<Response, Failure> {
    let gateway = app.node.gateway.as_ref().ok_or_else(not_found)?;
    let keys = gateway.identity_keys().await.map_err(|error| {
        Failure::api(FailureKind::Internal, "the keys cannot be read").because(error)
    })?;
    Ok(json_response(StatusCode::OK, &keys))
}

fn not_found() -> Failure {
    Failure::api(FailureKind::NotFound, "no such metadata")
}

/// The metadata of the route with this path. `Host` only chooses among routes, and nothing of it is repeated.
fn find(app: &App, request: &Request) -> Option<Value> {
    let gateway: &Gateway = app.node.gateway.as_ref()?;
    let routes = &app.node.settings.gateway.as_ref()?.routes;
    let path = request.uri().path().strip_prefix(WELL_KNOWN)?.trim_end_matches('/');
    let same_path = |route: &&Route| route.url.path().trim_end_matches('/') == path;
    let mut candidates: Vec<&Route> = routes.iter().filter(same_path).collect();
    if candidates.len() > 1 {
        let host = host(request)?;
        candidates.retain(|route| {
            let port = host.port_u16().or_else(|| default_port(route));
            route.url.host_str().is_some_and(|name| name.eq_ignore_ascii_case(host.host()))
                && route.url.port_or_known_default() == port
        });
    }
    let [route] = candidates.as_slice() else { return None };
    gateway.protected_resource(route.url.as_str())
}

fn host(request: &Request) -> Option<Authority> {
    let field = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    let text = request.uri().authority().map(Authority::as_str).or(field)?;
    text.parse().ok()
}

fn default_port(route: &Route) -> Option<u16> {
    match route.url.scheme() {
        "https" => Some(443),
        "http" => Some(80),
        _ => None,
    }
}
