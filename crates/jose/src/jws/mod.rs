//! Signed texts: [RFC 7515](https://www.rfc-editor.org/rfc/rfc7515), compact serialisation only, and payloads beside the
//! text with [RFC 7797](https://www.rfc-editor.org/rfc/rfc7797).
//!
//! What is verified is the text as received, never a text printed anew. Does not find the key: the caller reads
//! [`Header::key_id`] and decides whom to trust.

mod header;
mod parsed;
mod unsigned;

pub use header::{HEADER_BYTES_MAX, Header};
pub use parsed::{COMPACT_BYTES_MAX, DetachedJws, Jws};
pub use unsigned::{HeaderFields, Unsigned};

use crate::algorithm::UnsupportedAlgorithm;
use crate::json;
pub use crate::jwk::VerifyError;

/// Why a text is no JWS that could be verified here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The text is longer than [`COMPACT_BYTES_MAX`], or its header than [`HEADER_BYTES_MAX`].
    #[error("jws is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The JSON serialisations of RFC 7515 §7.2 are not read.
    #[error("jws is not in compact serialisation")]
    JsonSerialization,
    /// A compact JWS has three parts.
    #[error("jws does not have three parts")]
    PartCount,
    /// A detached JWS has no payload, another one has.
    #[error("jws has a payload where none belongs")]
    UnexpectedPayload,
    /// A part is not base64url.
    #[error("jws is not base64url")]
    NotBase64Url,
    /// The header is no JSON object, or names a member twice.
    #[error("jws header is invalid")]
    InvalidHeader(#[source] json::Error),
    /// A header member has another type than its specification gives it.
    #[error("jws header member `{name}` has the wrong type")]
    WrongType {
        /// The member's name.
        name: &'static str,
    },
    /// The header names no algorithm.
    #[error("jws header has no `alg`")]
    MissingAlgorithm,
    /// `none`, an HMAC, or another algorithm that does not exist here.
    #[error(transparent)]
    UnsupportedAlgorithm(#[from] UnsupportedAlgorithm),
    /// `crit` names an extension that is not understood here, RFC 7515 §4.1.11.
    #[error("jws header has a critical extension that is not supported")]
    UnsupportedCritical,
    /// `b64` is false without being critical, or in a JWS that is not detached, RFC 7797 §6.
    #[error("jws header member `b64` is not allowed here")]
    UnencodedPayload,
}
