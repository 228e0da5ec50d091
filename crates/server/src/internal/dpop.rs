//! Proofs of possession for requests to resources (contract/iam.md 10.4).

use axum::extract::State;
use axum::response::Response;
use http::{Method, StatusCode};
use pecan_node::client::{ProofError, ProofRequest};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::extract::{JsonBody, RawPath};
use crate::respond::{Failure, json};
use crate::routes::{Endpoint, auth_paths};

pub(super) fn endpoints() -> Vec<Endpoint> {
    Endpoint::auth(Method::POST, auth_paths!("/dpop/{kid}"), "CreateDPoPProof", create_dpop_proof)
}

async fn create_dpop_proof(
    State(app): State<App>,
    path: RawPath,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Failure> {
    let request = ProofRequest {
        key_id: &path.id(0),
        method: body.htm.as_deref().unwrap_or_default(),
        uri: body.htu.as_deref().unwrap_or_default(),
        token: body.token.as_deref().unwrap_or_default(),
    };
    let dpop = app.node.client.dpop_proof(&request).await?;
    Ok(json(StatusCode::OK, &Answer { dpop }))
}

#[derive(Deserialize)]
struct Body {
    htm: Option<String>,
    htu: Option<String>,
    token: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    dpop: String,
}

impl From<ProofError> for Failure {
    fn from(error: ProofError) -> Self {
        Self::api(error.kind(), error.to_string()).because(error)
    }
}
