//! Encryption algorithms: the ones that exist here, and no others.

use std::fmt;

use crate::jwk::KeyKind;

/// How a content key reaches its recipient: [RFC 7518 §4](https://www.rfc-editor.org/rfc/rfc7518#section-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyManagement {
    /// A key agreed on by ECDH wraps the content key with AES-256.
    EcdhEsA256Kw,
    /// RSAES-OAEP with SHA-256 and MGF1 with SHA-256.
    RsaOaep256,
}

/// How the content is encrypted: [RFC 7518 §5](https://www.rfc-editor.org/rfc/rfc7518#section-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContentEncryption {
    /// AES-128 in GCM.
    A128Gcm,
    /// AES-192 in GCM.
    A192Gcm,
    /// AES-256 in GCM. The one that is written.
    A256Gcm,
    /// AES-128 in CBC with HMAC-SHA-256.
    A128CbcHs256,
    /// AES-192 in CBC with HMAC-SHA-384.
    A192CbcHs384,
    /// AES-256 in CBC with HMAC-SHA-512.
    A256CbcHs512,
}

impl KeyManagement {
    /// Both.
    pub const ALL: [Self; 2] = [Self::EcdhEsA256Kw, Self::RsaOaep256];

    /// The name that `alg` carries.
    pub fn name(self) -> &'static str {
        match self {
            Self::EcdhEsA256Kw => "ECDH-ES+A256KW",
            Self::RsaOaep256 => "RSA-OAEP-256",
        }
    }

    pub(crate) fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// The algorithm that keys of a kind receive with.
    pub fn of(kind: KeyKind) -> Option<Self> {
        match kind {
            KeyKind::P256 | KeyKind::P384 | KeyKind::P521 | KeyKind::X25519 => {
                Some(Self::EcdhEsA256Kw)
            }
            KeyKind::Rsa => Some(Self::RsaOaep256),
            KeyKind::Ed25519 => None,
        }
    }
}

impl fmt::Display for KeyManagement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl ContentEncryption {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::A128Gcm,
        Self::A192Gcm,
        Self::A256Gcm,
        Self::A128CbcHs256,
        Self::A192CbcHs384,
        Self::A256CbcHs512,
    ];

    /// The name that `enc` carries.
    pub fn name(self) -> &'static str {
        match self {
            Self::A128Gcm => "A128GCM",
            Self::A192Gcm => "A192GCM",
            Self::A256Gcm => "A256GCM",
            Self::A128CbcHs256 => "A128CBC-HS256",
            Self::A192CbcHs384 => "A192CBC-HS384",
            Self::A256CbcHs512 => "A256CBC-HS512",
        }
    }

    pub(crate) fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
}
