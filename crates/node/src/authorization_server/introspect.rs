//! Answers whether an access token is active, and what it stands for (contract/iam.md 9.3, 9.4).
//!
//! Implements [RFC 7662 §2](https://www.rfc-editor.org/rfc/rfc7662#section-2). Does not authenticate the caller: the internal
//! listener does.

use bytes::Bytes;
use pecan_oauth::introspection::{INACTIVE, ReservedClaim};
use pecan_platform::session::{Key, SessionError};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::AuthorizationServer;
use super::access_token::{Record, TOKENS, name};
use crate::FailureKind;

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntrospectionDetail {
    /// What the token stands for.
    Plain,
    /// Also the presentations, submissions and definitions that it was granted on.
    Extended,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum IntrospectError {
    /// A claim of the token would overwrite a member of the answer.
    #[error(transparent)]
    ReservedClaim(ReservedClaim),
    /// The record was written by something else.
    #[error("internal error")]
    Damaged,
    /// The session store failed.
    #[error("internal error")]
    Session(#[from] SessionError),
}

impl IntrospectError {
    /// Whose fault it is: always ours.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::ReservedClaim(_) | Self::Damaged | Self::Session(_) => FailureKind::Internal,
        }
    }
}

/// What an active access token stands for.
#[derive(Clone, Debug)]
pub struct ActiveToken {
    /// The answer to introspection, as text.
    pub json: Bytes,
    /// The same, read.
    pub claims: Map<String, Value>,
}

impl AuthorizationServer {
    /// What a token stands for at a time; `None` if it is not active.
    pub async fn find_active(
        &self,
        token: &str,
        now: OffsetDateTime,
    ) -> Result<Option<ActiveToken>, IntrospectError> {
        let name = name(token);
        let found = self.env.sessions.find(Key { space: TOKENS, name: &name }, now).await?;
        let Some(found) = found else { return Ok(None) };
        match Record::from_bytes(&found).ok_or(IntrospectError::Damaged)? {
            Record::ReservedClaim { name } => {
                Err(IntrospectError::ReservedClaim(ReservedClaim { name }))
            }
            Record::Answers { plain, .. } => {
                let claims =
                    serde_json::from_slice(&plain).map_err(|_| IntrospectError::Damaged)?;
                Ok(Some(ActiveToken { json: plain, claims }))
            }
        }
    }

    /// The answer as JSON text. All unknown, expired and empty tokens have the same.
    pub async fn introspect(
        &self,
        token: &str,
        detail: IntrospectionDetail,
    ) -> Result<Bytes, IntrospectError> {
        let now = self.env.clock.now();
        let name = name(token);
        let found = self.env.sessions.find(Key { space: TOKENS, name: &name }, now).await?;
        let Some(found) = found else { return Ok(Bytes::from_static(INACTIVE.as_bytes())) };
        match Record::from_bytes(&found).ok_or(IntrospectError::Damaged)? {
            Record::ReservedClaim { name } => {
                Err(IntrospectError::ReservedClaim(ReservedClaim { name }))
            }
            Record::Answers { plain, evidence } => match detail {
                IntrospectionDetail::Plain => Ok(plain),
                IntrospectionDetail::Extended => Ok(extended(&plain, &evidence)),
            },
        }
    }
}

/// The evidence goes on where the plain answer ends.
fn extended(plain: &Bytes, evidence: &Bytes) -> Bytes {
    let beginning = plain.strip_suffix(b"}").unwrap_or(plain);
    [beginning, evidence].concat().into()
}
