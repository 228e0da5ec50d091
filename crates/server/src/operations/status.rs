//! `/status`: the process serves HTTP (contract/platform.md 4.1). Checks nothing else.

use axum::response::Response;
use http::StatusCode;

use crate::respond::text;

pub(crate) async fn get() -> Response {
    text(StatusCode::OK, "OK")
}
