//! What all other decision points have in common: one question, limits, a circuit breaker, and an alert when it fails.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use pecan_platform::Env;
use pecan_platform::clock::Clock;
use pecan_platform::http::{HttpClient, HttpError, Request, StatusCode};
use serde_json::Value;
use url::Url;

use super::circuit::Circuit;
use super::{Answer, EvaluateError, authzen, opa};

/// How long an answer may take.
pub const TIMEOUT: Duration = Duration::from_secs(2);
/// The longest answer, in bytes.
pub const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// What another decision point speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// The data API of OPA.
    Opa,
    /// AuthZEN 1.0.
    AuthZen,
}

impl Protocol {
    /// The option that configures it, which is also its name on the health page.
    pub const fn option(self) -> &'static str {
        match self {
            Self::Opa => "gateway.opa",
            Self::AuthZen => "gateway.authzen",
        }
    }

    /// What the questions are for.
    pub(super) const fn purpose(self) -> &'static str {
        match self {
            Self::Opa => "access-policy-opa",
            Self::AuthZen => "access-policy-authzen",
        }
    }
}

/// What the operator should see about another decision point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteStatus {
    /// What it speaks.
    pub protocol: Protocol,
    /// Why the last question failed; `None` if it was answered, or none was asked.
    pub alert: Option<String>,
    /// Whether it is left alone, since it kept failing.
    pub is_open: bool,
    /// How many questions failed since the start.
    pub failures_total: u64,
    /// How many were not asked since the start, because it is left alone.
    pub skipped_total: u64,
}

/// Another decision point.
pub(super) struct Remote {
    protocol: Protocol,
    base: Url,
    http: Arc<dyn HttpClient>,
    clock: Arc<dyn Clock>,
    circuit: Circuit,
}

/// Why a question failed. Never holds a body: that may say things about a patient.
#[derive(Debug, thiserror::Error)]
pub(super) enum RemoteError {
    /// There is no such policy; that is an answer.
    #[error("there is no policy `{0}`")]
    UnknownPolicy(String),
    /// The question cannot be written.
    #[error("its address is no base of a path")]
    Address,
    /// It was not reached, or not in time.
    #[error("{0}")]
    Http(#[from] HttpError),
    /// It answers with another status than 200.
    #[error("status {0}")]
    Status(StatusCode),
    /// The answer has a shape that nobody can act on.
    #[error("{0}")]
    Unexpected(String),
}

impl Remote {
    pub(super) fn new(protocol: Protocol, base: Url, env: &Env) -> Self {
        let (http, clock) = (Arc::clone(&env.http), Arc::clone(&env.clock));
        Self { protocol, base, http, clock, circuit: Circuit::default() }
    }

    /// Asks one policy.
    // SECURITY: whatever is not an answer allows nothing.
    pub(super) async fn evaluate(
        &self,
        policy: &str,
        input: &Value,
    ) -> Result<Answer, EvaluateError> {
        let now = self.clock.now();
        // A name that no policy can have is not sent: it would be a part of the path.
        let Some(policy) = plain_name(policy) else {
            return Err(EvaluateError::UnknownPolicy(policy.to_owned()));
        };
        let Some(pass) = self.circuit.admit(now) else {
            let reason = "it failed too often in a row, and is left alone for a while";
            return Err(EvaluateError::Unavailable(reason.to_owned()));
        };
        let error = match self.ask(&policy, input).await {
            Ok(answer) => {
                pass.answered();
                return Ok(answer);
            }
            Err(RemoteError::UnknownPolicy(name)) => {
                pass.answered();
                return Err(EvaluateError::UnknownPolicy(name));
            }
            Err(error) => error,
        };
        let reason = explain(&error);
        let is_opened = pass.failed(&reason, now);
        let decision_point = self.protocol.option();
        tracing::error!(
            decision_point,
            policy,
            reason,
            is_opened,
            "the decision point has not decided"
        );
        Err(match error {
            RemoteError::Unexpected(_) | RemoteError::Status(_) => {
                EvaluateError::Unexpected(reason)
            }
            RemoteError::UnknownPolicy(_) | RemoteError::Address | RemoteError::Http(_) => {
                EvaluateError::Unavailable(reason)
            }
        })
    }

    async fn ask(&self, policy: &str, input: &Value) -> Result<Answer, RemoteError> {
        match self.protocol {
            Protocol::Opa => {
                let body = self.post(&[policy], opa::question(input)).await?;
                opa::answer(policy, &body)
            }
            Protocol::AuthZen => {
                let body = self.post(&authzen::PATH, authzen::question(policy, input)).await?;
                authzen::answer(&body)
            }
        }
    }

    /// Posts JSON below the base; the body of an answer with status 200.
    async fn post(&self, path: &[&str], body: Vec<u8>) -> Result<Bytes, RemoteError> {
        let mut url = self.base.clone();
        url.path_segments_mut().map_err(|()| RemoteError::Address)?.pop_if_empty().extend(path);
        let mut request = Request::post(self.protocol.purpose(), url, "application/json", body);
        request.timeout = Some(TIMEOUT);
        let response = self.http.send(request).await?;
        if response.status != StatusCode::OK {
            return Err(RemoteError::Status(response.status));
        }
        if response.body.len() > ANSWER_BYTES_MAX {
            let reason = format!("an answer of more than {ANSWER_BYTES_MAX} bytes");
            return Err(RemoteError::Unexpected(reason));
        }
        Ok(response.body)
    }

    pub(super) fn status(&self) -> RemoteStatus {
        let state = self.circuit.state();
        RemoteStatus {
            protocol: self.protocol,
            alert: state.alert,
            is_open: state.open_until.is_some(),
            failures_total: state.failures_total,
            skipped_total: state.skipped_total,
        }
    }
}

/// The one spelling of a policy's name; `None` if no policy can have it.
fn plain_name(name: &str) -> Option<String> {
    let name = super::normalize(name);
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let begins_well = name.starts_with(|first: char| first.is_ascii_lowercase());
    (begins_well && name.len() <= super::NAME_BYTES_MAX && name.bytes().all(is_plain))
        .then_some(name)
}

/// The error with its causes, in one line.
fn explain(error: &RemoteError) -> String {
    let mut text = error.to_string();
    let mut cause = match error {
        RemoteError::Http(error) => error.source(),
        RemoteError::UnknownPolicy(_)
        | RemoteError::Address
        | RemoteError::Status(_)
        | RemoteError::Unexpected(_) => None,
    };
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
