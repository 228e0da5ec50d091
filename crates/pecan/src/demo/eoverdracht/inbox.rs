//! Where an organisation is notified that there is something to pull: it keeps the ids of Tasks.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;

/// The most Tasks.
const TASKS_MAX: usize = 1000;

/// The ids of the Tasks that others told of.
pub(super) type Inbox = Arc<Mutex<BTreeSet<String>>>;

/// The routes of the service.
pub(super) fn router(inbox: Inbox) -> Router {
    Router::new().route("/notification/{task}", post(notify)).with_state(inbox)
}

async fn notify(State(inbox): State<Inbox>, Path(task): Path<String>) -> StatusCode {
    let mut tasks = inbox.lock().unwrap_or_else(PoisonError::into_inner);
    if tasks.len() == TASKS_MAX {
        return StatusCode::INSUFFICIENT_STORAGE;
    }
    tasks.insert(task);
    StatusCode::ACCEPTED
}
