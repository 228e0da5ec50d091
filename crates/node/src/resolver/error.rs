//! Why a DID, or a key in its document, is not to be had.

use pecan_credentials::did::document::{KeyError, ParseError};
use pecan_credentials::did::{self, jwk, key, verification_method, web, x509};
use pecan_platform::http::{HttpError, StatusCode};
use pecan_platform::sql::SqlError;

use crate::FailureKind;

/// Why a DID or a key in its document is not to be had. `Display` is what peers and callers of the reference read.
///
/// Not found: [`NotFound`](Self::NotFound), [`KeyNotFound`](Self::KeyNotFound). Ours to mend: [`Stored`](Self::Stored). All else is
/// about the DID, its document, or the host that has it.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// The key id does not start with a DID.
    #[error("invalid DID")]
    InvalidDid(#[from] did::did::ParseError),
    /// No resolver knows the method.
    #[error("DID method not supported")]
    UnsupportedMethod,
    /// The DID is one of this node and has been deactivated.
    #[error("the DID document has been deactivated")]
    Deactivated,
    /// There is no such document at its host, which may be this node.
    #[error("did:web non-ok HTTP status: 404 Not Found")]
    NotFound,
    /// The host of the document answered with another failure.
    #[error("did:web non-ok HTTP status: {0}")]
    Status(StatusCode),
    /// The host of the document did not answer, or may not be asked. The cause is for the log: it tells about networks.
    #[error("did:web HTTP error: Get \"{url}\"")]
    Http {
        /// The URL of the document.
        url: String,
        /// What went wrong.
        #[source]
        cause: HttpError,
    },
    /// The host of the document sent something that does not call itself a DID document.
    #[error("did:web document has no content type of a DID document")]
    ContentType,
    /// The host is an address.
    #[error("invalid did:web: ID must be a domain name, not IP address")]
    WebAddress,
    /// The DID maps to no URL.
    #[error("invalid did:web: {0}")]
    Web(#[source] web::Error),
    /// What was sent is no DID document, or that of another DID.
    #[error("did:web document is invalid: {0}")]
    Document(#[source] web::DocumentError),
    /// A did:key is not a key.
    #[error(transparent)]
    Key(#[from] key::Error),
    /// A did:jwk is not base64.
    #[error("failed to decode base64")]
    JwkEncoding,
    /// A did:jwk is not a public JWK.
    #[error("failed to parse JWK: {}", in_jwk(.0))]
    Jwk(#[source] jwk::Error),
    /// The certificates do not vouch for the did:x509.
    #[error(transparent)]
    X509(#[from] x509::Error),
    /// No key of this id may sign credentials and presentations.
    #[error("key not found in DID document")]
    KeyNotFound,
    /// The key of this id is of no use.
    #[error(transparent)]
    Method(#[from] verification_method::KeyError),
    /// Our own documents cannot be read.
    #[error(transparent)]
    Stored(#[from] StoredError),
}

impl ResolveError {
    /// Whose fault it is, as the resolve API tells it (contract/credentials.md 3.1).
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::InvalidDid(_) | Self::X509(_) => FailureKind::Invalid,
            Self::Deactivated => FailureKind::Conflict,
            Self::KeyNotFound => FailureKind::NotFound,
            // The reference's callers know 500 for all of these.
            Self::UnsupportedMethod
            | Self::NotFound
            | Self::Status(_)
            | Self::Http { .. }
            | Self::ContentType
            | Self::WebAddress
            | Self::Web(_)
            | Self::Document(_)
            | Self::Key(_)
            | Self::JwkEncoding
            | Self::Jwk(_)
            | Self::Method(_)
            | Self::Stored(_) => FailureKind::Internal,
        }
    }
}

impl From<KeyError> for ResolveError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::NotFound => Self::KeyNotFound,
            KeyError::Method(error) => Self::Method(error),
        }
    }
}

impl From<web::Error> for ResolveError {
    fn from(error: web::Error) -> Self {
        match error {
            web::Error::IpAddress => Self::WebAddress,
            web::Error::Method
            | web::Error::Scheme
            | web::Error::NotPlain
            | web::Error::Host
            | web::Error::Port
            | web::Error::EmptySegment
            | web::Error::DotSegment
            | web::Error::Did(_) => Self::Web(error),
        }
    }
}

impl From<jwk::Error> for ResolveError {
    fn from(error: jwk::Error) -> Self {
        match error {
            jwk::Error::Base64 => Self::JwkEncoding,
            jwk::Error::Method | jwk::Error::TooLong | jwk::Error::Json(_) | jwk::Error::Key(_) => {
                Self::Jwk(error)
            }
        }
    }
}

/// What is wrong within the JWK, without what the text around it says already.
fn in_jwk(error: &jwk::Error) -> String {
    match error {
        jwk::Error::Json(error) => error.to_string(),
        jwk::Error::Key(error) => error.to_string(),
        jwk::Error::Method | jwk::Error::Base64 | jwk::Error::TooLong => error.to_string(),
    }
}

/// Why a document of our own cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// The database failed.
    #[error("internal error")]
    Sql(#[from] SqlError),
    /// What is stored is no document.
    #[error("internal error")]
    Unreadable(#[from] ParseError),
}
