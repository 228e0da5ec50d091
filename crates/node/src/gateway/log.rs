//! The decision log: one event per decision, with masked citizen numbers.

use super::masking::{masked, masked_query};
use super::{Outcome, Question, Refusal, Registration};

/// Where the events go.
const TARGET: &str = "pecan::decision";

/// What is known of a decision when it is made.
#[derive(Default)]
pub(super) struct Record {
    /// Name of the route.
    pub(super) route: String,
    /// `client_id` of the token.
    pub(super) client: String,
    /// The policies that allowed.
    pub(super) policy: String,
}

impl Record {
    /// A policy that allowed a part of the request.
    pub(super) fn add_policy(&mut self, name: &str) {
        if self.policy.is_empty() {
            name.clone_into(&mut self.policy);
        } else if !self.policy.split(' ').any(|known| known == name) {
            self.policy.push(' ');
            self.policy.push_str(name);
        }
    }
}

/// Writes one event.
// SECURITY: no token, no proof, no header and no body is ever logged.
pub(super) fn write(
    id: &str,
    gateway: &Registration,
    question: &Question,
    record: &Record,
    outcome: &Outcome,
) {
    if !tracing::enabled!(target: TARGET, tracing::Level::INFO) {
        return;
    }
    let (path, query) = question.target.split_once('?').unwrap_or((&question.target, ""));
    let (outcome, reason) = match outcome {
        Outcome::Allow(_) => ("allow", ""),
        Outcome::Deny(denied) => match denied.refusal {
            Refusal::Unauthenticated { .. } => ("unauthenticated", denied.reason.as_str()),
            Refusal::Forbidden => ("deny", denied.reason.as_str()),
        },
    };
    tracing::info!(
        target: TARGET,
        decision = id,
        gateway = gateway.name,
        route = record.route,
        client = %masked(&record.client),
        policy = record.policy,
        outcome,
        reason = %masked_query(reason),
        method = %masked(&shown(&question.method)),
        path = masked_query(&shown(path)),
        query = masked_query(&shown(query)),
        "decision"
    );
}

/// Writes the event of a question that could not be read: of the request nothing is known.
pub(super) fn write_unreadable(id: &str, gateway: &Registration, reason: &str) {
    tracing::info!(
        target: TARGET,
        decision = id,
        gateway = gateway.name,
        outcome = "deny",
        reason = masked_query(&shown(reason)),
        "decision"
    );
}

/// How much of a request is repeated, in characters.
const SHOWN_MAX: usize = 2048;

fn shown(text: &str) -> String {
    text.chars().take(SHOWN_MAX).filter(|character| !character.is_control()).collect()
}
