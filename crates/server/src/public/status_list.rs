//! Status lists, which verifiers everywhere read: `/statuslist/{did}/{page}` (contract/credentials.md 9.3).

use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, Method, StatusCode};

use crate::App;
use crate::extract::RawPath;
use crate::respond::{Failure, typed};
use crate::routes::{Endpoint, Listener};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let path = "/statuslist/{did}/{page}";
    vec![Endpoint::new(Listener::Public, Method::GET, path, "StatusList", status_list)]
}

async fn status_list(State(app): State<App>, path: RawPath) -> Result<Response, Failure> {
    let (issuer, page) = (path.id(0), path.text(1));
    let page: i64 = page.parse().map_err(|_| {
        Failure::request(format!("Invalid format for parameter page: `{page}` is not an integer"))
    })?;
    let list = app.node.issuer.status_lists().find(&issuer, page).await;
    let list =
        list.map_err(|error| Failure::api(error.kind(), error.to_string()).because(error))?;
    Ok(typed(StatusCode::OK, HeaderValue::from_static("application/json"), list))
}
