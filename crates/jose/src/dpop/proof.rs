//! Proofs that came from outside.

use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::{TYPE, access_token_hash, exact_uri, normalize_uri};
use crate::algorithm::{Algorithm, UnsupportedAlgorithm};
use crate::excerpt::excerpt;
use crate::jwk::PublicKey;
use crate::jws::{Jws, ParseError, VerifyError};
use crate::jwt::{Claims, ClaimsError, TimeError};

/// The most bytes of `jti`.
pub const ID_BYTES_MAX: usize = 256;

/// A proof whose signature holds under the key that it carries. Whose key that is, [`Proof::check`] says.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    algorithm: Algorithm,
    thumbprint: String,
    claims: Claims,
}

/// Why a text is no proof. The texts are part of the interface of the node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// No compact JWS.
    #[error("invalid DPoP token")]
    Jws(#[source] ParseError),
    /// An algorithm that does not exist here.
    #[error("invalid DPoP token: invalid alg: {name}")]
    Algorithm {
        /// The beginning of the name as given.
        name: String,
    },
    /// `typ` is not `dpop+jwt`.
    #[error("invalid DPoP token: invalid type: {typ}")]
    Type {
        /// The beginning of the value, empty when absent.
        typ: String,
    },
    /// There is no key.
    #[error("invalid DPoP token: missing jwk header")]
    MissingKey,
    /// The key is private, or no key.
    #[error("invalid DPoP token: invalid jwk header")]
    Key(#[source] crate::jwk::Error),
    /// The signature is not one of the key in the header.
    #[error("invalid DPoP token")]
    Signature(#[source] VerifyError),
    /// The claims are malformed.
    #[error("invalid DPoP token")]
    Claims(#[source] ClaimsError),
    /// A claim is missing, empty, or no text.
    #[error("invalid DPoP token: missing {name} claim")]
    MissingClaim {
        /// The claim's name.
        name: &'static str,
    },
    /// `jti` is longer than [`ID_BYTES_MAX`].
    #[error("invalid DPoP token: jti claim too long")]
    IdTooLong,
}

/// What a proof must be for.
#[derive(Clone, Copy, Debug)]
pub struct Expectation<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// The URI of the request.
    pub uri: &'a str,
    /// The key that the access token is bound to (`jkt`); `None` accepts any key.
    pub thumbprint: Option<&'a str>,
    /// The access token of the request; `None` does not look at `ath`.
    pub access_token: Option<&'a str>,
    /// The time of the check.
    pub now: OffsetDateTime,
    /// How old `iat` may be; [`Duration::MAX`] for any age.
    pub age_max: Duration,
    /// How far the sender's clock may run ahead.
    pub ahead_max: Duration,
    /// The nonce that was handed out; `None` does not look at `nonce`.
    pub nonce: Option<&'a str>,
}

/// Why a proof is not for this request. The texts are part of the interface of the node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// `exp`, `iat` or `nbf` does not hold now.
    #[error("invalid DPoP token")]
    Time(#[source] TimeError),
    /// `iat` is too old.
    #[error("invalid DPoP token: proof is too old")]
    TooOld,
    /// The proof is of another key than the token.
    #[error("jkt mismatch")]
    Thumbprint,
    /// The proof is for another method.
    #[error("method mismatch, token: {token}, given: {given}")]
    Method {
        /// The beginning of what the proof says.
        token: String,
        /// The beginning of what was asked.
        given: String,
    },
    /// The proof is for another URI, or one of the two is no URI.
    #[error("url mismatch, token: {token}, given: {given}")]
    Uri {
        /// What the proof says, in the form in which it is compared.
        token: String,
        /// What was asked, in the form in which it is compared.
        given: String,
    },
    /// The proof names no token.
    #[error("missing ath claim")]
    MissingAccessTokenHash,
    /// The proof is for another token.
    #[error("ath/token claim mismatch")]
    AccessTokenHash,
    /// The nonce is missing or another one.
    #[error("nonce mismatch")]
    Nonce,
}

impl Proof {
    /// Reads a proof and checks its signature under its own key.
    // In this order: the first failing check decides the answer that the caller sees.
    pub fn parse(compact: &str) -> Result<Self, ProofError> {
        let jws = Jws::parse(compact).map_err(ProofError::from)?;
        let header = jws.header();
        if header.typ() != Some(TYPE) {
            return Err(ProofError::Type { typ: excerpt(header.typ().unwrap_or_default()) });
        }
        let key = header.jwk().ok_or(ProofError::MissingKey)?;
        let key = PublicKey::from_jwk(key).map_err(ProofError::Key)?;
        jws.verify(&key).map_err(ProofError::Signature)?;
        let claims = Claims::parse(jws.payload()).map_err(ProofError::Claims)?;
        if claims.issued_at().is_none() {
            return Err(ProofError::MissingClaim { name: "iat" });
        }
        for name in ["htu", "htm", "jti"] {
            if text(&claims, name).is_none_or(str::is_empty) {
                return Err(ProofError::MissingClaim { name });
            }
        }
        if claims.id().is_some_and(|id| id.len() > ID_BYTES_MAX) {
            return Err(ProofError::IdTooLong);
        }
        Ok(Self { algorithm: header.algorithm(), thumbprint: key.thumbprint(), claims })
    }

    /// `htm`.
    pub fn method(&self) -> &str {
        text(&self.claims, "htm").unwrap_or_default()
    }

    /// `htu`, as written.
    pub fn uri(&self) -> &str {
        text(&self.claims, "htu").unwrap_or_default()
    }

    /// `jti`, at most [`ID_BYTES_MAX`] bytes.
    pub fn id(&self) -> &str {
        self.claims.id().unwrap_or_default()
    }

    /// `iat` in seconds since 1970.
    pub fn issued_at(&self) -> i64 {
        self.claims.issued_at().unwrap_or_default()
    }

    /// `ath`.
    pub fn access_token_hash(&self) -> Option<&str> {
        text(&self.claims, "ath")
    }

    /// `nonce`.
    pub fn nonce(&self) -> Option<&str> {
        self.claims.nonce()
    }

    /// The thumbprint of the key (`jkt`), RFC 9449 §6.1.
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// The algorithm of the signature.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Checks that the proof is for this request. Scheme and port of the URI do not count ([`normalize_uri`]).
    pub fn check(&self, expected: &Expectation<'_>) -> Result<(), Mismatch> {
        self.check_with(expected, check_uri)
    }

    /// The same for a server that knows the URI by which its clients reach it: all of it counts ([`exact_uri`]).
    pub fn check_exact(&self, expected: &Expectation<'_>) -> Result<(), Mismatch> {
        self.check_with(expected, check_exact_uri)
    }

    // In this order: the first failing check decides the answer that the caller sees.
    fn check_with(
        &self,
        expected: &Expectation<'_>,
        check_uri: fn(&str, &str) -> Result<(), Mismatch>,
    ) -> Result<(), Mismatch> {
        self.check_time(expected)?;
        if expected.thumbprint.is_some_and(|thumbprint| thumbprint != self.thumbprint) {
            return Err(Mismatch::Thumbprint);
        }
        if self.method() != expected.method {
            let (token, given) = (excerpt(self.method()), excerpt(expected.method));
            return Err(Mismatch::Method { token, given });
        }
        check_uri(self.uri(), expected.uri)?;
        if let Some(token) = expected.access_token {
            let hash = self.access_token_hash().ok_or(Mismatch::MissingAccessTokenHash)?;
            if hash != access_token_hash(token) {
                return Err(Mismatch::AccessTokenHash);
            }
        }
        if expected.nonce.is_some() && expected.nonce != self.nonce() {
            return Err(Mismatch::Nonce);
        }
        Ok(())
    }

    fn check_time(&self, expected: &Expectation<'_>) -> Result<(), Mismatch> {
        self.claims.check_times(expected.now, expected.ahead_max).map_err(Mismatch::Time)?;
        // A clock that runs ahead makes `iat` and `nbf` early; no proof is valid for longer than it says.
        let now = expected.now.unix_timestamp();
        if self.claims.expires_at().is_some_and(|expires_at| now >= expires_at) {
            return Err(Mismatch::Time(TimeError::Expired));
        }
        let age =
            expected.now.unix_timestamp_nanos() - i128::from(self.issued_at()) * 1_000_000_000;
        if age > expected.age_max.whole_nanoseconds() { Err(Mismatch::TooOld) } else { Ok(()) }
    }
}

fn check_uri(token: &str, given: &str) -> Result<(), Mismatch> {
    let (token_form, given_form) = (normalize_uri(token), normalize_uri(given));
    match (token_form, given_form) {
        (Ok(token), Ok(given)) if token == given => Ok(()),
        (token_form, given_form) => Err(Mismatch::Uri {
            token: token_form.unwrap_or_else(|_| excerpt(token)),
            given: given_form.unwrap_or_else(|_| excerpt(given)),
        }),
    }
}

fn check_exact_uri(token: &str, given: &str) -> Result<(), Mismatch> {
    match (exact_uri(token), exact_uri(given)) {
        (Ok(token), Ok(given)) if token == given => Ok(()),
        (_, _) => Err(Mismatch::Uri { token: excerpt(token), given: excerpt(given) }),
    }
}

fn text<'a>(claims: &'a Claims, name: &str) -> Option<&'a str> {
    claims.members().get(name).and_then(Value::as_str)
}

impl From<ParseError> for ProofError {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::UnsupportedAlgorithm(UnsupportedAlgorithm { name }) => {
                Self::Algorithm { name }
            }
            ParseError::MissingAlgorithm => Self::Algorithm { name: String::new() },
            ParseError::TooLarge { .. }
            | ParseError::JsonSerialization
            | ParseError::PartCount
            | ParseError::UnexpectedPayload
            | ParseError::NotBase64Url
            | ParseError::InvalidHeader(_)
            | ParseError::WrongType { .. }
            | ParseError::UnsupportedCritical
            | ParseError::UnencodedPayload => Self::Jws(error),
        }
    }
}
