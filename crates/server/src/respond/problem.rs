//! Problem bodies ([RFC 7807](https://www.rfc-editor.org/rfc/rfc7807)): exactly three members, in this order, without a line feed.

use axum::response::Response;
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use super::{json, typed};

#[derive(Serialize)]
struct Problem<'a> {
    detail: &'a str,
    status: u16,
    title: String,
}

/// A problem of an operation; `None` while no operation was entered.
pub(crate) fn problem(operation: Option<&str>, status: StatusCode, detail: &str) -> Response {
    let title = format!("{} failed", operation.unwrap_or("Operation"));
    let body = json::write(&Problem { detail, status: status.as_u16(), title })
        .expect("strings and a number are always writable");
    typed(status, HeaderValue::from_static("application/problem+json"), body)
}
