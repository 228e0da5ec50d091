//! The NIST curves: [RFC 7518 §6.2.1.1](https://www.rfc-editor.org/rfc/rfc7518#section-6.2.1.1).

use aws_lc_rs::agreement;
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::signature::{self, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm};

use super::Error;

/// A curve of ECDSA and ECDH.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Curve {
    /// secp256r1.
    P256,
    /// secp384r1.
    P384,
    /// secp521r1.
    P521,
}

impl Curve {
    pub(super) const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    /// The name that `crv` carries.
    pub fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// The bytes of one coordinate, and of a private scalar.
    pub fn coordinate_bytes(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The contents octets of the curve's object identifier, RFC 5480 §2.1.1.1.
    pub(super) fn object_identifier(self) -> &'static [u8] {
        match self {
            Self::P256 => &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
            Self::P384 => &[0x2b, 0x81, 0x04, 0x00, 0x22],
            Self::P521 => &[0x2b, 0x81, 0x04, 0x00, 0x23],
        }
    }

    pub(super) fn verification(self) -> &'static EcdsaVerificationAlgorithm {
        match self {
            Self::P256 => &signature::ECDSA_P256_SHA256_FIXED,
            Self::P384 => &signature::ECDSA_P384_SHA384_FIXED,
            Self::P521 => &signature::ECDSA_P521_SHA512_FIXED,
        }
    }

    pub(super) fn signing(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Self::P256 => &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
            Self::P384 => &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
            Self::P521 => &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
        }
    }

    pub(super) fn agreement(self) -> &'static agreement::Algorithm {
        match self {
            Self::P256 => &agreement::ECDH_P256,
            Self::P384 => &agreement::ECDH_P384,
            Self::P521 => &agreement::ECDH_P521,
        }
    }

    /// The uncompressed form of a SEC 1 point, and the key ready to verify with.
    pub(super) fn point(
        self,
        sec1: &[u8],
    ) -> Result<(Box<[u8]>, signature::ParsedPublicKey), Error> {
        let length = self.coordinate_bytes();
        // SECURITY: the provider would read other encodings too; one key has two spellings here, not more.
        let expected = match sec1.first() {
            Some(0x04) => 1 + 2 * length,
            Some(0x02 | 0x03) => 1 + length,
            Some(_) | None => return Err(Error::UnsupportedEncoding),
        };
        if sec1.len() != expected {
            return Err(Error::WrongLength { name: "x" });
        }
        let parsed = signature::ParsedPublicKey::new(self.verification(), sec1)
            .map_err(|_| Error::PointNotOnCurve)?;
        if sec1.len() == 1 + 2 * length {
            return Ok((sec1.into(), parsed));
        }
        // The provider has no call that decompresses, but its SubjectPublicKeyInfo ends in the uncompressed point.
        let spki = parsed.as_der().map_err(|_| Error::PointNotOnCurve)?;
        let spki = spki.as_ref();
        let point = spki.len().checked_sub(1 + 2 * length).and_then(|start| spki.get(start..));
        match point {
            Some(point) if point.first() == Some(&0x04) => self.point(point),
            Some(_) | None => Err(Error::PointNotOnCurve),
        }
    }
}
