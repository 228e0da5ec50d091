//! Private keys: made, named and used here; they never leave.

mod file;

pub use file::FileVault;
use pecan_jose::jwk::{PrivateKey, PublicKey};

use crate::BoxFuture;

/// The name of a key in its vault, and its version there (contract/credentials.md 12.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyName {
    /// The name: a UUID for keys that we make.
    pub name: String,
    /// The version, `1` unless the vault counts.
    pub version: String,
}

/// Makes private keys and signs with them.
pub trait KeyVault: Send + Sync {
    /// Makes a P-256 key under a name; its public half.
    fn create<'a>(
        &'a self,
        name: &'a str,
    ) -> BoxFuture<'a, Result<(KeyName, PublicKey), VaultError>>;

    /// Signs with the algorithm that belongs to the key (RFC 7518 §3 form). Parsed keys are kept in memory.
    fn sign<'a>(
        &'a self,
        key: &'a KeyName,
        message: &'a [u8],
    ) -> BoxFuture<'a, Result<Vec<u8>, VaultError>>;

    /// The public half of a key.
    fn public_key<'a>(&'a self, key: &'a KeyName) -> BoxFuture<'a, Result<PublicKey, VaultError>>;

    /// Removes a key, as after a change that was rolled back. Absent keys are fine.
    fn remove<'a>(&'a self, key: &'a KeyName) -> BoxFuture<'a, Result<(), VaultError>>;

    /// The names of all keys.
    fn list(&self) -> BoxFuture<'_, Result<Vec<KeyName>, VaultError>>;
}

/// Why a vault did not answer. Never holds key material.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// There is no such key.
    #[error("private key not found")]
    NotFound,
    /// The name could leave the folder of the keys, or already has a key.
    #[error("key name `{0}` cannot be used")]
    BadName(String),
    /// The vault failed.
    #[error("key vault failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Makes a P-256 key, the kind of all keys that we make. For vaults.
#[expect(clippy::disallowed_methods, reason = "keys are made in vaults, and nowhere else")]
pub fn generate_key() -> Result<PrivateKey, VaultError> {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
    let failed = || VaultError::Failed("key generation failed".into());
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| failed())?;
    let der = pair.to_pkcs8v1().map_err(|_| failed())?;
    PrivateKey::from_pkcs8(der.as_ref()).map_err(|error| VaultError::Failed(error.into()))
}
