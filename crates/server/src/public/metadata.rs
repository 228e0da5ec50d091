//! Metadata of a subject as authorization server and as `OpenID` provider (contract/iam.md 3.1, 3.2).

use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, Method, StatusCode};
use pecan_node::authorization_server::{DescribeError, StatementError};

use crate::App;
use crate::extract::RawPath;
use crate::respond::{Failure, typed};
use crate::routes::{Endpoint, Listener};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Listener::Public,
            Method::GET,
            "/.well-known/oauth-authorization-server/oauth2/{subject}",
            "OAuthAuthorizationServerMetadata",
            authorization_server,
        ),
        Endpoint::new(
            Listener::Public,
            Method::GET,
            "/.well-known/openid-configuration/oauth2/{subject}",
            "OpenIDConfiguration",
            openid_configuration,
        ),
    ]
}

async fn authorization_server(State(app): State<App>, path: RawPath) -> Result<Response, Failure> {
    let document = app.node.authorization_server.metadata(&path.text(0)).await.map_err(failure)?;
    Ok(typed(StatusCode::OK, HeaderValue::from_static("application/json"), document))
}

async fn openid_configuration(State(app): State<App>, path: RawPath) -> Result<Response, Failure> {
    let statement = app.node.authorization_server.entity_statement(&path.text(0)).await;
    let statement = statement.map_err(statement_failure)?;
    Ok(typed(
        StatusCode::OK,
        HeaderValue::from_static("application/entity-statement+jwt"),
        statement,
    ))
}

fn failure(error: DescribeError) -> Failure {
    Failure::api(error.kind(), error.to_string()).because(error)
}

fn statement_failure(error: StatementError) -> Failure {
    Failure::api(error.kind(), error.to_string()).because(error)
}
