//! Tells what is in the wallets, and takes things out (contract/credentials.md 6.6).

use std::sync::Arc;

use pecan_credentials::credential::Credential;
use pecan_credentials::did::Did;
use pecan_platform::sql::SqlError;
use time::OffsetDateTime;

use super::{Wallet, store};
use crate::FailureKind;
use crate::subject::Subject;
use crate::verifier::{Revocation, Signature, all_in_order};

/// Why nothing is told of a wallet, or taken out.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// No subject has this name.
    #[error("subject not found")]
    SubjectNotFound,
    /// No DID of the subject holds the credential.
    #[error("credential not found")]
    CredentialNotFound,
    /// The database failed.
    #[error("internal error")]
    Sql(#[from] SqlError),
}

impl WalletError {
    /// Whose fault it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::SubjectNotFound | Self::CredentialNotFound => FailureKind::NotFound,
            Self::Sql(_) => FailureKind::Internal,
        }
    }
}

/// A credential in a wallet, and whether it is revoked.
#[derive(Clone, Debug)]
pub struct HeldCredential {
    /// The credential.
    pub credential: Credential,
    /// Its revocation, if there is one and it can be told.
    pub revocation: Option<Revocation>,
}

impl Wallet {
    /// How many credentials all subjects of this node hold. Reads an index from end to end: for operators.
    pub async fn count(&self) -> Result<i64, SqlError> {
        self.env.db.read("wallet.count", async |tx| store::count_all(tx).await).await
    }

    /// What a DID can present now: valid and not revoked, in the order in which it was loaded. Signatures were checked when they were loaded.
    pub async fn presentable(
        &self,
        did: &Did,
        now: OffsetDateTime,
    ) -> Result<Vec<Credential>, SqlError> {
        let holding = self.holdings.find(did, now).await?;
        let credentials = holding.credentials.iter();
        let checks = credentials.map(|credential| self.if_presentable(credential, now));
        Ok(all_in_order(checks.collect()).await?.into_iter().flatten().collect())
    }

    /// Everything a DID holds, also what is expired or revoked, for explanations.
    pub async fn all(&self, did: &Did) -> Result<Vec<Credential>, SqlError> {
        let now = self.env.clock.now();
        Ok(self.holdings.find(did, now).await?.credentials.clone())
    }

    /// What the DIDs of a subject can present now, in order of preference.
    pub async fn list(&self, subject: &str) -> Result<Vec<Credential>, WalletError> {
        let now = self.env.clock.now();
        let mut all = Vec::new();
        for did in &self.subject(subject).await?.dids {
            all.extend(self.presentable(did, now).await?);
        }
        Ok(all)
    }

    /// Everything that the DIDs of a subject hold, also what is expired or revoked.
    pub async fn search(&self, subject: &str) -> Result<Vec<HeldCredential>, WalletError> {
        let now = self.env.clock.now();
        let mut all = Vec::new();
        for did in &self.subject(subject).await?.dids {
            let holding = self.holdings.find(did, now).await?;
            let credentials = holding.credentials.iter();
            let found = credentials.map(|credential| self.with_revocation(credential, now));
            all.extend(all_in_order(found.collect()).await?);
        }
        Ok(all)
    }

    /// Removes a credential from the wallets of all DIDs of a subject.
    pub async fn remove(&self, subject: &str, id: &str) -> Result<(), WalletError> {
        let subject = self.subject(subject).await?;
        let removed = self.env.db.write("wallet.remove", async |tx| {
            let mut is_found = false;
            for did in &subject.dids {
                if store::remove(tx, did, id).await? {
                    store::next_version(tx, did).await?;
                    is_found = true;
                }
            }
            if is_found { Ok(()) } else { Err(WalletError::CredentialNotFound) }
        });
        removed.await?;
        subject.dids.iter().for_each(|did| self.holdings.forget(did));
        Ok(())
    }

    async fn if_presentable(
        &self,
        credential: &Credential,
        now: OffsetDateTime,
    ) -> Result<Option<Credential>, SqlError> {
        let check = self.verifier.credential(credential, Signature::Trusted, now).await;
        Ok(check.is_ok().then(|| credential.clone()))
    }

    async fn with_revocation(
        &self,
        credential: &Credential,
        now: OffsetDateTime,
    ) -> Result<HeldCredential, WalletError> {
        let revocation = self.verifier.revocation(credential, now).await;
        Ok(HeldCredential { credential: credential.clone(), revocation })
    }

    async fn subject(&self, name: &str) -> Result<Arc<Subject>, WalletError> {
        self.subjects.find(name).await?.ok_or(WalletError::SubjectNotFound)
    }
}
