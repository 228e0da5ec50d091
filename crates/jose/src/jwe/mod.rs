//! Encrypted texts: [RFC 7516](https://www.rfc-editor.org/rfc/rfc7516), compact serialisation only.
//!
//! Reads `ECDH-ES+A256KW` and `RSA-OAEP-256` with every content encryption of
//! [RFC 7518 §5](https://www.rfc-editor.org/rfc/rfc7518#section-5); writes these with `A256GCM` only. `RSA1_5`, `dir`,
//! passwords and compression do not exist here. Draws no randomness: the content key, the initialisation vector and the
//! ephemeral key are arguments.

mod algorithm;
mod content;
mod encrypt;
mod key_derivation;
mod parsed;

pub use algorithm::{ContentEncryption, KeyManagement};
pub use encrypt::{EncryptError, EncryptionInputs, PLAINTEXT_BYTES_MAX, encrypt};
pub use parsed::{COMPACT_BYTES_MAX, Decrypted, HEADER_BYTES_MAX, Jwe, PARTY_BYTES_MAX, decrypt};

use crate::json;

/// Why a text is no JWE that could be decrypted here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The text is longer than [`COMPACT_BYTES_MAX`], or its header than [`HEADER_BYTES_MAX`].
    #[error("jwe is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The JSON serialisations of RFC 7516 §7.2 are not read.
    #[error("jwe is not in compact serialisation")]
    JsonSerialization,
    /// A compact JWE has five parts.
    #[error("jwe does not have five parts")]
    PartCount,
    /// A part is not base64url.
    #[error("jwe is not base64url")]
    NotBase64Url,
    /// The header is no JSON object, or names a member twice.
    #[error("jwe header is invalid")]
    InvalidHeader(#[source] json::Error),
    /// A header member is missing.
    #[error("jwe header has no `{name}`")]
    MissingMember {
        /// The member's name.
        name: &'static str,
    },
    /// A header member is not what its specification makes it.
    #[error("jwe header member `{name}` is invalid")]
    InvalidMember {
        /// The member's name.
        name: &'static str,
    },
    /// `alg` or `enc` names an algorithm that does not exist here.
    #[error("encryption algorithm `{name}` is not supported")]
    UnsupportedAlgorithm {
        /// The beginning of the name as given.
        name: String,
    },
    /// `zip` or `crit` asks for something that does not exist here.
    #[error("jwe header member `{name}` is not supported")]
    UnsupportedMember {
        /// The member's name.
        name: &'static str,
    },
}

/// Why a JWE was not decrypted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecryptError {
    /// The text is no JWE that could be decrypted here.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// The key is not for the `alg` of the header; nothing was decrypted.
    #[error("key may not be used with algorithm {algorithm}")]
    AlgorithmNotAllowed {
        /// The algorithm of the header.
        algorithm: KeyManagement,
    },
    // SECURITY: one value for all that can fail with a secret at hand, or the answer is a padding oracle.
    /// The text was not made for this key, or was changed.
    #[error("decryption failed")]
    Failed,
}
