//! Health checks of gRPC: whether decisions are made.

use tonic::{Request, Response, Status};

use super::generated::envoy::service::auth::v3::authorization_server::SERVICE_NAME;
use super::generated::grpc::health::v1::health_check_response::ServingStatus;
use super::generated::grpc::health::v1::health_server::Health;
use super::generated::grpc::health::v1::{HealthCheckRequest, HealthCheckResponse};
use crate::App;

/// Answers for the node.
pub(super) struct Checks(pub(super) App);

#[tonic::async_trait]
impl Health for Checks {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        if !["", SERVICE_NAME].contains(&request.get_ref().service.as_str()) {
            return Err(Status::not_found("there is no such service"));
        }
        let node = &self.0.node;
        let is_serving = node.gateway.is_some() && node.decision_point.is_ready();
        let status = if is_serving { ServingStatus::Serving } else { ServingStatus::NotServing };
        Ok(Response::new(HealthCheckResponse { status: status.into() }))
    }
}
