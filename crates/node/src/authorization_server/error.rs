//! Why a token request is refused.

use std::fmt;

use pecan_credentials::exchange::submission::{SubmissionError, SubmissionParseError};
use pecan_credentials::presentation::{BindingError, EnvelopeError};
use pecan_oauth::error::ErrorCode;
use pecan_oauth::token::RequestError;
use pecan_platform::session::SessionError;
use pecan_platform::sql::SqlError;

use super::dpop::ProofRefused;
use super::vp_token_grant::PRESENTATION_LIFETIME_MAX;
use crate::policy::{GrantError, ScopeError};
use crate::verifier::PresentationError;

/// Why a token request is refused. `Display` goes to the client (contract/iam.md 8.2); sources go to the log only.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// No such subject.
    #[error("subject not found")]
    UnknownSubject,
    /// The grant is unknown, or a parameter is missing.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The code is not one of ours.
    #[error("invalid authorization code")]
    UnknownCode,
    /// The assertion is no presentation and no list of them.
    #[error(
        "assertion parameter is invalid: unable to parse PEX envelope as verifiable presentation: {0}"
    )]
    Assertion(EnvelopeError),
    /// The submission cannot be read.
    #[error("invalid presentation submission: {0}")]
    Submission(SubmissionParseError),
    /// A presentation does not say from when to when it holds.
    #[error("presentation is missing creation or expiration date")]
    NoLifetime,
    /// A presentation holds for longer than it may.
    #[error("presentation is valid for too long (max {}s)", PRESENTATION_LIFETIME_MAX.whole_seconds())]
    LifetimeTooLong,
    /// The credentials of a presentation are not its signer's.
    #[error(transparent)]
    Binding(#[from] BindingError),
    /// The presentations are of different parties.
    #[error("not all presentations have the same credential subject ID")]
    DifferentSubjects,
    /// A presentation is for somebody else.
    #[error("presentation audience/domain is missing or does not match")]
    WrongAudience,
    /// The scope has no profile.
    #[error("unsupported scope ({scope}) for presentation exchange: {reason}")]
    Scope {
        /// The beginning of the scope string.
        scope: String,
        /// Why not.
        reason: ScopeError,
    },
    /// The scope is not granted.
    #[error(transparent)]
    NotGranted(#[from] GrantError),
    /// The submission is for a definition that the profile does not ask for.
    #[error("presentation definition being fulfilled is not required: {definition_id}")]
    NotRequired {
        /// The beginning of the id that the submission names.
        definition_id: String,
    },
    /// The credentials do not fulfil the definition, or not in the way that the submission says.
    #[error(
        "presentation submission does not conform to presentation definition (id={definition_id})"
    )]
    NotFulfilled {
        /// The id of the definition.
        definition_id: String,
        /// Which descriptor, which field of which credential.
        #[source]
        cause: NotFulfilled,
    },
    /// A presentation has no nonce.
    #[error("presentation has invalid/missing nonce")]
    NoNonce,
    /// A presentation was used before.
    #[error("presentation nonce has already been used")]
    NonceReused,
    /// The DPoP header is no proof for this request, or one that was used before.
    #[error("DPoP header is invalid")]
    Proof(#[source] ProofRefused),
    /// A presentation or a credential in it does not hold.
    #[error(transparent)]
    Unverified(#[from] PresentationError),
    /// The session store failed.
    #[error("internal error")]
    Session(#[from] SessionError),
    /// The database failed.
    #[error("internal error")]
    Sql(#[from] SqlError),
}

impl TokenError {
    /// The code, [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2).
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Request(error) => error.code(),
            Self::UnknownCode => ErrorCode::InvalidGrant,
            Self::Scope { .. } => ErrorCode::InvalidScope,
            Self::NotGranted(error) => error.code,
            Self::Proof(_) => ErrorCode::InvalidDpopProof,
            Self::Session(_) | Self::Sql(_) => ErrorCode::ServerError,
            Self::UnknownSubject
            | Self::Assertion(_)
            | Self::Submission(_)
            | Self::NoLifetime
            | Self::LifetimeTooLong
            | Self::Binding(_)
            | Self::DifferentSubjects
            | Self::WrongAudience
            | Self::NotRequired { .. }
            | Self::NotFulfilled { .. }
            | Self::NoNonce
            | Self::NonceReused
            | Self::Unverified(_) => ErrorCode::InvalidRequest,
        }
    }
}

/// Why credentials do not fulfil a definition; prints one line for each descriptor and credential.
#[derive(Debug)]
pub enum NotFulfilled {
    /// The submission and the credentials do not go together.
    Submission(SubmissionError),
    /// There is no presentation, so there is nobody to grant anything to.
    Nobody,
}

impl fmt::Display for NotFulfilled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("there is no presentation"),
            Self::Submission(error) => {
                error.fmt(f)?;
                if let SubmissionError::Unfulfilled { presentations } = error {
                    for (index, reason) in presentations.iter().enumerate() {
                        write!(f, "\npresentation {index}: {}", reason.report())?;
                    }
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for NotFulfilled {}
