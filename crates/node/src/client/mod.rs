//! Requests access tokens from other authorization servers, and says why none came.
//!
//! `service_token` is the use case; `remote` speaks with the other party, `wanted` says what it asks for, `offer` what may be
//! presented to it, `choice` what is. `dpop` makes proofs, for token requests and for those who use the token.

mod choice;
pub mod dpop;
pub mod error;
mod fingerprint;
mod kept;
pub mod offer;
pub mod remote;
pub mod remote_error;
pub mod self_attested;
pub mod service_token;
mod token_endpoint;
pub mod wanted;

use std::sync::Arc;

use pecan_platform::Env;
use tokio::sync::Semaphore;

use crate::PublicUrl;
use crate::key::Keys;
use crate::policy::Policies;
use crate::subject::Subjects;
use crate::wallet::Wallet;

pub use dpop::{ProofError, ProofRequest};
pub use error::ServiceTokenError;
pub use remote::Remote;
pub use remote_error::{Problem, RemoteError};
pub use service_token::ServiceTokenRequest;

/// How many costly choices are made at a time.
const COSTLY_CHOICES_MAX: usize = 1;

/// The OAuth client of every subject of this node. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    env: Env,
    public_url: PublicUrl,
    subjects: Subjects,
    policies: Policies,
    wallet: Wallet,
    keys: Keys,
    remote: Arc<Remote>,
    /// Costly choices are made one at a time, so that a core is left for the others.
    costly_choices: Arc<Semaphore>,
}

impl Client {
    /// A client over its parts.
    pub fn new(
        env: Env,
        public_url: PublicUrl,
        subjects: Subjects,
        policies: Policies,
        wallet: Wallet,
        keys: Keys,
    ) -> Self {
        let remote = Arc::new(Remote::new(Arc::clone(&env.http)));
        let costly_choices = Arc::new(Semaphore::new(COSTLY_CHOICES_MAX));
        Self { env, public_url, subjects, policies, wallet, keys, remote, costly_choices }
    }

    /// What other authorization servers say, as this client reads it.
    pub fn remote(&self) -> &Remote {
        &self.remote
    }
}
