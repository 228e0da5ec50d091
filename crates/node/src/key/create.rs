//! Makes keys in three steps, since a vault knows no transactions: prepare, record, and discard what was not recorded.

use pecan_credentials::did::verification_method::VerificationMethod;
use pecan_credentials::did::{Did, DidUrl};
use pecan_jose::jwk::PublicKey;
use pecan_platform::random;
use pecan_platform::sql::{SqlError, Tx};
use pecan_platform::vault::KeyName;

use super::{KeyError, Keys, store};

/// A key that is in the vault, and whose id is not yet known to anybody.
#[derive(Clone, Debug)]
pub struct PreparedKey {
    id: DidUrl,
    name: KeyName,
    public_key: PublicKey,
}

impl PreparedKey {
    /// The id that it will have.
    pub fn id(&self) -> &DidUrl {
        &self.id
    }

    /// The key as DID documents show it.
    pub fn verification_method(&self) -> VerificationMethod {
        let controller = self.id.did().clone();
        VerificationMethod::json_web_key(self.id.clone(), controller, self.public_key.to_jwk())
    }
}

impl Keys {
    /// Makes a P-256 key for a DID of this node. No transaction may be open.
    pub async fn prepare(&self, did: &Did) -> Result<PreparedKey, KeyError> {
        let fragment = random::uuid(&*self.env.random);
        let id = DidUrl::with_fragment(did, &fragment)
            .expect("a DID of ours is short, and a UUID is a fragment");
        let (name, public_key) = self.env.vault.create(&random::uuid(&*self.env.random)).await?;
        Ok(PreparedKey { id, name, public_key })
    }

    /// Ties a key to its id, as part of the transaction that publishes it.
    pub async fn record(&self, tx: &mut Tx<'_>, key: &PreparedKey) -> Result<(), SqlError> {
        store::insert(tx, &key.id, &key.name).await
    }

    /// Removes a key whose transaction failed. Failures are logged: the key is then in the vault for nothing.
    pub async fn discard(&self, key: PreparedKey) {
        // SECURITY: a failed commit may have happened all the same; a recorded key is never removed.
        let removed = match self.find_recorded(&key.id).await {
            Ok(None) => self.env.vault.remove(&key.name).await.map_err(KeyError::from),
            Ok(Some(_)) => Ok(()),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = removed {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(
                error,
                key.name = key.name.name,
                "a key that nobody uses stays in the vault"
            );
        }
    }
}
