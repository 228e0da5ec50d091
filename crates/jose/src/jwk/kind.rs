//! The kinds of keys, and what each can do.

use super::rsa;
use crate::algorithm::Algorithm;

/// The kinds of keys that are supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// Signatures and key agreement on P-256.
    P256,
    /// Signatures and key agreement on P-384.
    P384,
    /// Signatures and key agreement on P-521.
    P521,
    /// Signatures only.
    Ed25519,
    /// Key agreement only.
    X25519,
    /// Signatures and key transport.
    Rsa,
}

impl KeyKind {
    /// Whether a key of this kind may be used with a signature algorithm.
    pub fn signs_with(self, algorithm: Algorithm) -> bool {
        match self {
            Self::Rsa => rsa::verification(algorithm).is_some(),
            Self::P256 | Self::P384 | Self::P521 | Self::Ed25519 | Self::X25519 => {
                self.algorithm() == Some(algorithm)
            }
        }
    }

    /// The algorithm that a key of this kind signs with, unless its JWK names another. X25519 has none.
    pub fn algorithm(self) -> Option<Algorithm> {
        match self {
            Self::P256 => Some(Algorithm::Es256),
            Self::P384 => Some(Algorithm::Es384),
            Self::P521 => Some(Algorithm::Es512),
            Self::Ed25519 => Some(Algorithm::EdDsa),
            Self::X25519 => None,
            Self::Rsa => Some(Algorithm::Ps256),
        }
    }
}
