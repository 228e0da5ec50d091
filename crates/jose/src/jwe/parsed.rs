//! Encrypted texts that came from outside.

use aws_lc_rs::error::Unspecified;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::content::{self, Sealed};
use super::key_derivation::{self, Parties};
use super::{ContentEncryption, DecryptError, KeyManagement, ParseError};
use crate::excerpt::excerpt;
use crate::jwk::{PrivateKey, PublicKey};
use crate::{base64url, json};

/// The most bytes of a compact JWE.
pub const COMPACT_BYTES_MAX: usize = 1024 * 1024;

/// The most bytes of a header in base64url.
pub const HEADER_BYTES_MAX: usize = 16 * 1024;

/// The most bytes of `apu` and of `apv`.
pub const PARTY_BYTES_MAX: usize = 1024;

/// A compact JWE, read but not decrypted.
#[derive(Clone, Debug, PartialEq)]
pub struct Jwe {
    header_text: String,
    header: Header,
    encrypted_key: Vec<u8>,
    iv: Vec<u8>,
    ciphertext: Vec<u8>,
    tag: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq)]
struct Header {
    algorithm: KeyManagement,
    content_encryption: ContentEncryption,
    producer: Vec<u8>,
    recipient: Vec<u8>,
    members: Map<String, Value>,
}

/// What a JWE said. The text is wiped when it is dropped.
#[derive(Clone, PartialEq)]
pub struct Decrypted {
    /// All members of the protected header.
    pub header: Map<String, Value>,
    /// The content.
    pub plaintext: Zeroizing<Vec<u8>>,
}

/// Reads and decrypts a compact JWE.
pub fn decrypt(compact: &str, key: &PrivateKey) -> Result<Decrypted, DecryptError> {
    Jwe::parse(compact)?.decrypt(key)
}

impl Jwe {
    /// Reads a compact JWE.
    pub fn parse(compact: &str) -> Result<Self, ParseError> {
        if compact.len() > COMPACT_BYTES_MAX {
            return Err(ParseError::TooLarge { limit: COMPACT_BYTES_MAX });
        }
        if compact.starts_with('{') {
            return Err(ParseError::JsonSerialization);
        }
        let mut parts = compact.split('.');
        let mut part = || parts.next().ok_or(ParseError::PartCount);
        let (header_text, encrypted_key, iv, ciphertext, tag) =
            (part()?, part()?, part()?, part()?, part()?);
        if parts.next().is_some() {
            return Err(ParseError::PartCount);
        }
        let decode = |part| base64url::decode(part).map_err(|_| ParseError::NotBase64Url);
        Ok(Self {
            header: Header::parse(header_text)?,
            header_text: header_text.to_owned(),
            encrypted_key: decode(encrypted_key)?,
            iv: decode(iv)?,
            ciphertext: decode(ciphertext)?,
            tag: decode(tag)?,
        })
    }

    /// All members of the protected header.
    pub fn header(&self) -> &Map<String, Value> {
        &self.header.members
    }

    /// `kid`: the key that this was encrypted to.
    pub fn key_id(&self) -> Option<&str> {
        self.header.members.get("kid").and_then(Value::as_str)
    }

    /// `alg`.
    pub fn algorithm(&self) -> KeyManagement {
        self.header.algorithm
    }

    /// `enc`.
    pub fn content_encryption(&self) -> ContentEncryption {
        self.header.content_encryption
    }

    /// Decrypts the content with the recipient's key.
    pub fn decrypt(self, key: &PrivateKey) -> Result<Decrypted, DecryptError> {
        let algorithm = self.header.algorithm;
        if !key.public_key().allows_encryption(algorithm) {
            return Err(DecryptError::AlgorithmNotAllowed { algorithm });
        }
        let plaintext = self.open(key).map_err(|Unspecified| DecryptError::Failed)?;
        Ok(Decrypted { header: self.header.members, plaintext })
    }

    fn open(&self, key: &PrivateKey) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
        let content_key = match self.header.algorithm {
            KeyManagement::EcdhEsA256Kw => self.unwrap_content_key(key)?,
            KeyManagement::RsaOaep256 => key.decrypt_oaep(&self.encrypted_key)?,
        };
        let sealed = Sealed {
            associated: self.header_text.as_bytes(),
            iv: &self.iv,
            ciphertext: &self.ciphertext,
            tag: &self.tag,
        };
        content::open(self.header.content_encryption, &content_key, &sealed)
    }

    /// RFC 7518 §4.6.
    fn unwrap_content_key(&self, key: &PrivateKey) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
        let ephemeral = self.header.members.get("epk").ok_or(Unspecified)?;
        // SECURITY: a point off the curve gives the private key away; `PublicKey` has none.
        let ephemeral = PublicKey::from_jwk(ephemeral).map_err(|_| Unspecified)?;
        let parties =
            Parties { producer: &self.header.producer, recipient: &self.header.recipient };
        let wrapping_key =
            key.agree(&ephemeral, |secret| key_derivation::derive(secret, &parties))?;
        wrapping_key.unwrap(&self.encrypted_key)
    }
}

impl Header {
    fn parse(text: &str) -> Result<Self, ParseError> {
        if text.len() > HEADER_BYTES_MAX {
            return Err(ParseError::TooLarge { limit: HEADER_BYTES_MAX });
        }
        let json = base64url::decode(text).map_err(|_| ParseError::NotBase64Url)?;
        let members = json::parse_object(&json).map_err(ParseError::InvalidHeader)?;
        for name in ["zip", "crit"] {
            if members.contains_key(name) {
                return Err(ParseError::UnsupportedMember { name });
            }
        }
        if members.get("kid").is_some_and(|value| !value.is_string()) {
            return Err(ParseError::InvalidMember { name: "kid" });
        }
        let unsupported = |name: &str| ParseError::UnsupportedAlgorithm { name: excerpt(name) };
        let algorithm = text_member(&members, "alg")?;
        let algorithm = KeyManagement::find(algorithm).ok_or_else(|| unsupported(algorithm))?;
        let encryption = text_member(&members, "enc")?;
        let content_encryption =
            ContentEncryption::find(encryption).ok_or_else(|| unsupported(encryption))?;
        let producer = party(&members, "apu")?;
        let recipient = party(&members, "apv")?;
        Ok(Self { algorithm, content_encryption, producer, recipient, members })
    }
}

fn text_member<'a>(
    members: &'a Map<String, Value>,
    name: &'static str,
) -> Result<&'a str, ParseError> {
    match members.get(name) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(ParseError::InvalidMember { name }),
        None => Err(ParseError::MissingMember { name }),
    }
}

/// `apu` and `apv`, RFC 7518 §4.6.1.2 and §4.6.1.3; empty when absent.
pub(super) fn party(
    members: &Map<String, Value>,
    name: &'static str,
) -> Result<Vec<u8>, ParseError> {
    let invalid = ParseError::InvalidMember { name };
    match members.get(name) {
        None => Ok(Vec::new()),
        Some(Value::String(text)) if text.len() <= PARTY_BYTES_MAX => {
            base64url::decode(text).map_err(|_| invalid)
        }
        Some(_) => Err(invalid),
    }
}
