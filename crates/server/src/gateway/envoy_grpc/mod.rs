//! Envoy `ext_authz` over gRPC, on an address of its own since it speaks HTTP/2, and health checks beside it.
//!
//! A question is always answered by a decision, also one of a gateway that is not known: Envoy takes an error of gRPC for a broken
//! service, which it can be told to let requests pass without (`failure_mode_allow`).

mod answer;
mod check;
pub mod generated;
mod health;

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use pecan_node::gateway::Dialect;
use tonic::service::Routes;

use super::body::BODY_BYTES_MAX;
use super::gate::{Asker, Shown};
use crate::App;
use generated::envoy::service::auth::v3::authorization_server::{
    Authorization, AuthorizationServer,
};
use generated::envoy::service::auth::v3::{CheckRequest, CheckResponse};
use generated::grpc::health::v1::health_server::HealthServer;

/// The most bytes of a message: a body of a client, and what is told beside it.
const MESSAGE_BYTES_MAX: usize = BODY_BYTES_MAX + 1024 * 1024;
/// How long a call may take, from its first header on.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// A message of no fields, as it stands in a body: not compressed, no bytes.
const NO_MESSAGE: &[u8] = &[0; 5];

/// The services of the address.
pub(crate) fn router(app: &App) -> Router {
    let checks = AuthorizationServer::new(Checks).max_decoding_message_size(MESSAGE_BYTES_MAX);
    let health = HealthServer::new(health::Checks(app.clone()));
    let routes = Routes::new(checks).add_service(health).into_axum_router();
    routes.layer(from_fn_with_state(app.clone(), admit))
}

/// Finds out who asks before the question is read.
async fn admit(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if request.uri().path() == "/envoy.service.auth.v3.Authorization/Check" {
        let shown =
            Shown { headers: request.headers(), extensions: request.extensions(), secret: None };
        match shown.find(&app, &[Dialect::Envoy]) {
            Some(asker) => drop(request.extensions_mut().insert(asker)),
            // SECURITY: a stranger makes us read no message.
            None => *request.body_mut() = Body::from(NO_MESSAGE),
        }
    }
    match tokio::time::timeout(CALL_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_elapsed) => StatusCode::GATEWAY_TIMEOUT.into_response(),
    }
}

struct Checks;

#[tonic::async_trait]
impl Authorization for Checks {
    async fn check(
        &self,
        request: tonic::Request<CheckRequest>,
    ) -> Result<tonic::Response<CheckResponse>, tonic::Status> {
        let (_, extensions, message) = request.into_parts();
        let response = match extensions.get::<Asker>() {
            None => answer::to_stranger(),
            Some(asker) => answer(asker, message).await,
        };
        Ok(tonic::Response::new(response))
    }
}

async fn answer(asker: &Asker, message: CheckRequest) -> CheckResponse {
    let read = check::read(&asker.registration, message);
    let (accepts_fhir, query) = match &read {
        Ok(check) => {
            (check::accepts_fhir(check), super::answer::query_of(&check.target).to_owned())
        }
        Err(_) => (false, String::new()),
    };
    let question = read.and_then(|check| super::envoy::question(&asker.registration, check));
    let decision = asker.decide(question).await;
    answer::to_gateway(asker, &decision, &query, accepts_fhir)
}
