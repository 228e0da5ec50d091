//! Proof of possession: [RFC 9449](https://www.rfc-editor.org/rfc/rfc9449).
//!
//! Makes, reads and checks proofs. Does not remember which proofs were used: the caller keeps `jti` and decides how
//! long.

mod draft;
mod exact;
mod proof;
mod uri;

pub use draft::{Draft, DraftError, draft};
pub use exact::{ExactError, exact_authority, exact_path, exact_uri};
pub use proof::{Expectation, ID_BYTES_MAX, Mismatch, Proof, ProofError};
pub use uri::{URI_BYTES_MAX, UriError, normalize_uri};

use crate::{base64url, digest};

/// What `typ` says, RFC 9449 §4.2.
const TYPE: &str = "dpop+jwt";

/// The value of `ath`: the SHA-256 of the token, in base64url, RFC 9449 §4.2.
pub fn access_token_hash(token: &str) -> String {
    base64url::encode(&digest::sha256(token.as_bytes()))
}
