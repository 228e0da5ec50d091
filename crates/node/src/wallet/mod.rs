//! Credentials that the subjects of this node hold, and presentations of them.
//!
//! Everything in a wallet was verified when it was loaded; whether it still counts is asked each time.

mod contents;
mod create;
mod holdings;
mod load;
mod present;
mod store;

use std::sync::Arc;

use pecan_jsonld::processor::Processor;
use pecan_platform::Env;

use self::holdings::Holdings;
use crate::key::Keys;
use crate::subject::Subjects;
use crate::verifier::Verifier;

pub use contents::{HeldCredential, WalletError};
pub use create::{CreateError, PresentationOrder};
pub use load::{CREDENTIALS_MAX, LoadError};
pub use present::{PresentError, PresentationRequest};

/// Keeps and presents credentials. Cheap to clone.
#[derive(Clone)]
pub struct Wallet {
    env: Env,
    subjects: Subjects,
    keys: Keys,
    verifier: Verifier,
    processor: Arc<Processor>,
    holdings: Holdings,
}

impl Wallet {
    /// The wallets of the subjects of this node.
    pub fn new(
        env: Env,
        subjects: Subjects,
        keys: Keys,
        verifier: Verifier,
        processor: Arc<Processor>,
    ) -> Self {
        let holdings = Holdings::new(env.db.clone());
        Self { env, subjects, keys, verifier, processor, holdings }
    }
}
