//! A JWT that carries a credential or a presentation: [VC Data Model §6.3.1](https://www.w3.org/TR/vc-data-model/#json-web-token).

use pecan_jose::json;
use pecan_jose::jwk::PublicKey;
use pecan_jose::jws::{self, Jws};
use pecan_jose::jwt::{Claims, ClaimsError};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::date_time::LEEWAY;
use crate::proof::VerifyError;

/// A token, read but not verified.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) jws: Jws,
    /// All claims but the one that was taken out.
    pub(crate) claims: Claims,
}

/// Why a text is no token.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TokenError {
    /// The text is no compact JWS with an algorithm in use.
    #[error("token is invalid: {0}")]
    Jws(#[from] jws::ParseError),
    /// The claims are unusable.
    #[error("token is invalid: {0}")]
    Claims(#[from] ClaimsError),
    /// The claim that holds the credential or presentation is no object, or not there.
    #[error("claim `{name}` is missing or not an object")]
    Content {
        /// Its name.
        name: &'static str,
    },
}

impl Token {
    /// Reads a token, and takes the claim `content` out of its claims.
    pub(crate) fn parse(
        compact: &str,
        content: &'static str,
    ) -> Result<(Self, Option<Map<String, Value>>), TokenError> {
        let jws = Jws::parse(compact)?;
        let mut members = json::parse_object(jws.payload()).map_err(ClaimsError::Invalid)?;
        let content = match members.remove(content) {
            None | Some(Value::Null) => None,
            Some(Value::Object(content)) => Some(content),
            Some(_) => return Err(TokenError::Content { name: content }),
        };
        // A nonce of another type is no nonce: its absence is reported where one is needed, in the order of the checks.
        if members.get("nonce").is_some_and(|nonce| !nonce.is_string()) {
            members.remove("nonce");
        }
        Ok((Self { jws, claims: Claims::from_members(members)? }, content))
    }

    /// Checks the signature and the times.
    pub(crate) fn verify(&self, key: &PublicKey, now: OffsetDateTime) -> Result<(), VerifyError> {
        self.jws.verify(key).map_err(VerifyError::Signature)?;
        self.check_times(now)
    }

    /// Checks the times.
    pub(crate) fn check_times(&self, now: OffsetDateTime) -> Result<(), VerifyError> {
        self.claims.check_times(now, LEEWAY).map_err(VerifyError::Time)
    }
}

/// Prints the claims of a token to be signed.
pub(crate) fn unsigned(header: jws::HeaderFields, mut claims: Map<String, Value>) -> jws::Unsigned {
    claims.sort_keys();
    jws::Unsigned::new(header, Value::Object(claims).to_string().as_bytes())
}

/// A time as `NumericDate`, RFC 7519 §2, in whole seconds.
pub(crate) fn numeric_date(time: OffsetDateTime) -> Value {
    Value::from(time.unix_timestamp())
}
