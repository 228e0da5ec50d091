//! Issues and revokes credentials, and hosts their status lists (contract/credentials.md 6, 9).
//!
//! What is issued is not put into a wallet: the holder loads it.

mod issue;
mod own_status;
mod places;
mod revoke;
mod scatter;
mod search;
mod status_list;
mod store;

use std::sync::Arc;

use pecan_jsonld::processor::Processor;
use pecan_platform::Env;

use crate::PublicUrl;
use crate::key::Keys;
use crate::subject::Subjects;
use crate::verifier::Verifier;

pub use issue::{IssueError, IssueRequest};
pub use revoke::RevokeError;
pub use search::{Issued, SEARCH_RESULTS_MAX, SearchError, SearchRequest};
pub use status_list::{StatusListError, StatusLists};

/// Issues and revokes credentials. Cheap to clone.
#[derive(Clone)]
pub struct Issuer {
    env: Env,
    subjects: Subjects,
    keys: Keys,
    verifier: Verifier,
    processor: Arc<Processor>,
    status_lists: StatusLists,
}

impl Issuer {
    /// An issuer for the subjects of this node.
    pub fn new(
        env: Env,
        public_url: PublicUrl,
        subjects: Subjects,
        keys: Keys,
        verifier: Verifier,
        processor: Arc<Processor>,
    ) -> Self {
        let status_lists = StatusLists::new(
            env.clone(),
            public_url,
            subjects.clone(),
            keys.clone(),
            Arc::clone(&processor),
        );
        Self { env, subjects, keys, verifier, processor, status_lists }
    }

    /// The status lists of the issuers of this node.
    pub fn status_lists(&self) -> &StatusLists {
        &self.status_lists
    }
}
