//! Which issuers are trusted to issue which types.
//!
//! Only credentials of did:nuts would be judged by it, and those do not resolve here; the lists are kept for those who call the API.
//! They are rows of the database, so that all nodes see the same, and not the file of the reference.

use pecan_credentials::did::Did;
use pecan_platform::sql::SqlError;

use super::{Verifier, store};
use crate::FailureKind;

/// The most issuers in one answer.
const ISSUERS_MAX: i64 = 10_000;
/// The longest name of a type, in bytes.
const TYPE_BYTES_MAX: usize = 400;

/// An issuer and a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    issuer: Did,
    credential_type: String,
}

/// Why trust is not changed or told.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The issuer is no DID.
    #[error("invalid issuer: invalid DID")]
    Issuer,
    /// The type is longer than any that exists.
    #[error("credentialType is too long")]
    TypeTooLong,
    /// The database failed.
    #[error("internal error")]
    Sql(#[from] SqlError),
}

impl TrustError {
    /// Whose fault it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Issuer | Self::TypeTooLong => FailureKind::Invalid,
            Self::Sql(_) => FailureKind::Internal,
        }
    }
}

impl Trust {
    /// Reads an issuer; any type will do, as callers of the reference may expect.
    pub fn parse(issuer: &str, credential_type: &str) -> Result<Self, TrustError> {
        let issuer = Did::parse(issuer).map_err(|_| TrustError::Issuer)?;
        if credential_type.len() > TYPE_BYTES_MAX {
            return Err(TrustError::TypeTooLong);
        }
        Ok(Self { issuer, credential_type: credential_type.to_owned() })
    }
}

impl Verifier {
    /// Trusts an issuer. Once more changes nothing.
    pub async fn trust(&self, trust: &Trust) -> Result<(), TrustError> {
        let (kind, issuer) = (trust.credential_type.as_str(), trust.issuer.as_str());
        let added = self
            .env
            .db
            .write("verifier.trust", async |tx| Ok(store::put_trust(tx, kind, issuer).await?));
        added.await
    }

    /// Trusts an issuer no longer. Once more changes nothing.
    pub async fn untrust(&self, trust: &Trust) -> Result<(), TrustError> {
        let (kind, issuer) = (trust.credential_type.as_str(), trust.issuer.as_str());
        let removed = self
            .env
            .db
            .write("verifier.untrust", async |tx| Ok(store::remove_trust(tx, kind, issuer).await?));
        removed.await
    }

    /// The issuers that are trusted with a type.
    pub async fn trusted(&self, credential_type: &str) -> Result<Vec<String>, TrustError> {
        let found = self.env.db.read("verifier.trusted", async |tx| {
            Ok(store::list_trusted(tx, credential_type, ISSUERS_MAX).await?)
        });
        found.await
    }
}
