//! Facts of the organisation about who may reach what: kept for policies, which read them as data.
//!
//! A fact decides nothing. One that is withdrawn is gone at the next decision, on every node: what was read is remembered for a
//! moment only where no other process writes the database.

mod change;
mod consent;
mod draft;
mod fact;
mod find;
mod list;
mod resource;
mod store;
mod sweep;

use std::sync::Arc;

use pecan_platform::Env;
use pecan_platform::sql::SqlError;
use pecan_platform::tasks::Tasks;

pub use change::ExpectedVersion;
pub use consent::{ConsentOptions, ConsentProblem, FACTS_PER_IMPORT_MAX, ImportError};
pub use draft::{Content, Draft, InvalidFact};
pub use fact::{Effect, Fact, Peer};
pub use find::{FACTS_FOUND_MAX, FindError};
pub use list::{Filter, PAGE_MAX, Page};
pub use resource::Resource;

use crate::FailureKind;
use crate::recent::Recent;
use crate::subject::Subjects;

/// Keeps access facts. Cheap to clone.
#[derive(Clone)]
pub struct AccessFacts {
    env: Env,
    subjects: Subjects,
    recent: Arc<Recent<find::Asked, Arc<Vec<find::Found>>>>,
}

/// Why an access fact is not told or changed.
#[derive(Debug, thiserror::Error)]
pub enum FactError {
    /// No subject has this name.
    #[error("subject not found")]
    SubjectNotFound,
    /// The subject has no such fact, or no longer.
    #[error("access fact not found")]
    NotFound,
    /// The fact is none.
    #[error(transparent)]
    Invalid(#[from] InvalidFact),
    /// Somebody else changed it.
    #[error("access fact has version {found}")]
    OtherVersion {
        /// The version that it has.
        found: i64,
    },
    /// A change that does not say which version it is meant for.
    #[error("the version to change is missing: send `If-Match` or `version`")]
    VersionMissing,
    /// The database failed.
    #[error("internal error")]
    Store(#[from] StoreError),
}

impl FactError {
    /// Whose fault it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::SubjectNotFound | Self::NotFound => FailureKind::NotFound,
            Self::Invalid(_) | Self::VersionMissing => FailureKind::Invalid,
            Self::OtherVersion { .. } => FailureKind::Precondition,
            Self::Store(_) => FailureKind::Internal,
        }
    }
}

impl From<SqlError> for FactError {
    fn from(error: SqlError) -> Self {
        Self::Store(error.into())
    }
}

/// Why the database gives no fact.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It failed.
    #[error("the database failed")]
    Sql(#[from] SqlError),
    /// What it holds is no fact.
    #[error("access fact `{id}` cannot be read")]
    Unreadable {
        /// Its id.
        id: String,
    },
}

impl AccessFacts {
    /// Access facts of the subjects, in the database of `env`.
    pub fn new(env: Env, subjects: Subjects) -> Self {
        Self { env, subjects, recent: Arc::new(Recent::new(find::RECENT_MAX, find::weight)) }
    }

    /// Starts to remove what has expired.
    pub fn watch(&self, tasks: &Tasks) {
        sweep::watch(self, tasks);
    }

    /// What a subject has laid down under an id.
    pub async fn read(&self, subject: &str, id: &str) -> Result<Fact, FactError> {
        let now = self.env.clock.now();
        self.check_subject(subject).await?;
        let read = self
            .env
            .db
            .read_one("access_facts.read", async |tx| store::find(tx, subject, id, now).await);
        read.await?.ok_or(FactError::NotFound)
    }

    async fn check_subject(&self, subject: &str) -> Result<(), FactError> {
        self.subjects.find(subject).await?.map(drop).ok_or(FactError::SubjectNotFound)
    }
}
