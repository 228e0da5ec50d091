//! Puts a credential into the wallet of its subject, after checking it (contract/credentials.md 6.6).

use pecan_credentials::credential::{Credential, SubjectError};
use pecan_platform::sql::SqlError;

use super::Wallet;
use super::store::{self, CredentialRow};
use crate::FailureKind;
use crate::verifier::{CredentialError, Signature};

/// The most credentials that one DID holds.
pub const CREDENTIALS_MAX: i64 = 10_000;
/// The longest id of a credential, in bytes.
const ID_BYTES_MAX: usize = 1024;

/// Why a credential was not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No subject has this name.
    #[error("subject not found")]
    SubjectNotFound,
    /// The credential is not about one DID.
    #[error("invalid credentialSubject.ID: {0}")]
    Subject(#[source] SubjectError),
    /// The credential is about somebody else.
    #[error("subject does not own DID specified by credentialSubject.ID")]
    NotOwned,
    /// The credential is not accepted.
    #[error(transparent)]
    Refused(#[from] CredentialError),
    /// Another credential has this id.
    #[error("credential with this ID already exists with different contents: {id}")]
    Differs {
        /// The id.
        id: String,
    },
    /// The id is longer than any that is made.
    #[error("credential ID is too long")]
    IdTooLong,
    /// The wallet holds [`CREDENTIALS_MAX`] credentials.
    #[error("wallet is full: it holds {limit} credentials")]
    Full {
        /// The limit.
        limit: i64,
    },
    /// The database failed.
    #[error("internal error")]
    Sql(#[from] SqlError),
}

impl LoadError {
    /// Whose fault it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::SubjectNotFound => FailureKind::NotFound,
            Self::Subject(_) | Self::NotOwned | Self::IdTooLong => FailureKind::Invalid,
            Self::Refused(cause) => cause.kind(),
            Self::Differs { .. } | Self::Full { .. } => FailureKind::Conflict,
            Self::Sql(_) => FailureKind::Internal,
        }
    }
}

impl Wallet {
    /// Loads a credential. The same text once more changes nothing.
    // In this order: the first failing check decides the answer that the caller sees.
    pub async fn load(&self, subject: &str, credential: &Credential) -> Result<(), LoadError> {
        let now = self.env.clock.now();
        let subject = self.subjects.find(subject).await?.ok_or(LoadError::SubjectNotFound)?;
        let holder = credential.subject_id().map_err(LoadError::Subject)?;
        if !subject.dids.contains(&holder) {
            return Err(LoadError::NotOwned);
        }
        self.verifier.credential(credential, Signature::Checked, now).await?;
        let id = credential.id().unwrap_or_default().to_owned();
        if id.len() > ID_BYTES_MAX {
            return Err(LoadError::IdTooLong);
        }
        let row = CredentialRow { id, raw: credential.raw().to_owned() };
        let stored = self.env.db.write("wallet.load", async |tx| {
            // First of all, so that loads into one wallet come one after the other.
            let position = store::next_version(tx, &holder).await?;
            if let Some(known) = store::find_raw(tx, &holder, &row.id).await? {
                return if is_same(&known, &row.raw) {
                    Ok(())
                } else {
                    Err(LoadError::Differs { id: row.id.clone() })
                };
            }
            if store::count(tx, &holder).await? >= CREDENTIALS_MAX {
                return Err(LoadError::Full { limit: CREDENTIALS_MAX });
            }
            Ok(store::insert(tx, &holder, &row, position).await?)
        });
        stored.await?;
        self.holdings.forget(&holder);
        Ok(())
    }
}

/// Compares texts as the reference does: without spaces and line feeds.
fn is_same(one: &str, other: &str) -> bool {
    let visible = |text: &'_ str| {
        text.bytes().filter(|byte| !matches!(byte, b' ' | b'\n')).collect::<Vec<_>>()
    };
    visible(one) == visible(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_and_line_feeds_do_not_make_another_credential() {
        assert!(is_same("{\"a\": 1}", "{\n  \"a\":1 }"));
        assert!(!is_same("{\"a\": 1}", "{\"a\": 11}"));
    }
}
