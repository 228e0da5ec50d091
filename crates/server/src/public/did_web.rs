//! The DID documents of this node, where did:web looks for them (contract/credentials.md 3.4).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode};
use pecan_node::FailureKind;
use pecan_node::resolver::StoredError;

use crate::App;
use crate::extract::RawPath;
use crate::respond::{Failure, typed};
use crate::routes::{Endpoint, Listener};

const OF_A_SUBJECT: &str = "/iam/{id}/did.json";
const OF_THE_ROOT: &str = "/.well-known/did.json";

pub(crate) fn endpoints() -> Vec<Endpoint> {
    const ON: Listener = Listener::Public;
    vec![
        Endpoint::new(ON, Method::GET, OF_A_SUBJECT, "GetTenantWebDID", of_a_subject),
        Endpoint::new(ON, Method::GET, OF_THE_ROOT, "GetRootWebDID", of_the_root),
    ]
}

async fn of_a_subject(State(app): State<App>, path: RawPath) -> Result<Response, Failure> {
    let document = app.node.resolver.own().find_published(Some(&path.id(0))).await;
    Ok(render(document.map_err(failed)?))
}

async fn of_the_root(State(app): State<App>) -> Result<Response, Failure> {
    let document = app.node.resolver.own().find_published(None).await;
    Ok(render(document.map_err(failed)?))
}

/// What is not there has no body at all: peers know it so.
fn render(document: Option<Bytes>) -> Response {
    let json = HeaderValue::from_static("application/json");
    match document {
        Some(text) => typed(StatusCode::OK, json, text),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn failed(error: StoredError) -> Failure {
    Failure::api(FailureKind::Internal, error.to_string()).because(error)
}
