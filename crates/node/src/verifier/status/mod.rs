//! Revocation: status lists, fetched through the guard, kept, refreshed in the background (contract/credentials.md 9.4).
//!
//! A list counts only for credentials of the issuer that signed it. What is done when a status cannot be told is configuration.

mod copies;
mod download;
mod list;
mod refresh;

use std::sync::{Arc, OnceLock};

use pecan_credentials::credential::Credential;
use pecan_platform::sql::SqlError;
use pecan_platform::{BoxFuture, Env};
use time::OffsetDateTime;

use self::copies::Copies;
pub use self::download::DownloadError;
pub use self::list::ListError;
use self::list::{Answer, Entry};
use super::signature::Signatures;

/// The most entries of one credential: each may cost a download.
pub const ENTRIES_MAX: usize = 8;

/// What is done about a status that cannot be determined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether a credential counts as not revoked while its `StatusList2021Entry` cannot be determined (contract/iam.md Q-20).
    pub accept_unknown: bool,
    /// Whether an entry of an unknown type is accepted.
    pub accept_unknown_types: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { accept_unknown: true, accept_unknown_types: false }
    }
}

/// The status lists that this node publishes itself. They are authoritative: never fetched, never old.
pub trait OwnStatusLists: Send + Sync {
    /// What the own list under a URL says of an index; `None` if no own list has the URL, which is told without asking the database
    /// for URLs of others.
    fn find<'a>(
        &'a self,
        list_url: &'a str,
        index: usize,
    ) -> BoxFuture<'a, Result<Option<OwnStatus>, SqlError>>;
}

/// What an own list says of one index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnStatus {
    /// The DID that issues the list.
    pub issuer: String,
    /// When the credential of that index was revoked, if it was.
    pub revoked_at: Option<OffsetDateTime>,
}

/// Why a status cannot be told, or does not count as good.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    /// A type of entry that nobody here can read.
    #[error("credential has a status of unknown type `{kind}`")]
    UnknownType {
        /// The type, as received.
        kind: String,
    },
    /// More entries than [`ENTRIES_MAX`].
    #[error("credential has more than {limit} status entries")]
    TooManyEntries {
        /// The limit.
        limit: usize,
    },
    /// The list belongs to another issuer. Never a matter of configuration: somebody published it in the wrong name.
    #[error("status list is not of the issuer of the credential")]
    Foreign {
        /// Who issued the list.
        found: String,
    },
    /// The status of a credential cannot be determined.
    #[error("status of credential cannot be determined")]
    Unknown(#[from] UnknownError),
}

