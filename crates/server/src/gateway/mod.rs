//! What API gateways ask, each in its own dialect: one file per dialect turns its requests into a
//! [`Question`](pecan_node::gateway::Question) and the decision into its own form of answer.
//!
//! Nothing is decided here. What cannot be read is a denial in the form of the dialect, never a failure: gateways take failures
//! for their own reasons to let a request pass, or tell clients of a broken service.

mod answer;
mod auth_request;
mod authzen;
mod base64;
mod body;
mod certificate;
mod envoy;
#[cfg(feature = "grpc")]
pub mod envoy_grpc;
mod envoy_http;
mod forward_auth;
pub(crate) mod gate;
mod metadata;
mod opa;
mod question;
mod refused;

use crate::routes::Endpoint;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut all = Vec::new();
    all.extend(forward_auth::endpoints());
    all.extend(auth_request::endpoints());
    all.extend(envoy_http::endpoints());
    all.extend(opa::endpoints());
    all.extend(authzen::endpoints());
    all.extend(metadata::endpoints());
    all
}
