//! Checks credentials and presentations: shape, status, times, issuer, signature.
//!
//! Does not check whom a presentation is for, nor that it is used once: that is the business of the protocols.

mod credential;
mod in_order;
mod presentation;
mod query;
mod signature;
pub mod status;
mod store;
mod trust;

use std::sync::Arc;

use pecan_jsonld::processor::Processor;
use pecan_platform::Env;

use crate::resolver::Resolver;

pub use credential::CredentialError;
pub(crate) use in_order::all_in_order;
pub use presentation::{PresentationError, PresentationQuestion};
pub use query::QueryError;
pub use signature::SignatureError;
pub use status::{OwnStatus, OwnStatusLists, Revocation, StatusError};
pub use trust::{Trust, TrustError};

/// How the text of a refusal by signature begins (contract/iam.md 6.4).
const FAILED: &str = "presentation(s) or credential(s) verification failed";

/// Checks credentials and presentations. Cheap to clone.
#[derive(Clone)]
pub struct Verifier {
    env: Env,
    signatures: signature::Signatures,
    statuses: status::StatusLists,
}

/// Whether the signature of a credential is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// It is.
    Checked,
    /// It was when the credential was stored (or the credential is self-attested); the rest is checked all the same.
    Trusted,
}

impl Verifier {
    /// A verifier over the ports of `env`.
    pub fn new(
        env: Env,
        resolver: Resolver,
        processor: Arc<Processor>,
        status: status::Settings,
    ) -> Self {
        let signatures = signature::Signatures::new(resolver, processor);
        let statuses = status::StatusLists::new(env.clone(), signatures.clone(), status);
        Self { env, signatures, statuses }
    }

    /// Tells where the status lists of this node are, once, while the node is wired. Until then it has none.
    pub fn set_own_status_lists(&self, lists: Arc<dyn OwnStatusLists>) {
        self.statuses.set_own(lists);
    }
}
