//! did:key: a DID that is its own public key.
//!
//! [The did:key method](https://w3c-ccg.github.io/did-key-spec/), and the multibase keys that it shares with
//! [Ed25519VerificationKey2020](https://www.w3.org/TR/vc-di-eddsa/). Resolves only; this node has none of its own.

use pecan_jose::jwk::{self, Curve, PublicKey};

use super::did::Did;
use super::did_url::DidUrl;
use super::document::{DID_V1, Document, Relationship};
use super::verification_method::VerificationMethod;
use crate::contexts::JWS_2020;

/// Longest accepted multibase key, in characters: base58 takes quadratic time. An RSA key of 8192 bits has 1,420.
pub const MULTIBASE_CHARS_MAX: usize = 2048;

/// Makes the document of a did:key. Its one key serves all purposes.
pub fn resolve(did: &Did) -> Result<Document, Error> {
    if did.method() != "key" {
        return Err(Error::Method);
    }
    let encoded = did.method_specific_id();
    let key = decode_multibase(encoded)?;
    let id = DidUrl::with_fragment(did, encoded).map_err(|_| Error::Multibase)?;
    let method = VerificationMethod::json_web_key(id, did.clone(), key.to_jwk());
    Ok(Document::new(did.clone())
        .with_context(JWS_2020)
        .with_context(DID_V1)
        .with_method(method, &Relationship::ALL))
}

/// Reads a key with its [multicodec](https://github.com/multiformats/multicodec) prefix, in base58 behind a `z`.
pub(super) fn decode_multibase(text: &str) -> Result<PublicKey, Error> {
    if text.len() > MULTIBASE_CHARS_MAX {
        return Err(Error::TooLong { limit: MULTIBASE_CHARS_MAX });
    }
    let base58 = text.strip_prefix('z').ok_or(Error::Multibase)?;
    let bytes = bs58::decode(base58).into_vec().map_err(|_| Error::Multibase)?;
    let (code, key) = read_varint(&bytes).ok_or(Error::Multicodec)?;
    let key = match code {
        0xec => PublicKey::x25519(key),
        0xed => PublicKey::ed25519(key),
        0x1200 => compressed(Curve::P256, key),
        0x1201 => compressed(Curve::P384, key),
        0x1202 => compressed(Curve::P521, key),
        0x1205 => PublicKey::rsa_pkcs1(key),
        other => return Err(Error::UnsupportedKeyType { code: other }),
    };
    key.map_err(Error::Key)
}

/// did:key has the compressed form only: another one would give a key a second name.
fn compressed(curve: Curve, point: &[u8]) -> Result<PublicKey, jwk::Error> {
    if point.len() != 1 + curve.coordinate_bytes() {
        return Err(jwk::Error::WrongLength { name: "x" });
    }
    PublicKey::ec(curve, point)
}

/// Reads an [unsigned varint](https://github.com/multiformats/unsigned-varint) in its shortest form, of at most four bytes.
fn read_varint(bytes: &[u8]) -> Option<(u32, &[u8])> {
    const BYTES_MAX: usize = 4;
    let mut value = 0;
    for (position, byte) in bytes.iter().enumerate().take(BYTES_MAX) {
        value |= u32::from(byte & 0x7f) << (7 * position);
        if byte & 0x80 == 0 {
            let is_shortest = *byte != 0 || position == 0;
            return bytes.get(position + 1..).filter(|_| is_shortest).map(|rest| (value, rest));
        }
    }
    None
}

/// Why a did:key does not resolve, or a multibase text is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Another method.
    #[error("not a did:key")]
    Method,
    /// More than [`MULTIBASE_CHARS_MAX`] characters.
    #[error("did:key: key is longer than {limit} characters")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// Not base58 behind a `z`.
    #[error("did:key: key is not base58 in multibase")]
    Multibase,
    /// The prefix that tells the type of the key is broken.
    #[error("did:key: key has no multicodec prefix")]
    Multicodec,
    /// A type of key that is not supported, such as secp256k1 and BLS12-381.
    #[error("did:key: unsupported public key type: {code:#x}")]
    UnsupportedKeyType {
        /// The multicodec code of the type.
        code: u32,
    },
    /// The bytes are no key of their type.
    #[error("did:key: invalid key")]
    Key(#[source] jwk::Error),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_varint_is_read_in_its_shortest_form_only() {
        for (bytes, expected) in [
            (&[0x00][..], Some((0, &[][..]))),
            (&[0x7f, 9], Some((0x7f, &[9]))),
            (&[0xed, 0x01, 9], Some((0xed, &[9]))),
            (&[0x80, 0x24], Some((0x1200, &[]))),
            (&[0xed, 0x81, 0x00], None),
            (&[0x80], None),
            (&[0x80, 0x80, 0x80, 0x80, 0x01], None),
            (&[], None),
        ] {
            assert_eq!(read_varint(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_by_name() {
        let resolve = |id: &str| resolve(&Did::parse(&format!("did:key:{id}")).unwrap());
        let multibase = |bytes: &[u8]| format!("z{}", bs58::encode(bytes).into_string());
        let uncompressed = [&[0x80, 0x24, 0x04][..], &[1; 64]].concat();
        for (id, expected) in [
            ("zbad".to_owned(), Error::UnsupportedKeyType { code: 1 }),
            ("6Mk".to_owned(), Error::Multibase),
            ("z0OIl".to_owned(), Error::Multibase),
            ("1.1:z6Mk".to_owned(), Error::Multibase),
            ("z".to_owned(), Error::Multicodec),
            (multibase(&[0xe7, 0x01, 2]), Error::UnsupportedKeyType { code: 0xe7 }),
            (multibase(&uncompressed), Error::Key(jwk::Error::WrongLength { name: "x" })),
            ("z".repeat(MULTIBASE_CHARS_MAX + 1), Error::TooLong { limit: MULTIBASE_CHARS_MAX }),
        ] {
            assert_eq!(resolve(&id), Err(expected), "{id}");
        }
        assert_eq!(super::resolve(&Did::parse("did:web:a").unwrap()), Err(Error::Method));
        let error = Error::UnsupportedKeyType { code: 1 };
        assert_eq!(error.to_string(), "did:key: unsupported public key type: 0x1");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..300), code in 0usize..7) {
            let prefixes: [&[u8]; 7] = [&[], &[0xec, 1], &[0xed, 1], &[0x80, 36], &[0x81, 36], &[0x82, 36], &[0x85, 36]];
            bytes.splice(0..0, prefixes[code].iter().copied());
            let did = Did::parse(&format!("did:key:z{}", bs58::encode(bytes).into_string())).unwrap();
            if let Ok(document) = resolve(&did) {
                prop_assert_eq!(document.id(), &did);
            }
        }
    }
}
