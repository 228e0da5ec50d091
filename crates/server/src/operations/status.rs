//! `/status`: the process serves HTTP (contract/platform.md 4.1), and can decide for gateways if it has to. Checks nothing else.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::App;
use crate::respond::text;

pub(crate) async fn get(State(app): State<App>) -> Response {
    if app.node.decision_point.is_ready() {
        text(StatusCode::OK, "OK")
    } else {
        text(StatusCode::SERVICE_UNAVAILABLE, "access policies are not loaded")
    }
}
