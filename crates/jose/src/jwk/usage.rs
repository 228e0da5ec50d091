//! What a JWK allows its key to do: `alg`, `use` and `key_ops`, RFC 7517 §4.2 to §4.4.

use super::members::Members;
use super::{Error, KeyKind};
use crate::algorithm::Algorithm;
use crate::jwe::KeyManagement;

/// What a key may be used for. A key without a JWK may do all that its kind can.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    /// The only signature algorithm, if the JWK names one.
    algorithm: Option<Algorithm>,
    signatures: bool,
    encryption: bool,
}

impl Usage {
    /// Everything the kind of key can do.
    pub(super) const ANY: Self = Self { algorithm: None, signatures: true, encryption: true };

    pub(super) fn of(jwk: Members<'_>, kind: KeyKind) -> Result<Self, Error> {
        let mut usage = Self::ANY;
        usage.restrict_to_algorithm(jwk, kind)?;
        if let Some(purpose) = jwk.find_text("use")? {
            usage.signatures &= purpose == "sig";
            usage.encryption &= purpose == "enc";
        }
        if let Some(operations) = jwk.find_texts("key_ops")? {
            let any =
                |wanted: &[&str]| operations.iter().any(|operation| wanted.contains(operation));
            usage.signatures &= any(&["sign", "verify"]);
            usage.encryption &=
                any(&["encrypt", "decrypt", "wrapKey", "unwrapKey", "deriveKey", "deriveBits"]);
        }
        Ok(usage)
    }

    fn restrict_to_algorithm(&mut self, jwk: Members<'_>, kind: KeyKind) -> Result<(), Error> {
        let Some(name) = jwk.find_text("alg")? else { return Ok(()) };
        if let Ok(algorithm) = name.parse::<Algorithm>() {
            if !kind.signs_with(algorithm) {
                return Err(Error::wrong_algorithm(name));
            }
            self.algorithm = Some(algorithm);
            self.encryption = false;
        } else if let Some(algorithm) = KeyManagement::find(name) {
            if KeyManagement::of(kind) != Some(algorithm) {
                return Err(Error::wrong_algorithm(name));
            }
            self.signatures = false;
        } else {
            // SECURITY: a key for an algorithm that does not exist here is good for nothing here.
            self.signatures = false;
            self.encryption = false;
        }
        Ok(())
    }

    pub(super) fn with_algorithm(self, algorithm: Algorithm) -> Self {
        Self { algorithm: Some(algorithm), ..self }
    }

    pub(super) fn algorithm(self) -> Option<Algorithm> {
        self.algorithm
    }

    pub(super) fn allows_signature(self, algorithm: Algorithm) -> bool {
        self.signatures && self.algorithm.is_none_or(|only| only == algorithm)
    }

    pub(super) fn allows_encryption(self) -> bool {
        self.encryption
    }
}
