//! Revokes a credential that this node issued (contract/credentials.md 6.6).

use pecan_credentials::did::DidUrl;

use super::store::{self, Revocation, RevokeStoreError};
use super::{Issuer, StatusListError};
use crate::FailureKind;

/// Why a credential was not revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// The id is no DID URL.
    #[error("invalid credential ID")]
    InvalidId,
    /// This node did not issue it.
    #[error("credential not found")]
    NotFound,
    /// It has no place in a status list.
    #[error("credential contains no (relevant) status")]
    NoStatus,
    /// It was revoked before.
    #[error("credential is revoked")]
    AlreadyRevoked,
    /// It is revoked, and the list that says so cannot be signed now: the next reader of the list tries again.
    #[error("credential is revoked, but its status list could not be published yet")]
    Unpublished(#[source] StatusListError),
    /// The revocation was not recorded.
    #[error("internal error")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl RevokeError {
    /// Whose fault it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::InvalidId | Self::NoStatus => FailureKind::Invalid,
            Self::NotFound => FailureKind::NotFound,
            Self::AlreadyRevoked => FailureKind::Conflict,
            Self::Unpublished(_) | Self::Store(_) => FailureKind::Internal,
        }
    }
}

impl Issuer {
    /// Sets the bit of a credential and publishes its list. What was recorded stays, also if the list cannot be signed now.
    pub async fn revoke(&self, id: &str) -> Result<(), RevokeError> {
        let now = self.env.clock.now();
        let id = DidUrl::parse(id).map_err(|_| RevokeError::InvalidId)?;
        let recorded: Result<_, RevokeStoreError> =
            self.env.db.write("issuer.revoke", async |tx| store::revoke(tx, &id, now).await).await;
        self.status_lists.bits.forget();
        let published = match recorded.map_err(|cause| RevokeError::Store(Box::new(cause)))? {
            Revocation::Unknown => return Err(RevokeError::NotFound),
            Revocation::NoStatus => return Err(RevokeError::NoStatus),
            // An earlier call may have recorded it without being able to sign.
            Revocation::Already(list) => {
                self.status_lists.publish(&list, now).await.map_err(RevokeError::Unpublished)?;
                return Err(RevokeError::AlreadyRevoked);
            }
            Revocation::Done(list) => self.status_lists.publish(&list, now).await,
        };
        published.map(drop).map_err(RevokeError::Unpublished)
    }
}
