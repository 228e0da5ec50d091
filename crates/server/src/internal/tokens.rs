//! Access tokens for this node's own subjects (contract/iam.md 7).

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use pecan_node::client::{ServiceTokenError, ServiceTokenRequest};
use serde::Deserialize;
use serde_json::Value;

use crate::App;
use crate::extract::{JsonBody, RawPath};
use crate::respond::{Failure, typed};
use crate::routes::{Endpoint, auth_paths};

pub(super) fn endpoints() -> Vec<Endpoint> {
    Endpoint::auth(
        Method::POST,
        auth_paths!("/{subject}/request-service-access-token"),
        "RequestServiceAccessToken",
        request_service_access_token,
    )
}

async fn request_service_access_token(
    State(app): State<App>,
    path: RawPath,
    headers: HeaderMap,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Failure> {
    let request = body.into_request(use_cache(&headers)?);
    let answer = app.node.client.service_token(&path.text(0), &request).await?;
    Ok(typed(StatusCode::OK, HeaderValue::from_static("application/json"), answer))
}

/// The body; null counts as absent, and a missing text as an empty one.
#[derive(Deserialize)]
struct Body {
    authorization_server: Option<String>,
    scope: Option<String>,
    credentials: Option<Vec<Value>>,
    credential_selection: Option<BTreeMap<String, String>>,
    token_type: Option<String>,
    service_provider_subject_id: Option<String>,
}

impl Body {
    fn into_request(self, use_cache: bool) -> ServiceTokenRequest {
        ServiceTokenRequest {
            authorization_server: self.authorization_server.unwrap_or_default(),
            scope: self.scope.unwrap_or_default(),
            credentials: self.credentials.unwrap_or_default(),
            credential_selection: self.credential_selection.unwrap_or_default(),
            token_type: self.token_type,
            service_provider_subject_id: self.service_provider_subject_id,
            use_cache,
        }
    }
}

/// Only this exact value asks for a new token.
fn use_cache(headers: &HeaderMap) -> Result<bool, Failure> {
    let mut values = headers.get_all(header::CACHE_CONTROL).iter();
    match (values.next(), values.count()) {
        (value, 0) => Ok(value.is_none_or(|value| value != "no-cache")),
        (_, more) => {
            Err(Failure::request(format!("Expected one value for Cache-Control, got {}", more + 1)))
        }
    }
}

impl From<ServiceTokenError> for Failure {
    fn from(error: ServiceTokenError) -> Self {
        Self::api(error.kind(), error.to_string()).because(error)
    }
}
