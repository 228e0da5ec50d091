//! What keys do for encryption: key agreement, key wrapping and key transport.

use aws_lc_rs::agreement::{self, UnparsedPublicKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::key_wrap::{self, AesKek, KeyWrap as _};
use aws_lc_rs::rsa::{
    OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey,
};
use zeroize::Zeroizing;

use super::private::{PrivateKey, Secret, ec_scalar};
use super::public::PublicKey;
use super::rsa;

/// A key of AES-256 that wraps other keys, RFC 3394.
pub(crate) struct WrappingKey(Zeroizing<[u8; 32]>);

/// What wrapping adds to a key.
const WRAP_BYTES: usize = 8;

impl WrappingKey {
    pub(crate) fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let mut wrapped = vec![0; key.len() + WRAP_BYTES];
        let kek = AesKek::new(&key_wrap::AES_256, &*self.0)?;
        let length = kek.wrap(key, &mut wrapped)?.len();
        wrapped.truncate(length);
        Ok(wrapped)
    }

    pub(crate) fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
        let mut key = Zeroizing::new(vec![0; wrapped.len()]);
        let kek = AesKek::new(&key_wrap::AES_256, &*self.0)?;
        let length = kek.unwrap(wrapped, &mut key)?.len();
        key.truncate(length);
        Ok(key)
    }
}

impl PrivateKey {
    /// Agrees on a secret with another key of the same curve, and makes a wrapping key of it.
    pub(crate) fn agree(
        &self,
        peer: &PublicKey,
        derive: impl FnOnce(&[u8]) -> Zeroizing<[u8; 32]>,
    ) -> Result<WrappingKey, Unspecified> {
        if peer.kind() != self.public_key().kind() {
            return Err(Unspecified);
        }
        let with = |key: &agreement::PrivateKey, peer: &[u8]| {
            // The provider refuses a secret of zeros, RFC 7748 §6.1.
            let peer = UnparsedPublicKey::new(key.algorithm(), peer);
            agreement::agree(key, peer, Unspecified, |secret| Ok(WrappingKey(derive(secret))))
        };
        match self.secret() {
            Secret::Ec(pair, curve) => {
                let scalar = ec_scalar(pair);
                let key =
                    agreement::PrivateKey::from_private_key(curve.agreement(), scalar.as_ref())
                        .map_err(|_| Unspecified)?;
                with(&key, peer.point().ok_or(Unspecified)?)
            }
            Secret::X25519(key) => with(key, peer.point().ok_or(Unspecified)?),
            Secret::Ed25519(_) | Secret::Rsa(_) => Err(Unspecified),
        }
    }

    /// Decrypts with RSAES-OAEP of SHA-256, RFC 7518 §4.3.
    pub(crate) fn decrypt_oaep(&self, encrypted: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
        let Secret::Rsa(pair) = self.secret() else { return Err(Unspecified) };
        let key = PrivateDecryptingKey::from_pkcs8(&rsa::pkcs8(pair)).map_err(|_| Unspecified)?;
        let key = OaepPrivateDecryptingKey::new(key)?;
        let mut content = Zeroizing::new(vec![0; key.min_output_size()]);
        let length = key.decrypt(&OAEP_SHA256_MGF1SHA256, encrypted, &mut content, None)?.len();
        content.truncate(length);
        Ok(content)
    }
}

impl PublicKey {
    /// Encrypts with RSAES-OAEP of SHA-256, RFC 7518 §4.3. The provider draws the padding's seed.
    pub(crate) fn encrypt_oaep(&self, content: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let key = self.rsa_components().ok_or(Unspecified)?;
        let key: PublicEncryptingKey = key.try_into()?;
        let key = OaepPublicEncryptingKey::new(key)?;
        let mut encrypted = vec![0; key.ciphertext_size()];
        let length = key.encrypt(&OAEP_SHA256_MGF1SHA256, content, &mut encrypted, None)?.len();
        encrypted.truncate(length);
        Ok(encrypted)
    }
}
