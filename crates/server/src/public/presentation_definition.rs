//! The presentation definition of a scope (contract/iam.md 3.4).

use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, Method, StatusCode};
use pecan_node::FailureKind;
use pecan_node::authorization_server::{DefinitionError, DescribeError};
use pecan_oauth::error::ErrorCode;

use crate::App;
use crate::extract::{Query, RawPath};
use crate::respond::{Failure, typed};
use crate::routes::{Endpoint, Listener};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::new(
        Listener::Public,
        Method::GET,
        "/oauth2/{subject}/presentation_definition",
        "PresentationDefinition",
        presentation_definition,
    )]
}

async fn presentation_definition(
    State(app): State<App>,
    path: RawPath,
    query: Query,
) -> Result<Response, Failure> {
    let scope = query.required("scope")?;
    let owner = query.find("wallet_owner_type");
    let server = &app.node.authorization_server;
    let document = server.presentation_definition(&path.text(0), scope, owner).await;
    Ok(typed(
        StatusCode::OK,
        HeaderValue::from_static("application/json"),
        document.map_err(failure)?,
    ))
}

fn failure(error: DefinitionError) -> Failure {
    let text = error.to_string();
    match &error {
        // Peers look in two places for a server; an unknown one must not look like a refusal of theirs.
        DefinitionError::Describe(DescribeError::UnknownSubject) => {
            Failure::api(FailureKind::NotFound, text)
        }
        DefinitionError::Describe(cause @ DescribeError::Sql(_)) => {
            Failure::oauth(cause.code(), text)
        }
        DefinitionError::Scope(_) => Failure::oauth(ErrorCode::InvalidScope, text),
        DefinitionError::NoDefinition { .. } => Failure::oauth(ErrorCode::InvalidRequest, text),
    }
    .because(error)
}
