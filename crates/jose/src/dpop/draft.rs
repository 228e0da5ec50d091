//! Proofs that are being made.

use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::{TYPE, UriError, access_token_hash, normalize_uri};
use crate::algorithm::Algorithm;
use crate::jwk::PublicKey;
use crate::jws::{HeaderFields, Unsigned};

/// What a proof will say.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    /// `htm`, as given.
    pub method: &'a str,
    /// `htu`, as given.
    pub uri: &'a str,
    /// `jti`: random, or the proof can be used up by somebody else.
    pub id: &'a str,
    /// `iat`. A second in the past is safe against servers whose clock runs behind.
    pub issued_at: OffsetDateTime,
    /// The token that the proof goes with, for requests to a resource.
    pub access_token: Option<&'a str>,
    /// `nonce`, when the server asked for one, RFC 9449 §8.
    pub nonce: Option<&'a str>,
}

/// Why no proof can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// `htm` is no token of RFC 9110 §5.6.2.
    #[error("invalid method")]
    InvalidMethod,
    /// `htu` is no URI.
    #[error("invalid url")]
    InvalidUri(#[source] UriError),
    /// The key does not sign with this algorithm.
    #[error("key may not sign with algorithm {algorithm}")]
    AlgorithmNotAllowed {
        /// The algorithm asked for.
        algorithm: Algorithm,
    },
}

/// A proof under a key, ready to be signed with an algorithm of this key.
pub fn draft(
    draft: &Draft<'_>,
    key: &PublicKey,
    algorithm: Algorithm,
) -> Result<Unsigned, DraftError> {
    if draft.method.is_empty() || !draft.method.bytes().all(is_token) {
        return Err(DraftError::InvalidMethod);
    }
    normalize_uri(draft.uri).map_err(DraftError::InvalidUri)?;
    if !key.allows(algorithm) {
        return Err(DraftError::AlgorithmNotAllowed { algorithm });
    }
    let mut claims = Map::new();
    let mut add = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    if let Some(token) = draft.access_token {
        add("ath", access_token_hash(token).into());
    }
    add("htm", draft.method.into());
    add("htu", draft.uri.into());
    add("iat", draft.issued_at.unix_timestamp().into());
    add("jti", draft.id.into());
    if let Some(nonce) = draft.nonce {
        add("nonce", nonce.into());
    }
    let payload = serde_json::to_vec(&claims).expect("a map of texts and numbers prints");
    Ok(Unsigned::new(header(key, algorithm), &payload))
}

/// The header carries the key itself and no `kid`.
fn header(key: &PublicKey, algorithm: Algorithm) -> HeaderFields {
    let mut jwk = Map::new();
    jwk.insert("alg".to_owned(), algorithm.name().into());
    jwk.extend(key.to_jwk());
    let mut extra = Map::new();
    extra.insert("jwk".to_owned(), Value::Object(jwk));
    HeaderFields { algorithm, key_id: None, typ: Some(TYPE.to_owned()), extra }
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
