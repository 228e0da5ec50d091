//! Whether the DPoP proof that came with a request to a resource is valid (contract/iam.md 10.5).

use axum::extract::State;
use axum::response::Response;
use http::{Method, StatusCode};
use pecan_node::FailureKind;
use pecan_node::authorization_server::ProofRequest;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::extract::JsonBody;
use crate::respond::{Failure, json};
use crate::routes::{Endpoint, auth_paths};

pub(super) fn endpoints() -> Vec<Endpoint> {
    Endpoint::auth(Method::POST, auth_paths!("/dpop/validate"), "ValidateDPoPProof", validate)
}

/// What the resource server got. An absent member is an empty text.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Body {
    dpop_proof: String,
    method: String,
    url: String,
    token: String,
    thumbprint: String,
}

#[derive(Serialize)]
struct Verdict {
    valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

async fn validate(
    State(app): State<App>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Failure> {
    let request = ProofRequest {
        proof: &body.dpop_proof,
        method: &body.method,
        url: &body.url,
        token: &body.token,
        thumbprint: &body.thumbprint,
    };
    let validity =
        app.node.authorization_server.validate_proof(request).await.map_err(|error| {
            Failure::api(FailureKind::Internal, error.to_string()).because(error)
        })?;
    let reason = validity.err().map(|invalid| invalid.to_string());
    Ok(json(StatusCode::OK, &Verdict { valid: reason.is_none(), reason }))
}
