//! The values of a public key.

use aws_lc_rs::signature::{self, ParsedPublicKey};

use super::rsa::PublicRsa;
use super::{Curve, Error, KeyKind, small_order};
use crate::base64url;

/// The bytes of an Ed25519 or X25519 public key.
pub(super) const OKP_BYTES: usize = 32;

/// A checked public key, and for most kinds the provider's form of it.
pub(super) enum Material {
    Ec { curve: Curve, point: Box<[u8]>, verifier: ParsedPublicKey },
    Ed25519 { bytes: [u8; OKP_BYTES], verifier: ParsedPublicKey },
    X25519 { bytes: [u8; OKP_BYTES] },
    Rsa(PublicRsa),
}

impl Material {
    pub(super) fn ec(curve: Curve, sec1: &[u8]) -> Result<Self, Error> {
        let (point, verifier) = curve.point(sec1)?;
        Ok(Self::Ec { curve, point, verifier })
    }

    pub(super) fn ed25519(bytes: &[u8]) -> Result<Self, Error> {
        let bytes = okp(bytes)?;
        if small_order::contains(&bytes) {
            return Err(Error::SmallOrder);
        }
        ParsedPublicKey::new(&signature::ED25519, bytes)
            .map(|verifier| Self::Ed25519 { bytes, verifier })
            .map_err(|_| Error::PointNotOnCurve)
    }

    pub(super) fn x25519(bytes: &[u8]) -> Result<Self, Error> {
        okp(bytes).map(|bytes| Self::X25519 { bytes })
    }

    pub(super) fn kind(&self) -> KeyKind {
        match self {
            Self::Ec { curve: Curve::P256, .. } => KeyKind::P256,
            Self::Ec { curve: Curve::P384, .. } => KeyKind::P384,
            Self::Ec { curve: Curve::P521, .. } => KeyKind::P521,
            Self::Ed25519 { .. } => KeyKind::Ed25519,
            Self::X25519 { .. } => KeyKind::X25519,
            Self::Rsa(_) => KeyKind::Rsa,
        }
    }

    /// The members of a JWK that are the key.
    // INVARIANT: sorted, and the required members of RFC 7638 §3.2 only: the thumbprint hashes this.
    pub(super) fn members(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Ec { curve, point, .. } => {
                let coordinates = point.get(1..).unwrap_or_default();
                let (x, y) = coordinates.split_at(curve.coordinate_bytes());
                vec![
                    ("crv", curve.name().to_owned()),
                    ("kty", "EC".to_owned()),
                    ("x", base64url::encode(x)),
                    ("y", base64url::encode(y)),
                ]
            }
            Self::Ed25519 { bytes, .. } => okp_members("Ed25519", bytes),
            Self::X25519 { bytes } => okp_members("X25519", bytes),
            Self::Rsa(key) => vec![
                ("e", base64url::encode(&key.e)),
                ("kty", "RSA".to_owned()),
                ("n", base64url::encode(&key.n)),
            ],
        }
    }
}

impl PartialEq for Material {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Ec { curve, point, .. }, Self::Ec { curve: other_curve, point: other, .. }) => {
                curve == other_curve && point == other
            }
            (Self::Ed25519 { bytes, .. }, Self::Ed25519 { bytes: other, .. })
            | (Self::X25519 { bytes }, Self::X25519 { bytes: other }) => bytes == other,
            (Self::Rsa(key), Self::Rsa(other)) => key == other,
            (
                Self::Ec { .. } | Self::Ed25519 { .. } | Self::X25519 { .. } | Self::Rsa(_),
                Self::Ec { .. } | Self::Ed25519 { .. } | Self::X25519 { .. } | Self::Rsa(_),
            ) => false,
        }
    }
}

fn okp(bytes: &[u8]) -> Result<[u8; OKP_BYTES], Error> {
    bytes.try_into().map_err(|_| Error::WrongLength { name: "x" })
}

fn okp_members(curve: &str, x: &[u8]) -> Vec<(&'static str, String)> {
    vec![("crv", curve.to_owned()), ("kty", "OKP".to_owned()), ("x", base64url::encode(x))]
}
