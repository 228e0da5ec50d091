//! Which key a DID of ours signs with.

use pecan_credentials::did::Did;
use pecan_credentials::proof::SigningKey;

use super::Subjects;
use crate::FailureKind;
use crate::resolver::StoredError;

/// Why a DID of ours has no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// The DID is not one of this node.
    #[error("DID is not managed by this node")]
    NotOurs,
    /// The DID was deactivated.
    #[error("the DID document has been deactivated")]
    Deactivated,
    /// The document has no key that can sign.
    #[error("key not found in DID document")]
    NoKey,
    /// The document cannot be read.
    #[error(transparent)]
    Stored(#[from] StoredError),
}

impl SigningKeyError {
    /// Whose fault it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::NotOurs | Self::Deactivated | Self::NoKey => FailureKind::Invalid,
            Self::Stored(_) => FailureKind::Internal,
        }
    }
}

impl Subjects {
    /// The key with which an own DID signs: the newest under `assertionMethod`. From memory for up to two seconds.
    pub async fn signing_key(&self, did: &Did) -> Result<SigningKey, SigningKeyError> {
        let own = self.documents.find(did).await?.ok_or(SigningKeyError::NotOurs)?;
        if own.is_deactivated() {
            return Err(SigningKeyError::Deactivated);
        }
        own.newest_signing_key().ok_or(SigningKeyError::NoKey)
    }
}
