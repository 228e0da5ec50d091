//! Public keys.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rsa::PublicKeyComponents;
use serde_json::{Map, Value};

use super::material::{Material, OKP_BYTES};
use super::members::Members;
use super::rsa::{self, PublicRsa};
use super::spki::{self, Identifier};
use super::usage::Usage;
use super::{Curve, Error, KeyKind};
use crate::algorithm::Algorithm;
use crate::excerpt::excerpt;
use crate::jwe::KeyManagement;
use crate::thumbprint;

/// A public key that was checked. Cloning is cheap.
///
/// Two keys are equal when they are the same key, whatever their JWKs allow them to do.
#[derive(Clone)]
pub struct PublicKey {
    material: Arc<Material>,
    usage: Usage,
}

/// Why a signature was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The key is for another algorithm, or not for signatures.
    #[error("key may not be used with algorithm {algorithm}")]
    AlgorithmNotAllowed {
        /// The algorithm of the signature.
        algorithm: Algorithm,
    },
    /// The signature is not one of this key over this message.
    #[error("signature is invalid")]
    InvalidSignature,
}

impl PublicKey {
    /// Reads a public JWK; one with private members is refused, RFC 7517 §9.3.
    pub fn from_jwk(jwk: &Value) -> Result<Self, Error> {
        let members = Members::of(jwk)?;
        members.refuse_private()?;
        Self::from_members(members)
    }

    /// Reads the public members only.
    pub(super) fn from_members(jwk: Members<'_>) -> Result<Self, Error> {
        let key = match jwk.text("kty")? {
            "EC" => Self::from_ec_members(jwk)?,
            "OKP" => Self::from_okp_members(jwk)?,
            "RSA" => Self::rsa(PublicRsa::new(&jwk.integer("n")?, &jwk.integer("e")?)?),
            other => return Err(Error::UnsupportedKeyType { name: excerpt(other) }),
        };
        let usage = Usage::of(jwk, key.kind())?;
        Ok(key.with_usage(usage))
    }

    fn from_ec_members(jwk: Members<'_>) -> Result<Self, Error> {
        let name = jwk.text("crv")?;
        let curve = Curve::ALL
            .into_iter()
            .find(|curve| curve.name() == name)
            .ok_or_else(|| Error::UnsupportedCurve { name: excerpt(name) })?;
        let x = jwk.bytes_of_length("x", curve.coordinate_bytes())?;
        let y = jwk.bytes_of_length("y", curve.coordinate_bytes())?;
        Self::ec(curve, &[&[0x04], x.as_slice(), y.as_slice()].concat())
    }

    fn from_okp_members(jwk: Members<'_>) -> Result<Self, Error> {
        let make = match jwk.text("crv")? {
            "Ed25519" => Self::ed25519,
            "X25519" => Self::x25519,
            other => return Err(Error::UnsupportedCurve { name: excerpt(other) }),
        };
        make(&jwk.bytes_of_length("x", OKP_BYTES)?)
    }

    /// A point in the encoding of SEC 1 §2.3.3, compressed or not.
    pub fn ec(curve: Curve, point: &[u8]) -> Result<Self, Error> {
        Material::ec(curve, point).map(Self::of)
    }

    /// An Ed25519 key of 32 bytes, RFC 8032 §5.1.5. Bytes that are no point verify nothing.
    pub fn ed25519(bytes: &[u8]) -> Result<Self, Error> {
        Material::ed25519(bytes).map(Self::of)
    }

    /// An X25519 key of 32 bytes, RFC 7748 §5.
    pub fn x25519(bytes: &[u8]) -> Result<Self, Error> {
        Material::x25519(bytes).map(Self::of)
    }

    /// An `RSAPublicKey` of RFC 8017 A.1.1.
    pub fn rsa_pkcs1(der: &[u8]) -> Result<Self, Error> {
        PublicRsa::from_pkcs1(der).map(Self::rsa)
    }

