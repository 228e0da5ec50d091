//! Tells keys apart by their object identifier: [RFC 5280 §4.1.2.7](https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.7),
//! [RFC 5480](https://www.rfc-editor.org/rfc/rfc5480) and [RFC 8410](https://www.rfc-editor.org/rfc/rfc8410).

use super::{Curve, Error};
use crate::der::Reader;

const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const X25519: &[u8] = &[0x2b, 0x65, 0x6e];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// What an `AlgorithmIdentifier` says about a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Identifier {
    Ec(Curve),
    Ed25519,
    X25519,
    Rsa,
}

impl Identifier {
    /// Reads an `AlgorithmIdentifier`.
    fn read(mut sequence: Reader<'_>) -> Result<Self, Error> {
        let identifier = sequence.object_identifier()?;
        if identifier == EC_PUBLIC_KEY {
            let named = sequence.object_identifier()?;
            sequence.finish()?;
            let curve = Curve::ALL.into_iter().find(|curve| curve.object_identifier() == named);
            return curve.map(Self::Ec).ok_or(Error::UnsupportedEncoding);
        }
        // The parameters of RSA are NULL or, wrongly but often, absent; the others have none.
        match identifier {
            RSA_ENCRYPTION => Ok(Self::Rsa),
            ED25519 => sequence.finish().map(|()| Self::Ed25519).map_err(Error::from),
            X25519 => sequence.finish().map(|()| Self::X25519).map_err(Error::from),
            _ => Err(Error::UnsupportedEncoding),
        }
    }
}

/// The kind and the octets of a public key.
pub(super) fn public(der: &[u8]) -> Result<(Identifier, &[u8]), Error> {
    let mut outer = Reader::new(der);
    let mut spki = outer.sequence()?;
    outer.finish()?;
    let identifier = Identifier::read(spki.sequence()?)?;
    let octets = spki.bit_string()?;
    spki.finish()?;
    Ok((identifier, octets))
}

/// The kind and the octets of a private key, RFC 5958 §2. Attributes and the public key may follow.
pub(super) fn private(der: &[u8]) -> Result<(Identifier, &[u8]), Error> {
    let mut outer = Reader::new(der);
    let mut key = outer.sequence()?;
    outer.finish()?;
    let _version = key.unsigned_integer()?;
    let identifier = Identifier::read(key.sequence()?)?;
    Ok((identifier, key.octet_string()?))
}

/// The scalar inside the octets of an X25519 key, RFC 8410 §7.
pub(super) fn x25519_scalar(octets: &[u8]) -> Result<&[u8], Error> {
    let mut inner = Reader::new(octets);
    let scalar = inner.octet_string()?;
    inner.finish()?;
    Ok(scalar)
}

/// PKCS#8 of an X25519 scalar up to the scalar, RFC 8410 §7: the provider does not write it.
pub(super) const X25519_PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x04, 0x22, 0x04, 0x20,
];
