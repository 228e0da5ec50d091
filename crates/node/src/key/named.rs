//! Keys of the node itself, which no DID document shows: they are found in the vault by a fixed name.

use pecan_jose::jwk::PublicKey;
use pecan_platform::vault::{KeyName, VaultError};

use super::{KeyError, Keys};

/// A key of the node itself.
#[derive(Clone, Debug)]
pub struct NamedKey {
    name: KeyName,
    public_key: PublicKey,
}

impl NamedKey {
    /// Its public half.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }
}

impl Keys {
    /// The P-256 key of a name, made if it is not there. Nodes with one vault get the same.
    pub async fn named(&self, name: &str) -> Result<NamedKey, KeyError> {
        if let Some(key) = self.find_named(name).await? {
            return Ok(key);
        }
        match self.env.vault.create(name).await {
            Ok((name, public_key)) => Ok(NamedKey { name, public_key }),
            // Another node was faster.
            Err(VaultError::BadName(_)) => self.find_named(name).await?.ok_or(KeyError::NotFound),
            Err(error) => Err(error.into()),
        }
    }

    /// Signs with a key of the node itself, with the algorithm of that key.
    pub async fn sign_named(&self, key: &NamedKey, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(self.env.vault.sign(&key.name, message).await?)
    }

    async fn find_named(&self, name: &str) -> Result<Option<NamedKey>, KeyError> {
        // INVARIANT: a key that we make and never replace has the first version.
        let name = KeyName { name: name.to_owned(), version: "1".to_owned() };
        match self.env.vault.public_key(&name).await {
            Ok(public_key) => Ok(Some(NamedKey { name, public_key })),
            Err(VaultError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