    /// A `SubjectPublicKeyInfo`, as certificates carry it.
    pub fn from_spki(der: &[u8]) -> Result<Self, Error> {
        let (identifier, octets) = spki::public(der)?;
        match identifier {
            Identifier::Ec(curve) => Self::ec(curve, octets),
            Identifier::Ed25519 => Self::ed25519(octets),
            Identifier::X25519 => Self::x25519(octets),
            Identifier::Rsa => Self::rsa_pkcs1(octets),
        }
    }

    pub(super) fn rsa(key: PublicRsa) -> Self {
        Self::of(Material::Rsa(key))
    }

    fn of(material: Material) -> Self {
        Self { material: Arc::new(material), usage: Usage::ANY }
    }

    pub(super) fn with_usage(self, usage: Usage) -> Self {
        Self { usage, ..self }
    }

    pub(super) fn usage(&self) -> Usage {
        self.usage
    }

    /// The public members, sorted; neither `alg` nor `kid` nor `use`.
    pub fn to_jwk(&self) -> Map<String, Value> {
        let members = self.material.members().into_iter();
        members.map(|(name, value)| (name.to_owned(), Value::String(value))).collect()
    }

    /// What kind of key this is.
    pub fn kind(&self) -> KeyKind {
        self.material.kind()
    }

    /// The algorithm that this key signs with: the one of its JWK, or the one of its kind. X25519 has none.
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.usage.algorithm().or_else(|| self.kind().algorithm())
    }

    /// Whether the key is for this algorithm: by its kind, and by `alg`, `use` and `key_ops` of its JWK.
    pub fn allows(&self, algorithm: Algorithm) -> bool {
        self.kind().signs_with(algorithm) && self.usage.allows_signature(algorithm)
    }

    /// Whether content keys may be sent to this key: by its kind, and by `alg`, `use` and `key_ops` of its JWK.
    pub fn allows_encryption(&self, algorithm: KeyManagement) -> bool {
        KeyManagement::of(self.kind()) == Some(algorithm) && self.usage.allows_encryption()
    }

    /// The SHA-256 thumbprint of RFC 7638, in base64url.
    pub fn thumbprint(&self) -> String {
        thumbprint::of(&self.to_jwk())
    }

    /// Checks a signature as JWS writes it: ECDSA as `r` and `s` of fixed width, RFC 7518 §3.4.
    pub fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        // SECURITY: before anything else, or an RSA key becomes a secret of another algorithm.
        if !self.allows(algorithm) {
            return Err(VerifyError::AlgorithmNotAllowed { algorithm });
        }
        let verified = match &*self.material {
            Material::Ec { verifier, .. } | Material::Ed25519 { verifier, .. } => {
                verifier.verify_sig(message, signature)
            }
            Material::Rsa(key) => match rsa::verification(algorithm) {
                Some(parameters) => key.components().verify(parameters, message, signature),
                None => return Err(VerifyError::AlgorithmNotAllowed { algorithm }),
            },
            Material::X25519 { .. } => return Err(VerifyError::AlgorithmNotAllowed { algorithm }),
        };
        verified.map_err(|_| VerifyError::InvalidSignature)
    }

    /// The point of a key that can agree on secrets: uncompressed, or the bytes of X25519.
    pub(super) fn point(&self) -> Option<&[u8]> {
        match &*self.material {
            Material::Ec { point, .. } => Some(point),
            Material::X25519 { bytes } => Some(bytes),
            Material::Ed25519 { .. } | Material::Rsa(_) => None,
        }
    }

    pub(super) fn rsa_components(&self) -> Option<PublicKeyComponents<&[u8]>> {
        match &*self.material {
            Material::Rsa(key) => Some(key.components()),
            Material::Ec { .. } | Material::Ed25519 { .. } | Material::X25519 { .. } => None,
        }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.material == other.material
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({:?} {})", self.kind(), self.thumbprint())
    }
}
