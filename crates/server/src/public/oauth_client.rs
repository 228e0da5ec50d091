//! Metadata of a subject as OAuth client (contract/iam.md 3.3).

use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, Method, StatusCode};
use pecan_node::authorization_server::DescribeError;

use crate::App;
use crate::extract::RawPath;
use crate::respond::{Failure, typed};
use crate::routes::{Endpoint, Listener};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::new(
        Listener::Public,
        Method::GET,
        "/oauth2/{subject}/oauth-client",
        "OAuthClientMetadata",
        client_metadata,
    )]
}

async fn client_metadata(State(app): State<App>, path: RawPath) -> Result<Response, Failure> {
    let document = app.node.authorization_server.client_metadata(&path.text(0)).await;
    Ok(typed(
        StatusCode::OK,
        HeaderValue::from_static("application/json"),
        document.map_err(failure)?,
    ))
}

fn failure(error: DescribeError) -> Failure {
    Failure::oauth(error.code(), error.to_string()).because(error)
}