/// Why the status of a credential cannot be determined.
#[derive(Debug, thiserror::Error)]
pub enum UnknownError {
    /// The entry cannot be read.
    #[error("status entry is invalid")]
    Entry(#[from] pecan_credentials::status::bitstring_status_list::EntryError),
    /// The entry cannot be read.
    #[error("status entry is invalid")]
    Entry2021(#[from] pecan_credentials::status::status_list_2021::EntryError),
    /// There is no list, also no old copy.
    #[error("status list cannot be read")]
    List(#[source] Arc<DownloadError>),
    /// The list says nothing about the entry.
    #[error(transparent)]
    Check(#[from] pecan_credentials::status::status_list_2021::CheckError),
    /// The list is of the other kind than the entry.
    #[error("status list is of another kind than the entry")]
    OtherKind,
    /// The own list could not be asked.
    #[error("status list cannot be read")]
    Own(#[source] SqlError),
}

/// How far a status is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Own lists, and copies in memory that are not old.
    Memory,
    /// Copies in the database as well, and the place where the list is published.
    Everywhere,
}

/// What the status lists say of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is not revoked, as far as known.
    Good,
    /// It is revoked, since this time at the latest.
    Revoked(OffsetDateTime),
    /// Some lists are not at hand, and others do not say that it is revoked.
    Unread,
}

/// A revocation, as far as it is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// When it was revoked; of a list of others, when the list was downloaded that said so first.
    pub date: OffsetDateTime,
}

/// Looks up statuses. Cheap to clone; clones share their copies.
#[derive(Clone)]
pub(super) struct StatusLists {
    settings: Settings,
    copies: Copies,
    own: Arc<OnceLock<Arc<dyn OwnStatusLists>>>,
}

impl StatusLists {
    pub(super) fn new(env: Env, signatures: Signatures, settings: Settings) -> Self {
        Self { settings, copies: Copies::new(env, signatures), own: Arc::default() }
    }

    pub(super) fn set_own(&self, lists: Arc<dyn OwnStatusLists>) {
        // A second call would be a mistake in the wiring; the first one stays.
        let _ = self.own.set(lists);
    }

    /// What the lists say of a credential. An unknown status is a good one or an error, by configuration.
    pub(super) async fn standing(
        &self,
        credential: &Credential,
        now: OffsetDateTime,
        reach: Reach,
    ) -> Result<Standing, StatusError> {
        let statuses = credential.statuses();
        if statuses.len() > ENTRIES_MAX {
            return Err(StatusError::TooManyEntries { limit: ENTRIES_MAX });
        }
        let issuer = credential.issuer().unwrap_or_default();
        let mut standing = Standing::Good;
        for status in statuses {
            match self.entry(status, issuer, now, reach).await {
                Ok(Standing::Good) => {}
                Ok(Standing::Unread) => standing = Standing::Unread,
                Ok(Standing::Revoked(date)) => return Ok(Standing::Revoked(date)),
                Err(StatusError::UnknownType { kind }) if self.settings.accept_unknown_types => {
                    tracing::warn!(kind, "credential with a status of unknown type is accepted");
                }
                Err(StatusError::Unknown(cause)) if self.settings.accept_unknown => {
                    let cause: &dyn std::error::Error = &cause;
                    tracing::warn!(cause, "credential whose status is unknown is accepted");
                }
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(standing)
    }

    /// Whether and when a credential was revoked, for those who own it; a status that cannot be told is none.
    pub(super) async fn revocation(
        &self,
        credential: &Credential,
        now: OffsetDateTime,
    ) -> Option<Revocation> {
        let issuer = credential.issuer().unwrap_or_default();
        for status in credential.statuses().iter().take(ENTRIES_MAX) {
            let standing = self.entry(status, issuer, now, Reach::Everywhere).await;
            if let Ok(Standing::Revoked(date)) = standing {
                return Some(Revocation { date });
            }
        }
        None
    }

    async fn entry(
        &self,
        status: &serde_json::Value,
        issuer: &str,
        now: OffsetDateTime,
        reach: Reach,
    ) -> Result<Standing, StatusError> {
        let entry = Entry::parse(status)?;
        if !entry.is_revocation() {
            tracing::debug!("status entry that is not about revocation is ignored");
            return Ok(Standing::Good);
        }
        if let Some(own) = self.own.get() {
            let found = own.find(entry.list_url(), entry.index()).await;
            if let Some(found) = found.map_err(UnknownError::Own)? {
                return match found.revoked_at {
                    _ if found.issuer != issuer => {
                        Err(StatusError::Foreign { found: found.issuer })
                    }
                    Some(date) => Ok(Standing::Revoked(date)),
                    None => Ok(Standing::Good),
                };
            }
        }
        let Some(copy) = self.copies.find(entry.list_url(), now, reach).await? else {
            return Ok(Standing::Unread);
        };
        Ok(match copy.list.answer(&entry, issuer)? {
            Answer::Set => Standing::Revoked(copy.downloaded_at),
            Answer::Clear => Standing::Good,
        })
    }
}

impl super::Verifier {
    /// Whether and when a credential was revoked, as far as it can be told.
    pub async fn revocation(
        &self,
        credential: &Credential,
        now: OffsetDateTime,
    ) -> Option<Revocation> {
        self.statuses.revocation(credential, now).await
    }
}
