//! Scopes: which presentation definitions one asks for, and what is granted.
//!
//! The files of a folder make one immutable set, which is replaced as a whole when the folder changes.

mod authzen;
mod in_process;
mod load;
mod profile;
mod scope;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use pecan_platform::Env;
use pecan_platform::files::Fingerprint;
use pecan_platform::http::ConfiguredServer;
use pecan_platform::tasks::Tasks;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use url::Url;

pub use load::{LoadError, Problem, ProblemReason};
pub use profile::{Profile, ScopePolicy, WalletOwner};
pub use scope::{GrantError, RequestedScope, Requester, SCOPES_MAX, ScopeError, ScopeQuestion};

use crate::decision_point::DecisionPoint;

/// How often the folder is looked at.
pub const RELOAD_PERIOD: Duration = Duration::from_secs(5);

/// Where policies come from.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The folder of `*.json` files.
    pub directory: Option<PathBuf>,
    /// Whether the folder may be missing: true for the default one.
    pub directory_may_be_missing: bool,
    /// The AuthZEN decision point for `dynamic` scopes; without one, access policies decide.
    pub authzen_endpoint: Option<Url>,
}

impl Settings {
    /// The decision point for scopes.
    pub fn configured_servers(&self) -> impl Iterator<Item = ConfiguredServer> {
        let endpoint = self.authzen_endpoint.clone().into_iter();
        endpoint.map(|url| ConfiguredServer { purpose: authzen::PURPOSE, url })
    }
}

/// The current set of policies; replaced as a whole when the folder changes. Cheap to clone.
#[derive(Clone)]
pub struct Policies {
    env: Env,
    decision_point: DecisionPoint,
    source: Arc<load::Source>,
    current: Arc<ArcSwap<load::PolicySet>>,
    /// The state of the folder that was last looked into, whether it could be used or not.
    seen: Arc<Mutex<Option<Fingerprint>>>,
}

impl Policies {
    /// Reads the folder.
    ///
    /// `strict` refuses fields with the name of a member of introspection answers; otherwise their tokens cannot be introspected.
    pub fn load(
        settings: &Settings,
        strict: bool,
        decision_point: DecisionPoint,
        env: Env,
    ) -> Result<Self, LoadError> {
        let has_decision_point =
            settings.authzen_endpoint.is_some() || decision_point.is_configured();
        let source = load::Source { settings: settings.clone(), strict, has_decision_point };
        let seen = source.fingerprint();
        let set = source.read()?;
        Ok(Self {
            env,
            decision_point,
            source: Arc::new(source),
            current: Arc::new(ArcSwap::from_pointee(set)),
            seen: Arc::new(Mutex::new(seen)),
        })
    }

    /// Starts to watch the folder.
    pub fn watch(&self, tasks: &Tasks) {
        let policies = self.clone();
        tasks.every("policy.reload", RELOAD_PERIOD, move || {
            let policies = policies.clone();
            Box::pin(async move {
                // Files may lie on a network drive, so this must not hold up requests.
                let round = tokio::task::spawn_blocking(move || policies.reload());
                round.await.map(|_| ()).map_err(|error| error.to_string())
            })
        });
    }

    /// Reads the folder again if it has changed since the last look. A folder that cannot be used leaves everything as it was,
    /// and says so once. `true`: there is a new set.
    pub fn reload(&self) -> bool {
        let found = self.source.fingerprint();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == found {
            return false;
        }
        *seen = found;
        match self.source.read_again() {
            Ok(set) => {
                tracing::info!(policy.profiles = set.len(), "policies replaced");
                self.current.store(Arc::new(set));
                true
            }
            Err(error) => {
                tracing::error!(%error, "changed policies cannot be used, the previous ones stay");
                false
            }
        }
    }

    /// The profile of a scope string and the other scopes in it.
    pub fn resolve(&self, scope: &str) -> Result<RequestedScope, ScopeError> {
        scope::resolve(&self.current.load(), scope)
    }

    /// The granted scope string (contract/iam.md 4.3).
    pub async fn grant(
        &self,
        requested: &RequestedScope,
        client: &Requester<'_>,
        claims: &Map<String, Value>,
        now: OffsetDateTime,
    ) -> Result<String, GrantError> {
        requested.check_others()?;
        let profile = &requested.profile;
        match profile.scope_policy {
            ScopePolicy::ProfileOnly | ScopePolicy::Passthrough => Ok(requested.to_text()),
            ScopePolicy::Dynamic => match &self.source.settings.authzen_endpoint {
                Some(endpoint) => {
                    let http = self.env.http.as_ref();
                    authzen::grant(http, endpoint, requested, client.holder, claims).await
                }
                None => {
                    in_process::grant(&self.decision_point, requested, client, claims, now).await
                }
            },
        }
    }

    /// Whether access policies grant one of the scopes that a client asks for at another node, which asks this one. What goes wrong
    /// grants nothing.
    pub async fn is_granted(&self, question: &ScopeQuestion<'_>, scope: &str) -> bool {
        let now = self.env.clock.now();
        in_process::is_granted(&self.decision_point, question, scope, now).await
    }
}
