//! `/status/diagnostics`: what this node is and how much it keeps (contract/platform.md 4.3).
//!
//! On the internal listener only: strangers have no use for it. What counts did:nuts data is zero and stays for readers that look for it.

mod yaml;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use time::Duration;

use crate::App;
use crate::respond::{self, typed};

pub(crate) async fn get(State(app): State<App>, headers: HeaderMap) -> Response {
    let uptime = app.node.env.clock.now() - app.started_at;
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let accept = accept.unwrap_or_default();
    if accept.starts_with("application/json") {
        let nanoseconds = i64::try_from(uptime.whole_nanoseconds()).unwrap_or(i64::MAX);
        return respond::json(StatusCode::OK, &facts(&app, &nanoseconds.into()).await);
    }
    let content_type = if accept.starts_with("application/yaml") {
        "application/yaml"
    } else {
        "text/plain; charset=UTF-8"
    };
    let page = yaml::write(&facts(&app, &clock_text(uptime).into()).await);
    typed(StatusCode::OK, HeaderValue::from_static(content_type), page)
}

async fn facts(app: &App, uptime: &Value) -> Value {
    let issued = counted("issued", app.node.issuer.count().await);
    let held = counted("held", app.node.wallet.count().await);
    json!({
        "network": {},
        "status": {
            "git_commit": app.settings.git_commit,
            "os_arch": os_arch(),
            "software_version": app.settings.software_version,
            "uptime": uptime,
        },
        "tracing": {
            "tracing": {
                "enabled": false, "endpoint": "", "insecure": false, "service_name": "nuts-node",
            },
        },
        "vcr": {
            "credential_count": 0,
            "issuer": { "issued_credentials_count": issued, "revoked_credentials_count": 0 },
            "verifier": { "revocations_count": 0 },
            "wallet_credential_count": { "credential_count": held },
        },
        "vdr": {
            "conflicted_did_documents": { "owned_count": 0, "total_count": 0 },
            "did_documents_count": 0,
        },
    })
}

/// A count, or null: one table that cannot be read does not hide the rest.
fn counted(what: &'static str, count: Result<i64, impl std::error::Error>) -> Option<i64> {
    count.inspect_err(|error| tracing::warn!(what, %error, "not counted")).ok()
}

/// The machine in the words of the reference.
fn os_arch() -> String {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{}/{architecture}", std::env::consts::OS)
}

/// `4h14m12s`, in whole seconds.
fn clock_text(duration: Duration) -> String {
    let seconds = duration.whole_seconds().max(0);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_operators_know_them() {
        for (seconds, text) in
            [(0, "0s"), (13, "13s"), (60, "1m0s"), (15_252, "4h14m12s"), (-1, "0s")]
        {
            assert_eq!(clock_text(Duration::seconds(seconds)), text);
        }
    }
}
