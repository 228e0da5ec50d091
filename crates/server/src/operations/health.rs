//! `/health`: whether the parts that a node cannot do without answer (contract/platform.md 4.2).

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use pecan_node::decision_point::{RemoteStatus, Status};
use serde::Serialize;

use crate::App;
use crate::respond::json;

/// How long a part may take to answer.
const CHECK_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Serialize)]
struct Health {
    status: Condition,
    details: BTreeMap<&'static str, Check>,
}

#[derive(Serialize)]
struct Check {
    status: Condition,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'static str>,
}

/// In order of gravity: the worst decides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Condition {
    Up,
    Down,
}

pub(crate) async fn get(State(app): State<App>) -> Response {
    let env = &app.node.env;
    let (sql, session) = tokio::join!(
        check("storage.sql", env.db.ping()),
        check("storage.session", env.sessions.ping()),
    );
    let up = || Check { status: Condition::Up, details: None };
    let mut details = BTreeMap::from([
        // Keys are read when they are used, and no revocation list is watched: neither can be down.
        ("crypto.filesystem", up()),
        ("pki.crl", up()),
        ("storage.session", session),
        ("storage.sql", sql),
    ]);
    if let Some(status) = app.node.decision_point.status() {
        details.insert("gateway.policies", policies(&status));
    }
    if let Some(status) = app.node.decision_point.remote_status() {
        details.insert(status.protocol.option(), remote(&status));
    }
    let status = details.values().map(|check| check.status).max().unwrap_or(Condition::Up);
    let code = match status {
        Condition::Up => StatusCode::OK,
        Condition::Down => StatusCode::SERVICE_UNAVAILABLE,
    };
    json(code, &Health { status, details })
}

/// While another decision point does not answer, everything is denied; the rest of this node does its work.
fn remote(status: &RemoteStatus) -> Check {
    let details = match (status.is_open, &status.alert) {
        (true, _) => {
            Some("it failed too often and is left alone for a while, everything is denied")
        }
        (false, Some(_)) => Some("the last question was not answered, and so denied"),
        (false, None) => None,
    };
    Check { status: Condition::Up, details }
}

/// Without policies nothing is allowed. With those of before a change that cannot be used, all goes on.
fn policies(status: &Status) -> Check {
    match (status.loaded_at, &status.alert) {
        (None, _) => Check { status: Condition::Down, details: Some("not loaded") },
        (Some(_), Some(_)) => Check {
            status: Condition::Up,
            details: Some("the last change cannot be used, the policies before it stay"),
        },
        (Some(_), None) => Check { status: Condition::Up, details: None },
    }
}

/// The page says that a part is down; why is for the log, since the text is the database's.
async fn check<E: std::error::Error>(
    part: &'static str,
    ping: impl Future<Output = Result<(), E>>,
) -> Check {
    match tokio::time::timeout(CHECK_TIMEOUT, ping).await {
        Ok(Ok(())) => Check { status: Condition::Up, details: None },
        Ok(Err(error)) => {
            tracing::warn!(part, %error, "health check failed");
            Check { status: Condition::Down, details: Some("failed") }
        }
        Err(_elapsed) => {
            tracing::warn!(part, "health check timed out");
            Check { status: Condition::Down, details: Some("timed out") }
        }
    }
}
