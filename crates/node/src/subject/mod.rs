//! Organisations that this node hosts: their names, DIDs and documents.
//!
//! Every change writes a new version of the documents of all DIDs of a subject, in one transaction (contract/credentials.md 3.7).

mod change;
mod create;
mod deactivate;
mod error;
mod keys;
mod services;
mod signing;
mod store;

use std::collections::BTreeMap;
use std::sync::Arc;

use pecan_credentials::did::Did;
use pecan_platform::Env;
use pecan_platform::sql::SqlError;

pub use create::{CreatedSubject, NewSubject};
pub use error::{Refusal, SubjectError};
pub use keys::NewKeys;
pub use services::{ServiceDescription, ServiceFilter};
pub use signing::SigningKeyError;

use crate::PublicUrl;
use crate::key::Keys;
use crate::recent::Recent;
use crate::resolver::OwnDocuments;

/// Longest name of a subject, in bytes: what the column of a database takes.
pub const NAME_BYTES_MAX: usize = 370;
/// How many subjects, and names that are none, are kept in memory.
const RECENT_MAX: u64 = 10_000;

/// The name of a subject: `[a-zA-Z0-9._-]+`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubjectId(String);

impl SubjectId {
    /// Reads a name; `None` if it has other characters, is empty or longer than [`NAME_BYTES_MAX`].
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-');
        (!text.is_empty() && text.len() <= NAME_BYTES_MAX && text.bytes().all(plain))
            .then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An organisation that this node hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its name.
    pub id: SubjectId,
    /// Its DIDs, in order of preference.
    pub dids: Vec<Did>,
}

/// Makes, finds and deactivates subjects. Cheap to clone.
#[derive(Clone)]
pub struct Subjects {
    env: Env,
    public_url: PublicUrl,
    keys: Keys,
    documents: OwnDocuments,
    recent: Arc<Recent<SubjectId, Option<Arc<Subject>>>>,
}

impl Subjects {
    /// Subjects whose DIDs lie below `public_url`.
    pub fn new(env: Env, public_url: PublicUrl, keys: Keys, documents: OwnDocuments) -> Self {
        Self {
            env,
            public_url,
            keys,
            documents,
            recent: Arc::new(Recent::new(RECENT_MAX, |_, _| 1)),
        }
    }

    /// The subject of a name. Answered from memory for up to two seconds.
    pub async fn find(&self, name: &str) -> Result<Option<Arc<Subject>>, SqlError> {
        let Some(id) = SubjectId::parse(name) else { return Ok(None) };
        let now = self.env.clock.now();
        let read = self.env.db.read("subject.find", async |tx| store::dids(tx, &id).await);
        let subject = async {
            let dids = read.await?;
            Ok((!dids.is_empty()).then(|| Arc::new(Subject { id: id.clone(), dids })))
        };
        self.recent.find_or(&id, now, subject).await
    }

    /// All subjects with their DIDs, deactivated ones included: as long as there are subjects, for operators only.
    pub async fn list(&self) -> Result<BTreeMap<SubjectId, Vec<Did>>, SqlError> {
        self.env.db.read("subject.list", async |tx| store::list(tx).await).await
    }

    /// Notices a committed change.
    fn forget(&self) {
        self.recent.forget();
        self.documents.forget();
    }
}
