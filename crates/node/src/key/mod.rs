//! Private keys of this node, by the key id that DID documents show.
//!
//! A key lives in the vault under a name of its own; one row ties the two together. Does not know documents.

mod create;
mod named;
mod store;

use std::sync::Arc;

use moka::sync::Cache;
use pecan_credentials::did::DidUrl;
use pecan_jose::jwk::PublicKey;
use pecan_platform::Env;
use pecan_platform::sql::SqlError;
use pecan_platform::vault::{KeyName, VaultError};

pub use create::PreparedKey;
pub use named::NamedKey;

use crate::FailureKind;

/// How many key ids are remembered with the names of their keys.
const NAMES_REMEMBERED_MAX: u64 = 10_000;

/// Finds and uses private keys. Cheap to clone.
#[derive(Clone)]
pub struct Keys {
    env: Env,
    /// Committed rows only; a row never changes.
    names: Cache<DidUrl, Arc<KeyName>>,
}

/// Why a key could not be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No private key of this id is here.
    #[error("private key not found")]
    NotFound,
    /// The vault failed.
    #[error("key vault failed")]
    Vault(#[source] VaultError),
    /// The database failed.
    #[error("internal error")]
    Sql(#[from] SqlError),
}

impl KeyError {
    /// Whose fault it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::NotFound => FailureKind::Invalid,
            Self::Vault(_) | Self::Sql(_) => FailureKind::Internal,
        }
    }
}

impl From<VaultError> for KeyError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::NotFound => Self::NotFound,
            VaultError::BadName(_) | VaultError::Failed(_) => Self::Vault(error),
        }
    }
}

impl Keys {
    /// Keys in the vault of `env`.
    pub fn new(env: Env) -> Self {
        Self { env, names: Cache::new(NAMES_REMEMBERED_MAX) }
    }

    /// Signs with the private key of a key id, with the algorithm of that key.
    pub async fn sign(&self, id: &DidUrl, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let name = self.name(id).await?;
        Ok(self.env.vault.sign(&name, message).await?)
    }

    /// The public half of a key of this node.
    pub async fn public_key(&self, id: &DidUrl) -> Result<PublicKey, KeyError> {
        let name = self.name(id).await?;
        Ok(self.env.vault.public_key(&name).await?)
    }

    async fn name(&self, id: &DidUrl) -> Result<Arc<KeyName>, KeyError> {
        if let Some(name) = self.names.get(id) {
            return Ok(name);
        }
        let name = Arc::new(self.find_recorded(id).await?.ok_or(KeyError::NotFound)?);
        self.names.insert(id.clone(), Arc::clone(&name));
        Ok(name)
    }

    async fn find_recorded(&self, id: &DidUrl) -> Result<Option<KeyName>, SqlError> {
        self.env.db.read("key.find", async |tx| store::find(tx, id).await).await
    }
}
