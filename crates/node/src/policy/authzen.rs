//! Asks the AuthZEN decision point which scopes are granted (contract/iam.md 4.4).

use std::collections::HashSet;
use std::time::Duration;

use pecan_credentials::did::Did;
use pecan_oauth::authzen::{AnswerError, EVALUATIONS_PATH, ScopeQuestion};
use pecan_oauth::error::ErrorCode;
use pecan_platform::http::{HttpClient, HttpError, Request, StatusCode};
use serde_json::{Map, Value};
use url::Url;

use super::scope::{GrantError, RequestedScope};

/// What the questions are for.
pub(super) const PURPOSE: &str = "authzen";
/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Why the decision point has not decided. For the log: a client reads that there is no decision.
#[derive(Debug, thiserror::Error)]
enum DecisionError {
    #[error("the address of the decision point is no URL")]
    Address(#[source] url::ParseError),
    #[error("a scope is requested twice")]
    RepeatedScope,
    #[error("the decision point cannot be asked")]
    Http(#[from] HttpError),
    #[error("the decision point answers with status {0}")]
    Status(StatusCode),
    #[error("the answer of the decision point cannot be used")]
    Answer(#[from] AnswerError),
}

/// The scopes that the decision point grants, that of the profile first.
// SECURITY: whatever goes wrong, nothing is granted.
pub(super) async fn grant(
    http: &dyn HttpClient,
    endpoint: &Url,
    requested: &RequestedScope,
    holder: &Did,
    claims: &Map<String, Value>,
) -> Result<String, GrantError> {
    let profile = requested.profile.scope.as_str();
    let scopes = requested.all();
    let question =
        ScopeQuestion { client: holder.as_str(), claims, policy: profile, scopes: &scopes };
    let decisions = ask(http, endpoint, &question).await.map_err(|cause| GrantError {
        code: ErrorCode::ServerError,
        description: "policy decision point unavailable".to_owned(),
        cause: Some(cause.into()),
    })?;
    if decisions.first() != Some(&true) {
        return Err(GrantError {
            code: ErrorCode::AccessDenied,
            description: format!("PDP denied credential profile scope \"{profile}\""),
            cause: None,
        });
    }
    let granted = scopes.iter().zip(&decisions).filter(|(_, granted)| **granted);
    Ok(granted.map(|(scope, _)| *scope).collect::<Vec<_>>().join(" "))
}

async fn ask(
    http: &dyn HttpClient,
    endpoint: &Url,
    question: &ScopeQuestion<'_>,
) -> Result<Vec<bool>, DecisionError> {
    let mut asked = HashSet::new();
    if !question.scopes.iter().all(|scope| asked.insert(*scope)) {
        return Err(DecisionError::RepeatedScope);
    }
    let address = format!("{}{EVALUATIONS_PATH}", endpoint.as_str().trim_end_matches('/'));
    let url = Url::parse(&address).map_err(DecisionError::Address)?;
    let mut request = Request::post(PURPOSE, url, "application/json", question.to_json());
    request.timeout = Some(TIMEOUT);
    let response = http.send(request).await?;
    if response.status != StatusCode::OK {
        return Err(DecisionError::Status(response.status));
    }
    Ok(question.decisions(&response.body)?)
}
