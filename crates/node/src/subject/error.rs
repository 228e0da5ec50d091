//! Why a subject was not made, found or changed.

use std::error::Error;
use std::fmt;

use pecan_credentials::did::document::ParseError;
use pecan_credentials::did::web;
use pecan_platform::sql::SqlError;

use crate::FailureKind;
use crate::key::KeyError;
use crate::resolver::StoredError;

/// Why something was not done with a subject: what, and the refusal. `Display` is what callers of the reference read.
#[derive(Debug)]
pub struct SubjectError {
    /// What was not done; empty if the refusal says it all.
    action: &'static str,
    refusal: Refusal,
}

impl SubjectError {
    /// A refusal of an action.
    pub(super) fn of(action: &'static str) -> impl Fn(Refusal) -> Self {
        move |refusal| Self { action, refusal }
    }

    /// Why.
    pub fn refusal(&self) -> &Refusal {
        &self.refusal
    }

    /// Whose fault it is (contract/credentials.md 3.1).
    pub fn kind(&self) -> FailureKind {
        self.refusal.kind()
    }
}

impl From<Refusal> for SubjectError {
    fn from(refusal: Refusal) -> Self {
        Self { action: "", refusal }
    }
}

impl From<SqlError> for SubjectError {
    fn from(error: SqlError) -> Self {
        Refusal::from(error).into()
    }
}

impl fmt::Display for SubjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.action, self.refusal)
    }
}

impl Error for SubjectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.refusal.source()
    }
}

/// Why not.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no such subject.
    #[error("subject not found")]
    NotFound,
    /// The name is taken, perhaps by a subject that was deactivated.
    #[error("subject already exists")]
    Exists,
    /// The name is empty or has other characters.
    #[error("invalid subject (must follow pattern: ^[a-zA-Z0-9._-]+$)")]
    Name,
    /// The name is too long.
    #[error("invalid subject (must not be longer than {limit} bytes)")]
    NameTooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A key for encryption was asked for.
    #[error("key agreement not supported for did:web")]
    KeyAgreement,
    /// No key was asked for.
    #[error("at least one key must be created")]
    NoKey,
    /// The subject was deactivated.
    #[error("the DID document has been deactivated")]
    Deactivated,
    /// A service does not say what it is.
    #[error("invalid service: type must not be empty")]
    ServiceType,
    /// A list of the document would become longer than readers accept.
    #[error("DID document can have at most {limit} entries in `{member}`")]
    TooMany {
        /// The member of the document.
        member: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The document would become larger than readers accept.
    #[error("DID document can have at most {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The document could not be read by others, as when a service is nested too deeply.
    #[error("DID document would be invalid: {0}")]
    Unreadable(#[source] ParseError),
    /// No did:web lies below the public URL.
    #[error("'url' of this node cannot be the root of a did:web: {0}")]
    PublicUrl(#[source] web::Error),
    /// DIDs below the public URL would be too long.
    #[error("'url' of this node is too long for a did:web")]
    PublicUrlTooLong,
    /// A key could not be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A document of ours cannot be read.
    #[error(transparent)]
    Stored(#[from] StoredError),
}

impl Refusal {
    fn kind(&self) -> FailureKind {
        match self {
            Self::NotFound => FailureKind::NotFound,
            Self::Exists | Self::Deactivated => FailureKind::Conflict,
            Self::Name
            | Self::NameTooLong { .. }
            | Self::KeyAgreement
            | Self::NoKey
            | Self::ServiceType
            | Self::TooMany { .. }
            | Self::TooLarge { .. }
            | Self::Unreadable(_) => FailureKind::Invalid,
            Self::PublicUrl(_) | Self::PublicUrlTooLong | Self::Key(_) | Self::Stored(_) => {
                FailureKind::Internal
            }
        }
    }

    /// Whether another call was faster: a row that was to be added is there.
    pub(super) fn is_race(&self) -> bool {
        matches!(self, Self::Stored(StoredError::Sql(error)) if error.is_duplicate)
    }
}

impl From<SqlError> for Refusal {
    fn from(error: SqlError) -> Self {
        Self::Stored(error.into())
    }
}
