//! Signed texts that came from outside.

use super::{Header, ParseError, VerifyError};
use crate::base64url;
use crate::jwk::PublicKey;

/// The most bytes of a compact JWS.
pub const COMPACT_BYTES_MAX: usize = 1024 * 1024;

/// A compact JWS, read but not verified. It keeps its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Jws {
    text: String,
    /// The length of `<header>.<payload>`, which is what was signed.
    signed_bytes: usize,
    header: Header,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl Jws {
    /// Reads a compact JWS; refuses every `crit` and every payload that is not base64url.
    pub fn parse(compact: &str) -> Result<Self, ParseError> {
        let Parts { header, payload, signature } = split(compact)?;
        let signed_bytes = header.len() + 1 + payload.len();
        let header = Header::parse(header)?;
        if header.has_critical() {
            return Err(if header.is_payload_encoded() {
                ParseError::UnsupportedCritical
            } else {
                ParseError::UnencodedPayload
            });
        }
        let decode = |part| base64url::decode(part).map_err(|_| ParseError::NotBase64Url);
        let (payload, signature) = (decode(payload)?, decode(signature)?);
        Ok(Self { text: compact.to_owned(), signed_bytes, header, payload, signature })
    }

    /// The protected header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The payload. Nobody has signed it until [`verify`](Self::verify) says so.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The text as received.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Checks the signature under a key, with the algorithm of the header, which must be one of the key.
    pub fn verify(&self, key: &PublicKey) -> Result<(), VerifyError> {
        let signed = self.text.as_bytes().split_at(self.signed_bytes).0;
        key.verify(self.header.algorithm(), signed, &self.signature)
    }
}

/// A JWS whose payload is elsewhere: `<header>..<signature>`, RFC 7515 appendix F.
#[derive(Clone, Debug, PartialEq)]
pub struct DetachedJws {
    header_text: String,
    header: Header,
    signature: Vec<u8>,
}

impl DetachedJws {
    /// Reads a detached JWS; the one extension that may be critical is `b64`.
    pub fn parse(compact: &str) -> Result<Self, ParseError> {
        let Parts { header: header_text, payload, signature } = split(compact)?;
        if !payload.is_empty() {
            return Err(ParseError::UnexpectedPayload);
        }
        let header = Header::parse(header_text)?;
        let signature = base64url::decode(signature).map_err(|_| ParseError::NotBase64Url)?;
        Ok(Self { header_text: header_text.to_owned(), header, signature })
    }

    /// The protected header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Whether the payload was signed as it is (`b64` false), RFC 7797 §3, and not as base64url.
    pub fn is_unencoded(&self) -> bool {
        !self.header.is_payload_encoded()
    }

    /// Checks the signature under a key over the header and this payload.
    pub fn verify(&self, key: &PublicKey, payload: &[u8]) -> Result<(), VerifyError> {
        let signed = signing_input(&self.header_text, payload, self.header.is_payload_encoded());
        key.verify(self.header.algorithm(), &signed, &self.signature)
    }
}

/// What is signed: RFC 7515 §5.1 step 8, and RFC 7797 §3 for a payload that is not encoded.
pub(super) fn signing_input(header: &str, payload: &[u8], is_encoded: bool) -> Vec<u8> {
    if is_encoded {
        let mut text = String::with_capacity(header.len() + 1 + payload.len() / 3 * 4 + 4);
        text.push_str(header);
        text.push('.');
        base64url::encode_onto(&mut text, payload);
        text.into_bytes()
    } else {
        [header.as_bytes(), b".", payload].concat()
    }
}

struct Parts<'a> {
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
}

fn split(compact: &str) -> Result<Parts<'_>, ParseError> {
    if compact.len() > COMPACT_BYTES_MAX {
        return Err(ParseError::TooLarge { limit: COMPACT_BYTES_MAX });
    }
    if compact.starts_with('{') {
        return Err(ParseError::JsonSerialization);
    }
    let (header, rest) = compact.split_once('.').ok_or(ParseError::PartCount)?;
    let (payload, signature) = rest.split_once('.').ok_or(ParseError::PartCount)?;
    if signature.contains('.') {
        return Err(ParseError::PartCount);
    }
    Ok(Parts { header, payload, signature })
}
