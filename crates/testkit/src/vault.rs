//! A vault whose keys live in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use pecan_jose::jwk::{PrivateKey, PublicKey};
use pecan_jose::signer::Signer as _;
use pecan_platform::BoxFuture;
use pecan_platform::vault::{KeyName, KeyVault, VaultError, generate_key};

/// Keeps private keys in memory, for tests.
#[derive(Default)]
pub struct InMemoryVault {
    keys: Mutex<BTreeMap<String, Arc<PrivateKey>>>,
}

impl InMemoryVault {
    /// A vault without keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a key in, as one that was made before.
    pub fn insert(&self, name: &str, key: PrivateKey) -> KeyName {
        self.with(|keys| keys.insert(name.to_owned(), Arc::new(key)));
        key_name(name)
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<String, Arc<PrivateKey>>) -> T) -> T {
        work(&mut self.keys.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn key(&self, key: &KeyName) -> Result<Arc<PrivateKey>, VaultError> {
        self.with(|keys| keys.get(&key.name).cloned()).ok_or(VaultError::NotFound)
    }
}

impl KeyVault for InMemoryVault {
    fn create<'a>(
        &'a self,
        name: &'a str,
    ) -> BoxFuture<'a, Result<(KeyName, PublicKey), VaultError>> {
        Box::pin(async move {
            let key = Arc::new(generate_key()?);
            let public = key.public_key().clone();
            let is_new = self.with(|keys| {
                let is_new = !keys.contains_key(name);
                keys.entry(name.to_owned()).or_insert(key);
                is_new
            });
            if is_new {
                Ok((key_name(name), public))
            } else {
                Err(VaultError::BadName(name.to_owned()))
            }
        })
    }

    fn sign<'a>(
        &'a self,
        key: &'a KeyName,
        message: &'a [u8],
    ) -> BoxFuture<'a, Result<Vec<u8>, VaultError>> {
        Box::pin(async move {
            self.key(key)?.sign(message).map_err(|error| VaultError::Failed(error.into()))
        })
    }

    fn public_key<'a>(&'a self, key: &'a KeyName) -> BoxFuture<'a, Result<PublicKey, VaultError>> {
        Box::pin(async move { Ok(self.key(key)?.public_key().clone()) })
    }

    fn remove<'a>(&'a self, key: &'a KeyName) -> BoxFuture<'a, Result<(), VaultError>> {
        Box::pin(async move {
            self.with(|keys| keys.remove(&key.name));
            Ok(())
        })
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<KeyName>, VaultError>> {
        Box::pin(
            async move { Ok(self.with(|keys| keys.keys().map(|name| key_name(name)).collect())) },
        )
    }
}

fn key_name(name: &str) -> KeyName {
    KeyName { name: name.to_owned(), version: "1".to_owned() }
}
