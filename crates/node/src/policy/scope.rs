//! Scope strings: which profile they name, and what beside it (contract/iam.md 4.2, 4.3).

use std::sync::Arc;

use pecan_credentials::did::Did;
use pecan_oauth::error::ErrorCode;
use serde_json::{Map, Value};

use super::load::PolicySet;
use super::profile::{Profile, ScopePolicy};

/// The most scopes of one request: each may cost a decision.
pub const SCOPES_MAX: usize = 100;

/// A scope string, resolved (contract/iam.md 4.2).
#[derive(Clone, Debug)]
pub struct RequestedScope {
    /// Its one credential profile.
    pub profile: Arc<Profile>,
    /// The other scopes, in order.
    pub others: Vec<String>,
}

/// Who asks whom for a token.
#[derive(Clone, Copy, Debug)]
pub struct Requester<'a> {
    /// The subject of this node that is asked.
    pub subject: &'a str,
    /// What the client calls itself.
    pub client_id: &'a str,
    /// The DID that signed the presentation.
    pub holder: &'a Did,
}

/// Scopes that a client asks for, at this node or at another that asks this one.
#[derive(Clone, Copy, Debug)]
pub struct ScopeQuestion<'a> {
    /// The subject that is asked; empty if another node does not tell.
    pub subject: &'a str,
    /// What the client calls itself.
    pub client_id: &'a str,
    /// The DID that signed the presentation.
    pub holder: &'a str,
    /// The scope of the credential profile.
    pub profile: &'a str,
    /// All scopes that are asked for.
    pub scopes: &'a [&'a str],
    /// What the fields of the presentation definition found.
    pub claims: &'a Map<String, Value>,
}

/// Why a scope string has no profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// No token is a profile.
    #[error("not found")]
    NotFound,
    /// More than one is.
    #[error("multiple credential profile scopes found")]
    Ambiguous,
    /// There are more than [`SCOPES_MAX`] scopes.
    #[error("more than {SCOPES_MAX} scopes")]
    TooMany,
}

/// Why a scope is not granted. `Display` is the `error_description`.
#[derive(Debug, thiserror::Error)]
#[error("{description}")]
pub struct GrantError {
    /// The code.
    pub code: ErrorCode,
    /// What the client may read.
    pub description: String,
    /// The cause, for the log.
    #[source]
    pub cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Finds the one profile that a scope string names.
pub(super) fn resolve(set: &PolicySet, scope: &str) -> Result<RequestedScope, ScopeError> {
    let mut profile: Option<&Arc<Profile>> = None;
    let mut others = Vec::new();
    for (index, token) in scope.split_whitespace().enumerate() {
        if index >= SCOPES_MAX {
            return Err(ScopeError::TooMany);
        }
        match set.find(token) {
            None => others.push(token.to_owned()),
            Some(found) if profile.is_none() => profile = Some(found),
            Some(_) => return Err(ScopeError::Ambiguous),
        }
    }
    let profile = Arc::clone(profile.ok_or(ScopeError::NotFound)?);
    Ok(RequestedScope { profile, others })
}

impl RequestedScope {
    /// Checks that the policy lets other scopes stand beside that of the profile.
    pub fn check_others(&self) -> Result<(), GrantError> {
        match self.profile.scope_policy {
            ScopePolicy::ProfileOnly if !self.others.is_empty() => Err(GrantError {
                code: ErrorCode::InvalidScope,
                description: "scope policy 'profile-only' does not allow additional scopes"
                    .to_owned(),
                cause: None,
            }),
            ScopePolicy::ProfileOnly | ScopePolicy::Passthrough | ScopePolicy::Dynamic => Ok(()),
        }
    }

    /// All scopes, that of the profile first.
    pub(super) fn all(&self) -> Vec<&str> {
        let others = self.others.iter().map(String::as_str);
        std::iter::once(self.profile.scope.as_str()).chain(others).collect()
    }

    /// All scopes in one string.
    pub(super) fn to_text(&self) -> String {
        self.all().join(" ")
    }
}
