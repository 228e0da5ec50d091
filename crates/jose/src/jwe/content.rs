//! Decrypts content: [RFC 7518 §5.2 and §5.3](https://www.rfc-editor.org/rfc/rfc7518#section-5.2).

use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{self, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use zeroize::Zeroizing;

use super::ContentEncryption;

/// The encrypted content and what goes with it.
pub(super) struct Sealed<'a> {
    /// The header in base64url, which is authenticated too.
    pub(super) associated: &'a [u8],
    pub(super) iv: &'a [u8],
    pub(super) ciphertext: &'a [u8],
    pub(super) tag: &'a [u8],
}

/// The bytes of a GCM tag.
const GCM_TAG_BYTES: usize = 16;

pub(super) fn open(
    algorithm: ContentEncryption,
    key: &[u8],
    sealed: &Sealed<'_>,
) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
    match algorithm {
        ContentEncryption::A128Gcm => open_gcm(&aead::AES_128_GCM, key, sealed),
        ContentEncryption::A192Gcm => open_gcm(&aead::AES_192_GCM, key, sealed),
        ContentEncryption::A256Gcm => open_gcm(&aead::AES_256_GCM, key, sealed),
        ContentEncryption::A128CbcHs256 => {
            open_cbc(&cipher::AES_128, hmac::HMAC_SHA256, 16, key, sealed)
        }
        ContentEncryption::A192CbcHs384 => {
            open_cbc(&cipher::AES_192, hmac::HMAC_SHA384, 24, key, sealed)
        }
        ContentEncryption::A256CbcHs512 => {
            open_cbc(&cipher::AES_256, hmac::HMAC_SHA512, 32, key, sealed)
        }
    }
}

fn open_gcm(
    algorithm: &'static aead::Algorithm,
    key: &[u8],
    sealed: &Sealed<'_>,
) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
    // SECURITY: a shorter tag is easier to guess.
    if sealed.tag.len() != GCM_TAG_BYTES {
        return Err(Unspecified);
    }
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key)?);
    let nonce = Nonce::try_assume_unique_for_key(sealed.iv)?;
    let mut content = Zeroizing::new(sealed.ciphertext.to_vec());
    key.open_in_place_separate_tag(nonce, Aad::from(sealed.associated), sealed.tag, &mut content)?;
    Ok(content)
}

/// RFC 7518 §5.2.2.2: the key is one half for the tag and one for the cipher, each of `half` bytes; so is the tag.
fn open_cbc(
    algorithm: &'static cipher::Algorithm,
    mac: hmac::Algorithm,
    half: usize,
    key: &[u8],
    sealed: &Sealed<'_>,
) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
    if key.len() != 2 * half {
        return Err(Unspecified);
    }
    let (mac_key, cipher_key) = key.split_at(half);
    // SECURITY: the tag first; the padding of a text that nobody vouches for tells the key.
    let tag = tag(mac, mac_key, sealed)?;
    verify_slices_are_equal(tag.as_ref().get(..half).ok_or(Unspecified)?, sealed.tag)?;
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(algorithm, cipher_key)?)?;
    let iv: [u8; 16] = sealed.iv.try_into().map_err(|_| Unspecified)?;
    let start = DecryptionContext::Iv128(FixedLength::from(iv));
    let mut content = Zeroizing::new(sealed.ciphertext.to_vec());
    let length = key.decrypt(&mut content, start)?.len();
    content.truncate(length);
    Ok(content)
}

fn tag(mac: hmac::Algorithm, key: &[u8], sealed: &Sealed<'_>) -> Result<hmac::Tag, Unspecified> {
    let bits = u64::try_from(sealed.associated.len()).map_err(|_| Unspecified)? * 8;
    let mut context = hmac::Context::with_key(&hmac::Key::new(mac, key));
    context.update(sealed.associated);
    context.update(sealed.iv);
    context.update(sealed.ciphertext);
    context.update(&bits.to_be_bytes());
    Ok(context.sign())
}
