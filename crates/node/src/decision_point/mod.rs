//! Asks policies: those of this node, or those of another decision point.
//!
//! What is not answered is not allowed: every error of [`DecisionPoint::evaluate`] is a denial for its caller.

mod authzen;
mod capability;
mod circuit;
mod in_process;
mod load;
mod opa;
mod remote;
#[cfg(test)]
mod remote_tests;
mod subject;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use pecan_fhir::Capability;
use pecan_platform::Env;
use pecan_platform::http::ConfiguredServer;
use pecan_platform::tasks::Tasks;
use serde_json::Value;
use url::Url;

pub use capability::{Capabilities, StatementError, read_capabilities};
pub use circuit::{FAILURES_MAX, OPEN_FOR};
pub use in_process::{RELOAD_PERIOD, Status};
pub use load::{LoadError, read_sources};
pub use pecan_rego::{Answer, MalformedAnswer, Reason, normalize};
pub use remote::{ANSWER_BYTES_MAX, Protocol, RemoteStatus, TIMEOUT};
pub use subject::subject;

use in_process::InProcess;
use remote::Remote;

/// The longest name of a policy, in bytes.
pub const NAME_BYTES_MAX: usize = 128;

/// Where access policies come from and who decides.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The folder or bundle (`.tar.gz`) of Rego policies.
    pub policies: Option<PathBuf>,
    /// A server that speaks the data API of OPA, asked instead: the policy's name is added to this URL.
    pub opa: Option<Url>,
    /// A decision point that speaks AuthZEN, asked instead.
    pub authzen: Option<Url>,
}

impl Settings {
    /// The decision points that are asked instead.
    pub fn configured_servers(&self) -> impl Iterator<Item = ConfiguredServer> {
        let known = [(Protocol::Opa, &self.opa), (Protocol::AuthZen, &self.authzen)];
        known.into_iter().filter_map(|(protocol, url)| {
            Some(ConfiguredServer { purpose: protocol.purpose(), url: url.clone()? })
        })
    }
}

/// Decides by policy. Cheap to clone.
#[derive(Clone)]
pub struct DecisionPoint {
    decider: Arc<Decider>,
}

/// Who decides.
enum Decider {
    /// This node, by the policies of a folder or bundle.
    InProcess(InProcess),
    /// Another decision point.
    Remote(Remote),
}

/// Why a policy has not decided.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// There is no such policy.
    #[error("there is no policy `{0}`")]
    UnknownPolicy(String),
    /// No set of policies could be loaded yet.
    #[error("no policies are loaded")]
    NotLoaded,
    /// The policy was stopped, failed, or answers in a shape that nobody can act on.
    #[error(transparent)]
    Policy(pecan_rego::EvaluateError),
    /// The other decision point was not reached, or not in time.
    #[error("the decision point does not answer: {0}")]
    Unavailable(String),
    /// The other decision point answers in a shape that nobody can act on.
    #[error("the decision point answers with something unexpected: {0}")]
    Unexpected(String),
}

impl DecisionPoint {
    /// Loads the policies. Fails where they cannot be used; where they are not there yet, the node is not ready until they are.
    pub fn load(settings: Settings, env: Env) -> Result<Self, LoadError> {
        let decider = match settings {
            Settings { authzen: Some(base), .. } => {
                Decider::Remote(Remote::new(Protocol::AuthZen, base, &env))
            }
            Settings { opa: Some(base), .. } => {
                Decider::Remote(Remote::new(Protocol::Opa, base, &env))
            }
            Settings { policies, .. } => Decider::InProcess(InProcess::load(policies, env.clock)?),
        };
        Ok(Self { decider: Arc::new(decider) })
    }

    /// Starts to watch the policies.
    pub fn watch(&self, tasks: &Tasks) {
        match &*self.decider {
            Decider::InProcess(policies) => policies.watch(tasks),
            Decider::Remote(_) => {}
        }
    }

    /// Reads the policies again if they have changed since the last look. `true`: there is a new set.
    pub fn reload(&self) -> bool {
        match &*self.decider {
            Decider::InProcess(policies) => policies.reload(),
            Decider::Remote(_) => false,
        }
    }

    /// Asks one policy.
    pub async fn evaluate(&self, policy: &str, input: &Value) -> Result<Answer, EvaluateError> {
        match &*self.decider {
            Decider::InProcess(policies) => policies.evaluate(policy, input),
            Decider::Remote(remote) => remote.evaluate(policy, input).await,
        }
    }

    /// The document at a path below `data` (`a/b/c`), as the data API of OPA gives it; `None` where it is undefined, and where another
    /// decision point decides.
    pub fn query(&self, path: &str, input: &Value) -> Result<Option<Value>, EvaluateError> {
        match &*self.decider {
            Decider::InProcess(policies) => policies.query(path, input),
            Decider::Remote(_) => Ok(None),
        }
    }

    /// What the use case of a policy needs of a FHIR server, if the policy tells. Another decision point is not asked.
    pub fn capability(&self, policy: &str) -> Option<Arc<Capability>> {
        match &*self.decider {
            Decider::InProcess(policies) => policies.capability(policy),
            Decider::Remote(_) => None,
        }
    }

    /// Whether there is a policy of this name. Another decision point is not asked: there, each name may be one.
    pub fn has_policy(&self, name: &str) -> bool {
        match &*self.decider {
            Decider::InProcess(policies) => policies.has_policy(name),
            Decider::Remote(_) => true,
        }
    }

    /// Whether policies can be asked: the first set is loaded.
    pub fn is_ready(&self) -> bool {
        match &*self.decider {
            Decider::InProcess(policies) => policies.is_ready(),
            Decider::Remote(_) => true,
        }
    }

    /// What the operator should see about the policies of this node; `None` where another decision point decides.
    pub fn status(&self) -> Option<Status> {
        match &*self.decider {
            Decider::InProcess(policies) => policies.status(),
            Decider::Remote(_) => None,
        }
    }

    /// What the operator should see about another decision point; `None` where this node decides.
    pub fn remote_status(&self) -> Option<RemoteStatus> {
        match &*self.decider {
            Decider::InProcess(_) => None,
            Decider::Remote(remote) => Some(remote.status()),
        }
    }

    /// Whether it was told where policies are, or who else decides.
    pub fn is_configured(&self) -> bool {
        match &*self.decider {
            Decider::InProcess(policies) => policies.has_place(),
            Decider::Remote(_) => true,
        }
    }
}
