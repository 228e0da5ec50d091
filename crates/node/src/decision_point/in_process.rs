//! The policies of this node: one immutable set, which is replaced as a whole when the folder or bundle changes.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use pecan_fhir::Capability;
use pecan_platform::clock::Clock;
use pecan_platform::files::Fingerprint;
use pecan_platform::tasks::Tasks;
use pecan_rego::{Answer, PolicySet, normalize};
use serde_json::Value;
use time::OffsetDateTime;

use super::EvaluateError;
use super::capability::Capabilities;
use super::load::{self, LoadError};

/// How often the folder or bundle is looked at.
pub const RELOAD_PERIOD: Duration = Duration::from_secs(5);

/// What the operator should see about the policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// How many policies there are.
    pub policies: usize,
    /// What the bundle calls its state.
    pub revision: Option<String>,
    /// When the set in use was loaded; `None`: none is.
    pub loaded_at: Option<OffsetDateTime>,
    /// Why the last change could not be used; the set before it stays in use. `None`: all is well.
    pub alert: Option<String>,
    /// How many changes could not be used since the start.
    pub reloads_failed: u64,
    /// How many evaluations were stopped, failed or gave an unreadable answer since the start; each was a denial.
    pub evaluations_failed: u64,
}

/// The policies in use, and what is known about their place.
pub(super) struct InProcess {
    place: Option<PathBuf>,
    clock: Arc<dyn Clock>,
    state: Arc<State>,
}

struct State {
    /// `None` until a first set is loaded.
    current: ArcSwapOption<Loaded>,
    /// How the place looked when it was read last, whether that could be used or not. Held while it is read: one at a time.
    seen: Mutex<Option<Fingerprint>>,
    alert: ArcSwap<Option<String>>,
    reloads_failed: AtomicU64,
    evaluations_failed: AtomicU64,
}

struct Loaded {
    set: PolicySet,
    capabilities: Capabilities,
    at: OffsetDateTime,
}

impl InProcess {
    /// Reads the policies. A place where nothing is yet is waited for; without a place there are no policies.
    pub(super) fn load(place: Option<PathBuf>, clock: Arc<dyn Clock>) -> Result<Self, LoadError> {
        let state = State {
            current: ArcSwapOption::empty(),
            seen: Mutex::new(place.as_deref().and_then(load::fingerprint)),
            alert: ArcSwap::from_pointee(None),
            reloads_failed: AtomicU64::new(0),
            evaluations_failed: AtomicU64::new(0),
        };
        let policies = Self { place, clock, state: Arc::new(state) };
        if let Some(place) = &policies.place {
            match load::read(place) {
                Ok(loaded) => policies.replace(loaded),
                Err(error) if error.is_missing(place) => policies.raise(&error),
                Err(error) => return Err(error),
            }
        }
        Ok(policies)
    }

    pub(super) fn watch(&self, tasks: &Tasks) {
        let Some(place) = self.place.clone() else { return };
        let policies = Self {
            place: Some(place),
            clock: Arc::clone(&self.clock),
            state: Arc::clone(&self.state),
        };
        let policies = Arc::new(policies);
        tasks.every("access_policy.reload", RELOAD_PERIOD, move || {
            let policies = Arc::clone(&policies);
            Box::pin(async move {
                // Files may lie on a network drive, and compiling takes its time: neither must hold up requests.
                let round = tokio::task::spawn_blocking(move || policies.reload());
                round.await.map(|_| ()).map_err(|error| error.to_string())
            })
        });
    }

    /// Reads the place again if it looks different. What cannot be used leaves everything as it was, and says so once.
    pub(super) fn reload(&self) -> bool {
        let Some(place) = self.place.as_deref() else { return false };
        let found = load::fingerprint(place);
        let mut seen = self.state.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == found {
            return false;
        }
        *seen = found;
        match load::read(place) {
            Ok(loaded) => {
                self.replace(loaded);
                true
            }
            Err(error) => {
                self.state.reloads_failed.fetch_add(1, Ordering::Relaxed);
                self.raise(&error);
                false
            }
        }
    }

    fn replace(&self, (set, capabilities): (PolicySet, Capabilities)) {
        let names: Vec<&str> = set.names().collect();
        tracing::info!(
            policies = names.join(" "),
            revision = set.revision(),
            "access policies loaded"
        );
        for note in set.notes() {
            tracing::warn!(note, "access policies");
        }
        self.state.alert.store(Arc::new(None));
        self.state.current.store(Some(Arc::new(Loaded {
            set,
            capabilities,
            at: self.clock.now(),
        })));
    }

    fn raise(&self, error: &LoadError) {
        if self.state.current.load().is_some() {
            tracing::error!(%error, "changed access policies cannot be used, the previous ones stay");
        } else {
            tracing::error!(%error, "no access policies are loaded, nothing is allowed");
        }
        self.state.alert.store(Arc::new(Some(error.to_string())));
    }

    pub(super) fn evaluate(&self, policy: &str, input: &Value) -> Result<Answer, EvaluateError> {
        let current = self.state.current.load();
        let Some(loaded) = current.as_ref() else { return Err(self.nothing_loaded(policy)) };
        loaded.set.evaluate(policy, input).map_err(|error| self.failure(policy, error))
    }

    pub(super) fn query(&self, path: &str, input: &Value) -> Result<Option<Value>, EvaluateError> {
        let current = self.state.current.load();
        let Some(loaded) = current.as_ref() else { return Err(EvaluateError::NotLoaded) };
        loaded.set.query(path, input).map_err(|error| self.failure(path, error))
    }

    fn failure(&self, policy: &str, error: pecan_rego::EvaluateError) -> EvaluateError {
        if let pecan_rego::EvaluateError::UnknownPolicy { .. } = error {
            return EvaluateError::UnknownPolicy(policy.to_owned());
        }
        self.state.evaluations_failed.fetch_add(1, Ordering::Relaxed);
        EvaluateError::Policy(error)
    }

    fn nothing_loaded(&self, policy: &str) -> EvaluateError {
        match self.place {
            Some(_) => EvaluateError::NotLoaded,
            None => EvaluateError::UnknownPolicy(policy.to_owned()),
        }
    }

    pub(super) fn capability(&self, policy: &str) -> Option<Arc<Capability>> {
        let current = self.state.current.load();
        current.as_ref()?.capabilities.get(&normalize(policy)).cloned()
    }

    pub(super) fn has_policy(&self, name: &str) -> bool {
        self.state.current.load().as_ref().is_some_and(|loaded| loaded.set.contains(name))
    }

    pub(super) fn has_place(&self) -> bool {
        self.place.is_some()
    }

    pub(super) fn is_ready(&self) -> bool {
        self.place.is_none() || self.state.current.load().is_some()
    }

    pub(super) fn status(&self) -> Option<Status> {
        self.place.as_ref()?;
        let current = self.state.current.load();
        let loaded = current.as_ref();
        Some(Status {
            policies: loaded.map_or(0, |loaded| loaded.set.names().count()),
            revision: loaded.and_then(|loaded| loaded.set.revision().map(str::to_owned)),
            loaded_at: loaded.map(|loaded| loaded.at),
            alert: self.state.alert.load().as_ref().clone(),
            reloads_failed: self.state.reloads_failed.load(Ordering::Relaxed),
            evaluations_failed: self.state.evaluations_failed.load(Ordering::Relaxed),
        })
    }
}
