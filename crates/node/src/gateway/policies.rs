//! Asks the policies of a token's scopes. One that allows is enough.

use std::fmt::Write as _;

use pecan_fhir::FhirRequest;
use serde_json::Map;

use super::Gateway;
use super::decide::Judged;
use super::facts::Place;
use super::input::Input;
use super::lookup::Lookups;
use super::obligations::Duties;
use super::routes::Prepared;
use crate::decision_point::{Answer, EvaluateError};

/// The most policies that are asked about one request.
const POLICIES_MAX: usize = 16;
/// How often one policy is told something about one request.
// Three lead from a resource to the document that holds it, to who may read that, and to the Task that this hangs on.
const ROUNDS_MAX: usize = 3;
/// The longest name of a policy, in bytes.
const NAME_BYTES_MAX: usize = 128;
/// The longest reason that is kept, in bytes.
const REASON_BYTES_MAX: usize = 2048;

/// A scope of the token, and the policy that decides about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Scope<'c> {
    pub(super) scope: &'c str,
    pub(super) policy: String,
}

/// The policies of a token's scopes.
pub(super) fn of_scopes<'c>(route: &Prepared, scopes: &'c str) -> Vec<Scope<'c>> {
    let policy = |scope: &'c str| {
        let policy = match route.route.policies.get(scope) {
            Some(policy) => policy.clone(),
            None => normalised(scope)?,
        };
        Some(Scope { scope, policy })
    };
    scopes.split_ascii_whitespace().filter_map(policy).take(POLICIES_MAX).collect()
}

/// The name of the policy of a scope; `None` if no policy can have it.
// SECURITY: the name becomes a part of a path or a URL; the scope comes from a client.
fn normalised(scope: &str) -> Option<String> {
    let name = scope.to_ascii_lowercase().replace('-', "_");
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let begins_well = name.starts_with(|first: char| first.is_ascii_alphabetic());
    (begins_well && name.len() <= NAME_BYTES_MAX && name.bytes().all(is_name)).then_some(name)
}

/// What the policies are told.
pub(super) struct Asking<'r> {
    pub(super) input: Input,
    pub(super) lookups: Lookups,
    /// Where the part of the request stands that they are asked about.
    pub(super) place: Place,
    /// What it means, if it is of FHIR.
    pub(super) fhir: Option<&'r FhirRequest>,
}

/// What one policy said.
enum Said {
    Allowed(Duties),
    Denied(String),
    /// There is no policy of this name.
    Nothing,
}

impl Gateway {
    /// Asks one policy after the other until one allows; what it asks of the gateway, and its name.
    pub(super) async fn ask(
        &self,
        request: Judged<'_>,
        scopes: &[Scope<'_>],
        asking: &mut Asking<'_>,
    ) -> Result<(Duties, String), String> {
        let mut reasons = String::new();
        for Scope { scope, policy } in scopes {
            asking.input.set_policy(scope, policy);
            asking.input.set_capability_checked(self.is_capable(policy, asking.fhir));
            let said = match self.ask_one(request, policy, asking).await {
                Ok(Some(answer)) => judge(&answer, request, asking.place),
                Ok(None) => Said::Nothing,
                Err(reason) => Said::Denied(reason),
            };
            match said {
                Said::Allowed(duties) => return Ok((duties, policy.clone())),
                Said::Denied(reason) => note(&mut reasons, policy, &reason),
                Said::Nothing => {}
            }
        }
        if reasons.is_empty() {
            reasons.push_str("no scope of the token has a policy");
        }
        Err(reasons)
    }

    /// Whether the use case of a policy needs such a request, as far as its capability statement tells.
    fn is_capable(&self, policy: &str, request: Option<&FhirRequest>) -> bool {
        let Some(request) = request else { return false };
        let capability = self.decision_point.capability(policy);
        capability.is_some_and(|capability| capability.allows(request).is_ok())
    }

    /// The answer of one policy, which may want to know something first; `None` if there is no such policy.
    async fn ask_one(
        &self,
        request: Judged<'_>,
        policy: &str,
        Asking { input, lookups, .. }: &mut Asking<'_>,
    ) -> Result<Option<Answer>, String> {
        // What one policy wanted to know is not for the next.
        input.clear_lookup();
        let mut met = Map::new();
        for round in 0..=ROUNDS_MAX {
            let answer = match self.decision_point.evaluate(policy, input.document()).await {
                Ok(answer) => answer,
                Err(EvaluateError::UnknownPolicy(_)) => return Ok(None),
                Err(error) => return Err(error.to_string()),
            };
            // A need that was met may be told again.
            let mut needs = answer.needs.clone();
            needs.retain(|name, need| met.get(name) != Some(need));
            if needs.is_empty() {
                return Ok(Some(answer));
            }
            if round == ROUNDS_MAX {
                break;
            }
            let found = self.look_up(request, lookups, &needs).await;
            input.add_lookup(found.map_err(|error| error.to_string())?);
            met.extend(needs);
        }
        Err(format!("it wants to know more after {ROUNDS_MAX} rounds of lookups"))
    }
}

/// Whether an answer allows, and the gateway can do what it asks for.
fn judge(answer: &Answer, request: Judged<'_>, place: Place) -> Said {
    if !answer.is_allowed {
        let mut text = String::new();
        for reason in &answer.reasons {
            let separator = if text.is_empty() { "" } else { ", " };
            write!(text, "{separator}{}: {}", reason.code, reason.description)
                .expect("a string takes any text");
        }
        if text.is_empty() {
            text.push_str("not allowed");
        }
        return Said::Denied(text);
    }
    let abilities = &request.gateway.abilities;
    match Duties::take_on(&answer.obligations, request.facts, place, abilities) {
        Ok(duties) => Said::Allowed(duties),
        Err(error) => Said::Denied(error.to_string()),
    }
}

fn note(reasons: &mut String, policy: &str, reason: &str) {
    if reasons.len() < REASON_BYTES_MAX {
        let separator = if reasons.is_empty() { "" } else { "; " };
        let reason: String = reason.chars().take(REASON_BYTES_MAX).collect();
        write!(reasons, "{separator}policy `{policy}`: {reason}").expect("a string takes any text");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_policy_is_that_of_its_scope_in_one_spelling() {
        for (scope, expected) in [
            ("eOverdracht-sender", Some("eoverdracht_sender")),
            ("bgz", Some("bgz")),
            ("a1_b", Some("a1_b")),
            ("patient/Task.read", None),
            ("../x", None),
            ("", None),
            ("_lib", None),
            ("1a", None),
            ("é", None),
            ("a?b", None),
        ] {
            assert_eq!(normalised(scope).as_deref(), expected, "{scope}");
        }
        assert_eq!(normalised(&"a".repeat(NAME_BYTES_MAX + 1)), None);
    }
}
