//! Asks the access policies of this node which scopes are granted: one question for each scope.

use std::collections::HashSet;
use std::error::Error as _;

use pecan_oauth::error::ErrorCode;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::scope::{GrantError, RequestedScope, Requester, ScopeQuestion};
use crate::decision_point::{Answer, DecisionPoint, EvaluateError, normalize, subject};

/// Why no policy has decided. For the log.
#[derive(Debug, thiserror::Error)]
enum DecisionError {
    #[error("a scope is requested twice")]
    RepeatedScope,
    #[error("no policy decides about scope `{scope}`")]
    NoPolicy { scope: String },
    #[error("policy `{policy}` has not decided")]
    Policy {
        policy: String,
        #[source]
        cause: EvaluateError,
    },
}

/// The scopes that policies grant, that of the profile first.
// SECURITY: whatever goes wrong, nothing is granted.
pub(super) async fn grant(
    decision_point: &DecisionPoint,
    requested: &RequestedScope,
    client: &Requester<'_>,
    claims: &Map<String, Value>,
    now: OffsetDateTime,
) -> Result<String, GrantError> {
    let profile = requested.profile.scope.as_str();
    let scopes = requested.all();
    let mut asked = HashSet::new();
    if !scopes.iter().all(|scope| asked.insert(*scope)) {
        return Err(unavailable(DecisionError::RepeatedScope));
    }
    let question = ScopeQuestion {
        subject: client.subject,
        client_id: client.client_id,
        holder: client.holder.as_str(),
        profile,
        scopes: &scopes,
        claims,
    };
    let mut input = question.input(now);
    let mut granted = Vec::with_capacity(scopes.len());
    for &scope in &scopes {
        let is_granted = decide(decision_point, profile, scope, &mut input).await;
        if is_granted.map_err(unavailable)? {
            granted.push(scope);
        } else if scope == profile {
            return Err(GrantError {
                code: ErrorCode::AccessDenied,
                description: format!("PDP denied credential profile scope \"{profile}\""),
                cause: None,
            });
        }
    }
    Ok(granted.join(" "))
}

/// Whether one of the scopes is granted. What goes wrong is logged, and grants nothing.
pub(super) async fn is_granted(
    decision_point: &DecisionPoint,
    question: &ScopeQuestion<'_>,
    scope: &str,
    now: OffsetDateTime,
) -> bool {
    let mut input = question.input(now);
    match decide(decision_point, question.profile, scope, &mut input).await {
        Ok(is_granted) => is_granted,
        Err(error) => {
            let cause = error.source().map(ToString::to_string);
            tracing::error!(%error, cause, scope, "scope not decided");
            false
        }
    }
}

/// Asks about one scope.
async fn decide(
    decision_point: &DecisionPoint,
    profile: &str,
    scope: &str,
    input: &mut Value,
) -> Result<bool, DecisionError> {
    let answer = ask(decision_point, profile, scope, input).await?;
    // SECURITY: nobody is there to execute an obligation, or to look something up.
    let is_granted = answer.is_allowed && answer.obligations.is_empty() && answer.needs.is_empty();
    let reasons: Vec<&str> = answer.reasons.iter().map(|it| it.description.as_str()).collect();
    tracing::info!(scope, is_granted, reasons = reasons.join("; "), "scope decided");
    Ok(is_granted)
}

/// The answer of the policy of a scope's own name, or else of that of the profile.
async fn ask(
    decision_point: &DecisionPoint,
    profile: &str,
    scope: &str,
    input: &mut Value,
) -> Result<Answer, DecisionError> {
    for policy in [normalize(scope), normalize(profile)] {
        if let Some(context) = input.get_mut("context").and_then(Value::as_object_mut) {
            context.insert("scope".to_owned(), scope.into());
            context.insert("policy".to_owned(), policy.as_str().into());
        }
        match decision_point.evaluate(&policy, input).await {
            Ok(answer) => return Ok(answer),
            Err(EvaluateError::UnknownPolicy(_)) => {}
            Err(cause) => return Err(DecisionError::Policy { policy, cause }),
        }
    }
    Err(DecisionError::NoPolicy { scope: scope.to_owned() })
}

impl ScopeQuestion<'_> {
    /// What policies see, but for the scope that is asked about.
    fn input(&self, now: OffsetDateTime) -> Value {
        let mut subject = subject(self.claims, self.client_id, self.scopes);
        if let Some(known) = subject.get_mut("client").and_then(Value::as_object_mut) {
            known.insert("did".to_owned(), self.holder.into());
        }
        json!({
            "subject": subject,
            "resource": {},
            "action": { "name": "request_scope", "request": {} },
            "context": {
                "stage": "scope",
                "subject_id": self.subject,
                "time": now.format(&Rfc3339).unwrap_or_default(),
            },
            "access": [],
            "lookup": {},
        })
    }
}

fn unavailable(cause: DecisionError) -> GrantError {
    GrantError {
        code: ErrorCode::ServerError,
        description: "policy decision point unavailable".to_owned(),
        cause: Some(cause.into()),
    }
}
