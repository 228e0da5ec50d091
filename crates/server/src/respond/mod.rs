//! Answers on their way out: JSON as the contract writes it, and failures.
//!
//! The only place that knows status codes of failures and error bodies, and the only one that logs a failure.

pub mod cache;
mod failure;
mod html;
pub mod json;
mod log;
mod oauth;
mod problem;
mod render;
#[cfg(test)]
pub(crate) mod test;

pub use failure::Failure;
pub use html::escape;
pub use json::json;

pub(crate) use failure::RequestError;
pub(crate) use log::{Refusal, log};
pub(crate) use oauth::Wanted;
pub(crate) use render::{Place, Style, render};

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

/// A text body, in the content type that the contract has for status pages and compact tokens.
pub fn text(status: StatusCode, body: impl Into<String>) -> Response {
    typed(status, HeaderValue::from_static("text/plain; charset=UTF-8"), body.into())
}

/// A body of a content type.
pub fn typed(
    status: StatusCode,
    content_type: HeaderValue,
    body: impl Into<axum::body::Body>,
) -> Response {
    let mut response = (status, body.into()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}
