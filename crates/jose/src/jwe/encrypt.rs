//! Encrypted texts that are being made.

use std::collections::BTreeMap;

use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::key_derivation::{self, Parties};
use super::parsed::{HEADER_BYTES_MAX, party};
use super::{ContentEncryption, KeyManagement};
use crate::base64url;
use crate::jwk::{PrivateKey, PublicKey};

/// The most bytes of content that are encrypted, so that the text can be read back.
pub const PLAINTEXT_BYTES_MAX: usize = 512 * 1024;

/// What must never be used twice: random, or chosen so.
pub struct EncryptionInputs<'a> {
    /// The key of AES-256 for this one text.
    pub content_key: Zeroizing<[u8; 32]>,
    /// The initialisation vector of GCM.
    pub iv: [u8; 12],
    /// A new key on the recipient's curve, for this one text. RSA needs none.
    pub ephemeral: Option<&'a PrivateKey>,
}

/// Why nothing was encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncryptError {
    /// The recipient's key is not for encryption.
    #[error("key may not be used for encryption")]
    NotForEncryption,
    /// The header asks for another algorithm than the key's, or for another content encryption than `A256GCM`.
    #[error("jwe header member `{name}` asks for an algorithm that is not supported")]
    UnsupportedAlgorithm {
        /// The member's name.
        name: &'static str,
    },
    /// The header has a member that is written here, or one that is malformed or not supported.
    #[error("jwe header member `{name}` is not allowed")]
    MemberNotAllowed {
        /// The member's name.
        name: &'static str,
    },
    /// The header or the content is too long.
    #[error("jwe would be larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// There is no ephemeral key, or it is on another curve than the recipient's.
    #[error("ephemeral key does not fit the recipient's")]
    UnfitEphemeral,
    /// The provider failed; it does not say why.
    #[error("encryption failed")]
    Failed,
}

/// Encrypts content to a recipient. The header members `alg` and `enc` may be given if they say what is done anyway;
/// `kid` is the caller's.
pub fn encrypt(
    recipient: &PublicKey,
    header: &Map<String, Value>,
    plaintext: &[u8],
    inputs: &EncryptionInputs<'_>,
) -> Result<String, EncryptError> {
    if plaintext.len() > PLAINTEXT_BYTES_MAX {
        return Err(EncryptError::TooLarge { limit: PLAINTEXT_BYTES_MAX });
    }
    let algorithm = KeyManagement::of(recipient.kind())
        .filter(|algorithm| recipient.allows_encryption(*algorithm))
        .ok_or(EncryptError::NotForEncryption)?;
    check(header, algorithm)?;
    let encrypted_key = send_content_key(recipient, algorithm, header, inputs)?;
    let mut text = print_header(header, algorithm, inputs)?;
    let (ciphertext, tag) =
        seal(&text, plaintext, inputs).map_err(|Unspecified| EncryptError::Failed)?;
    for part in [&encrypted_key, &inputs.iv[..], &ciphertext, &tag] {
        text.push('.');
        base64url::encode_onto(&mut text, part);
    }
    Ok(text)
}

fn check(header: &Map<String, Value>, algorithm: KeyManagement) -> Result<(), EncryptError> {
    let expected = [("alg", algorithm.name()), ("enc", ContentEncryption::A256Gcm.name())];
    for (name, value) in expected {
        if header.get(name).is_some_and(|given| given.as_str() != Some(value)) {
            return Err(EncryptError::UnsupportedAlgorithm { name });
        }
    }
    for name in ["epk", "zip", "crit"] {
        if header.contains_key(name) {
            return Err(EncryptError::MemberNotAllowed { name });
        }
    }
    if header.get("kid").is_some_and(|value| !value.is_string()) {
        return Err(EncryptError::MemberNotAllowed { name: "kid" });
    }
    Ok(())
}

/// The content key as only the recipient can read it.
fn send_content_key(
    recipient: &PublicKey,
    algorithm: KeyManagement,
    header: &Map<String, Value>,
    inputs: &EncryptionInputs<'_>,
) -> Result<Vec<u8>, EncryptError> {
    let content_key = &*inputs.content_key;
    match algorithm {
        KeyManagement::EcdhEsA256Kw => {
            let ephemeral = inputs.ephemeral.ok_or(EncryptError::UnfitEphemeral)?;
            wrap(recipient, ephemeral, header, content_key)
        }
        KeyManagement::RsaOaep256 => {
            recipient.encrypt_oaep(content_key).map_err(|Unspecified| EncryptError::Failed)
        }
    }
}

/// The header in base64url: compact JSON with sorted names.
fn print_header(
    header: &Map<String, Value>,
    algorithm: KeyManagement,
    inputs: &EncryptionInputs<'_>,
) -> Result<String, EncryptError> {
    let mut members: BTreeMap<&str, Value> =
        header.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    members.insert("alg", algorithm.name().into());
    members.insert("enc", ContentEncryption::A256Gcm.name().into());
    match (algorithm, inputs.ephemeral) {
        (KeyManagement::EcdhEsA256Kw, Some(ephemeral)) => {
            members.insert("epk", Value::Object(ephemeral.public_key().to_jwk()));
        }
        (KeyManagement::EcdhEsA256Kw, None) | (KeyManagement::RsaOaep256, _) => {}
    }
    let json = serde_json::to_vec(&members).expect("a map of JSON values prints");
    let text = base64url::encode(&json);
    if text.len() > HEADER_BYTES_MAX {
        return Err(EncryptError::TooLarge { limit: HEADER_BYTES_MAX });
    }
    Ok(text)
}

/// RFC 7518 §4.6.
fn wrap(
    recipient: &PublicKey,
    ephemeral: &PrivateKey,
    header: &Map<String, Value>,
    content_key: &[u8],
) -> Result<Vec<u8>, EncryptError> {
    let of = |name| party(header, name).map_err(|_| EncryptError::MemberNotAllowed { name });
    let (producer, recipient_name) = (of("apu")?, of("apv")?);
    let parties = Parties { producer: &producer, recipient: &recipient_name };
    let wrapping_key = ephemeral
        .agree(recipient, |secret| key_derivation::derive(secret, &parties))
        .map_err(|Unspecified| EncryptError::UnfitEphemeral)?;
    wrapping_key.wrap(content_key).map_err(|Unspecified| EncryptError::Failed)
}

fn seal(
    header: &str,
    plaintext: &[u8],
    inputs: &EncryptionInputs<'_>,
) -> Result<(Vec<u8>, Vec<u8>), Unspecified> {
    let key = LessSafeKey::new(UnboundKey::new(&aead::AES_256_GCM, &*inputs.content_key)?);
    let nonce = Nonce::assume_unique_for_key(inputs.iv);
    let mut content = plaintext.to_vec();
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(header), &mut content)?;
    Ok((content, tag.as_ref().to_vec()))
}
