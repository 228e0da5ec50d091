//! Proofs of possession: [RFC 9449 §4.2](https://www.rfc-editor.org/rfc/rfc9449#section-4.2), for token requests and for the caller's own.

use pecan_credentials::did::DidUrl;
use pecan_jose::dpop::{self, UriError, normalize_uri};
use pecan_platform::http::Method;
use pecan_platform::random::token;
use time::{Duration, OffsetDateTime};

use super::Client;
use crate::failure::FailureKind;
use crate::key::KeyError;

/// How far back proofs are dated: servers of peers allow nothing for a clock that runs ahead of theirs.
pub const ISSUED_BEFORE: Duration = Duration::seconds(1);

/// A proof that a caller wants for a request to a resource.
pub struct ProofRequest<'a> {
    /// The key id: a DID URL.
    pub key_id: &'a str,
    /// `htm`.
    pub method: &'a str,
    /// `htu`.
    pub uri: &'a str,
    /// The token that goes with the proof.
    pub token: &'a str,
}

/// Why no proof was made.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// There is no method.
    #[error("missing method")]
    MissingMethod,
    /// There is no URL.
    #[error("missing url")]
    MissingUrl,
    /// There is no token.
    #[error("missing token")]
    MissingToken,
    /// The method is no token of RFC 9110 §5.6.2. The text is the one that callers know.
    #[error("net/http: invalid method {0:?}")]
    InvalidMethod(String),
    /// The URL is none.
    #[error("invalid url: {0}")]
    InvalidUrl(#[source] UriError),
    /// The key is not here, or cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key does not make proofs.
    #[error(transparent)]
    Draft(#[from] dpop::DraftError),
}

impl ProofError {
    /// Whose fault it is (contract/iam.md 10.4, Q-43).
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::MissingMethod
            | Self::MissingUrl
            | Self::MissingToken
            | Self::InvalidMethod(_)
            | Self::InvalidUrl(_) => FailureKind::Invalid,
            Self::Key(KeyError::NotFound) => FailureKind::NotFound,
            Self::Key(KeyError::Vault(_) | KeyError::Sql(_)) | Self::Draft(_) => {
                FailureKind::Internal
            }
        }
    }
}

impl Client {
    /// Makes a proof for a request to a resource, with any key of this node (contract/iam.md 10.4).
    pub async fn dpop_proof(&self, request: &ProofRequest<'_>) -> Result<String, ProofError> {
        let now = self.env.clock.now();
        check(request)?;
        let key_id = DidUrl::parse(request.key_id).map_err(|_| KeyError::NotFound)?;
        let target = Target { method: request.method, uri: request.uri };
        self.proof(&key_id, target, Some(request.token), None, now).await
    }

    pub(super) async fn proof(
        &self,
        key_id: &DidUrl,
        target: Target<'_>,
        access_token: Option<&str>,
        nonce: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<String, ProofError> {
        let key = self.keys.public_key(key_id).await?;
        let algorithm = key.algorithm().ok_or(KeyError::NotFound)?;
        let id = token(&*self.env.random);
        let draft = dpop::Draft {
            method: target.method,
            uri: target.uri,
            id: &id,
            issued_at: now - ISSUED_BEFORE,
            access_token,
            nonce,
        };
        let unsigned = dpop::draft(&draft, &key, algorithm)?;
        let signature = self.keys.sign(key_id, unsigned.signing_input()).await?;
        Ok(unsigned.attach(&signature))
    }
}

/// The request that a proof is for.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) method: &'a str,
    pub(super) uri: &'a str,
}

fn check(request: &ProofRequest<'_>) -> Result<(), ProofError> {
    // In this order: the first failing check decides the answer.
    if request.method.is_empty() {
        return Err(ProofError::MissingMethod);
    }
    if request.uri.is_empty() {
        return Err(ProofError::MissingUrl);
    }
    if request.token.is_empty() {
        return Err(ProofError::MissingToken);
    }
    if Method::from_bytes(request.method.as_bytes()).is_err() {
        return Err(ProofError::InvalidMethod(
            request.method.chars().take(METHOD_SHOWN_MAX).collect(),
        ));
    }
    normalize_uri(request.uri).map_err(ProofError::InvalidUrl)?;
    Ok(())
}

/// How much of a wrong method is repeated, in characters.
const METHOD_SHOWN_MAX: usize = 32;
