//! Something that signs: a private key here, or a stand-in for one.
//!
//! A key in a remote vault is no signer, since it answers later: take
//! [`Unsigned::signing_input`](crate::jws::Unsigned::signing_input), have it signed, and attach what comes back.

use crate::algorithm::Algorithm;
use crate::jwk::PublicKey;

/// Signs messages with one key and one algorithm.
pub trait Signer: Send + Sync {
    /// The key that the signatures verify under.
    fn public_key(&self) -> &PublicKey;

    /// The algorithm that [`sign`](Self::sign) uses.
    fn algorithm(&self) -> Algorithm;

    /// Signs a message; the signature is in the form of RFC 7518 §3.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// Why nothing was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The key is for key agreement, for encryption, or for an algorithm that nothing here signs with.
    #[error("key may not sign with algorithm {algorithm}")]
    AlgorithmNotAllowed {
        /// The algorithm asked for.
        algorithm: Algorithm,
    },
    /// The header names another algorithm than the signer uses.
    #[error("header says {header}, but the key signs with {signer}")]
    AlgorithmMismatch {
        /// The algorithm of the header.
        header: Algorithm,
        /// The algorithm of the signer.
        signer: Algorithm,
    },
    /// The provider failed; it does not say why.
    #[error("signing failed")]
    Failed,
}
