//! Why something is no key.

use crate::der::Malformed;
use crate::excerpt::excerpt;

/// Why a key was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A JWK is a JSON object.
    #[error("jwk is not an object")]
    NotAnObject,
    /// A member that this kind of key needs is not there.
    #[error("jwk has no member `{name}`")]
    MissingMember {
        /// The member's name.
        name: &'static str,
    },
    /// A member has another JSON type than its specification gives it.
    #[error("jwk member `{name}` has the wrong type")]
    WrongType {
        /// The member's name.
        name: &'static str,
    },
    /// A public key was asked for, and private parts came.
    #[error("jwk has the private member `{name}`")]
    PrivateMember {
        /// The member's name; its value is not repeated.
        name: &'static str,
    },
    /// Another `kty` than `EC`, `OKP` and `RSA`.
    #[error("key type `{name}` is not supported")]
    UnsupportedKeyType {
        /// The beginning of the value.
        name: String,
    },
    /// A `crv` that does not exist here, or not for this `kty`.
    #[error("curve `{name}` is not supported")]
    UnsupportedCurve {
        /// The beginning of the value.
        name: String,
    },
    /// A member's value is not base64url without padding.
    #[error("jwk member `{name}` is not base64url")]
    NotBase64Url {
        /// The member's name.
        name: &'static str,
    },
    /// A value is longer or shorter than its curve wants, or an integer has leading zeros.
    #[error("key value `{name}` has the wrong length")]
    WrongLength {
        /// The member's name.
        name: &'static str,
    },
    /// The coordinates are no point of the curve.
    #[error("key is not a point on its curve")]
    PointNotOnCurve,
    /// An Ed25519 point under which one signature holds for every message.
    #[error("key has a small order")]
    SmallOrder,
    /// An RSA modulus outside [`MODULUS_BITS_MIN`](super::MODULUS_BITS_MIN) and
    /// [`MODULUS_BITS_MAX`](super::MODULUS_BITS_MAX).
    #[error("rsa modulus of {bits} bits is not accepted")]
    ModulusSize {
        /// The size found.
        bits: usize,
    },
    /// An RSA modulus that is even, or an exponent that is even, 1, or longer than 33 bits.
    #[error("rsa key has an unusable modulus or exponent")]
    UnusableRsa,
    /// An RSA modulus with the mark of a generator whose keys can be factored.
    #[error("rsa key was made by a broken generator")]
    FactorableRsa,
    /// The JWK's `alg` is for other keys.
    #[error("algorithm `{name}` does not fit the key")]
    WrongAlgorithm {
        /// The beginning of the value.
        name: String,
    },
    /// The bytes are not DER or PEM of a key that is supported.
    #[error("key encoding is not supported")]
    UnsupportedEncoding,
    /// The private part does not belong to the public part, or is out of range.
    #[error("private key is inconsistent")]
    Inconsistent,
}

impl Error {
    pub(super) fn wrong_algorithm(name: &str) -> Self {
        Self::WrongAlgorithm { name: excerpt(name) }
    }
}

impl From<Malformed> for Error {
    fn from(_: Malformed) -> Self {
        Self::UnsupportedEncoding
    }
}
