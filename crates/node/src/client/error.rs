//! Why no access token came: one variant for each check, with the text that callers know.

use pecan_credentials::credential::ParseError;
use pecan_credentials::exchange::negotiate::NoSharedFormat;
use pecan_credentials::exchange::select::NoChoice;
use pecan_platform::sql::SqlError;

use super::remote_error::RemoteError;
use crate::failure::FailureKind;
use crate::subject::SigningKeyError;
use crate::wallet::PresentError;

/// Why no access token came. `Display` goes to the caller; sources go to the log only.
#[derive(Debug, thiserror::Error)]
pub enum ServiceTokenError {
    /// The path names no subject of this node, or the body's service provider does not.
    #[error("invalid_request - subject not found")]
    SubjectNotFound,
    /// The service provider is there and empty.
    #[error(
        "service_provider_subject_id is optional and cannot be empty: omit the field or set a non-empty value"
    )]
    EmptyServiceProvider,
    /// The grant with two presentations is not offered.
    #[error(
        "unsupported_grant_type - jwt-bearer two-VP flow requires auth.experimental.jwtbearerclient = true"
    )]
    TwoPresentations,
    /// A text of the request is longer than any that means something.
    #[error("`{member}` is longer than {max} bytes")]
    TooLong {
        /// Its name.
        member: &'static str,
        /// The limit.
        max: usize,
    },
    /// There are more self-attested credentials than are read.
    #[error("more than {max} credentials")]
    TooManyCredentials {
        /// The limit.
        max: usize,
    },
    /// A self-attested credential says whom it is about.
    #[error("self-asserted credentials MUST NOT contain a 'credentialSubject.id'")]
    SelfAttestedSubject,
    /// A self-attested credential says who issued it.
    #[error("self-asserted credentials MUST NOT contain an 'issuer'")]
    SelfAttestedIssuer,
    /// A self-attested credential is no credential.
    #[error("invalid self-asserted credential: {0}")]
    SelfAttestedUnreadable(#[source] ParseError),
    /// The authorization server, or one of its answers, is not what it must be.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The local policy does not know the scope.
    #[error("local PD resolution failed: {0}")]
    UnknownLocalScope(#[source] crate::policy::ScopeError),
    /// The local policy allows no further scope.
    #[error("invalid_scope - scope policy 'profile-only' does not allow additional scopes")]
    AdditionalScopes,
    /// The local policy asks nothing of organisations.
    #[error("no organization presentation definition for scope {scope:?}")]
    NoOrganizationDefinition {
        /// The scope of the profile.
        scope: String,
    },
    /// No DID of the subject has a method that the authorization server resolves.
    #[error(
        "precondition failed\ndid method mismatch, requested: [{}], available: [{}]",
        .requested.join(" "), .available.join(" ")
    )]
    DidMethods {
        /// Those that the server names.
        requested: Vec<String>,
        /// Those of the subject.
        available: Vec<String>,
    },
    /// The selection names a field that the definition does not have.
    #[error(transparent)]
    Selection(Box<NoChoice>),
    /// No wallet of the subject has what the definition asks for.
    #[error("{text}")]
    NoMatch {
        /// Which DID lacks what, one paragraph for each.
        text: String,
        /// The last reason.
        no_choice: Box<NoChoice>,
    },
    /// There is no presentation format that both sides and the definition know.
    #[error(
        "requester, verifier (authorization server metadata) and presentation definition don't share a supported VP format"
    )]
    NoSharedFormat(#[source] NoSharedFormat),
    /// Choosing ended in a crash.
    #[error("internal error")]
    ChoiceFailed,
    /// The chosen DID cannot sign.
    #[error(transparent)]
    SigningKey(#[from] SigningKeyError),
    /// The presentation could not be made.
    #[error(transparent)]
    Present(#[from] PresentError),
    /// The proof of possession could not be made.
    #[error(transparent)]
    Proof(#[from] super::dpop::ProofError),
    /// The database failed.
    #[error("internal error")]
    Sql(#[from] SqlError),
}

impl ServiceTokenError {
    /// Whose fault it is (contract/iam.md 2.1, 7.2 and ).
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::SubjectNotFound
            | Self::EmptyServiceProvider
            | Self::TwoPresentations
            | Self::TooLong { .. }
            | Self::TooManyCredentials { .. }
            | Self::SelfAttestedSubject
            | Self::SelfAttestedIssuer
            | Self::SelfAttestedUnreadable(_)
            | Self::UnknownLocalScope(_)
            | Self::AdditionalScopes
            | Self::Selection(_) => FailureKind::Invalid,
            Self::Remote(error) => error.kind(),
            Self::DidMethods { .. } | Self::NoSharedFormat(_) => FailureKind::Precondition,
            Self::NoMatch { no_choice, .. } => no_match_kind(no_choice),
            Self::Present(error) => present_kind(error),
            Self::NoOrganizationDefinition { .. }
            | Self::ChoiceFailed
            | Self::SigningKey(_)
            | Self::Proof(_)
            | Self::Sql(_) => FailureKind::Internal,
        }
    }
}

fn no_match_kind(no_choice: &NoChoice) -> FailureKind {
    match no_choice {
        NoChoice::UnknownField { .. } => FailureKind::Invalid,
        NoChoice::Ambiguous { .. }
        | NoChoice::Missing { .. }
        | NoChoice::Requirement { .. }
        | NoChoice::Contested { .. }
        | NoChoice::Unsettled => FailureKind::Precondition,
        NoChoice::Unmatchable { .. } | NoChoice::UnreferencedGroup { .. } => FailureKind::Internal,
    }
}

/// A document that cannot be signed is one that the caller or the wallet holds: another one helps.
fn present_kind(error: &PresentError) -> FailureKind {
    match error {
        PresentError::Draft(_) => FailureKind::Precondition,
        PresentError::Key(_) => FailureKind::Internal,
    }
}
