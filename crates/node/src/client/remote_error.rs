//! Why another authorization server is of no use: the words for the caller, and whose fault it is.

use std::fmt;

use pecan_oauth::metadata::MetadataError;
use pecan_oauth::token_response::ErrorResponse;
use pecan_platform::http::{HttpError, StatusCode};

use crate::failure::FailureKind;

/// The longest part of a foreign issuer identifier that an error repeats, in characters.
const ISSUER_CHARACTERS_MAX: usize = 300;

/// Why another authorization server is of no use. `Display` goes to the caller: never a body.
#[derive(Debug)]
pub enum RemoteError {
    /// Its metadata was found at none of the places.
    Metadata {
        /// The identifier that was asked for.
        issuer: String,
        /// Each place, and what was there.
        attempts: Vec<(String, Problem)>,
    },
    /// It answered the request for a presentation definition with an error that is about the request.
    DefinitionRefused(ErrorResponse),
    /// It has no presentation definition that can be used.
    Definition(Problem),
    /// The token endpoint answered with an error.
    TokenRefused(ErrorResponse),
    /// The token endpoint could not be called.
    TokenCall(Problem),
    /// The token endpoint gave no answer that is understood.
    TokenAnswer(Problem),
}

/// What the matter is with an answer, or with the lack of one.
#[derive(Debug)]
pub enum Problem {
    /// The URL is none that can be called.
    Target,
    /// There was no answer.
    Http(HttpError),
    /// The answer is not a success.
    Status(StatusCode),
    /// The answer is no metadata.
    NotMetadata(MetadataError),
    /// The answer is metadata of another issuer.
    OtherIssuer {
        /// The one asked for.
        asked: String,
        /// The one in the document.
        found: String,
    },
    /// The answer cannot be read: why, in words of ours.
    Unreadable(String),
}

impl RemoteError {
    /// A server that gave out a nonce, and wants another one when it gets it.
    pub(super) fn nonce_refused() -> Self {
        Self::TokenRefused(ErrorResponse { error: "use_dpop_nonce".to_owned(), description: None })
    }

    /// Whose fault it is (contract/iam.md 2.1, Q-45): 502 for wrong answers, 503 where there was none.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Metadata { attempts, .. } => {
                let of_server =
                    attempts.iter().rev().find(|(_, problem)| !is_client_error(problem));
                of_server.map_or(FailureKind::Invalid, |(_, problem)| match problem {
                    // The identifier is the caller's word, and other nodes answer it so.
                    Problem::Target | Problem::Http(HttpError::Refused(_)) => FailureKind::Internal,
                    problem => problem.kind(),
                })
            }
            Self::TokenRefused(error) if error.error == "server_error" => FailureKind::PeerRefused,
            Self::DefinitionRefused(_) | Self::TokenRefused(_) => FailureKind::Invalid,
            Self::Definition(problem) | Self::TokenCall(problem) | Self::TokenAnswer(problem) => {
                problem.kind()
            }
        }
    }
}

impl Problem {
    pub(super) fn other_issuer(asked: &str, found: &str) -> Self {
        let found = found.chars().take(ISSUER_CHARACTERS_MAX).collect();
        Self::OtherIssuer { asked: asked.to_owned(), found }
    }

    fn kind(&self) -> FailureKind {
        match self {
            Self::Http(HttpError::Unreachable { .. } | HttpError::Timeout { .. }) => {
                FailureKind::PeerUnreachable
            }
            Self::Http(
                HttpError::Refused(_) | HttpError::TooLarge { .. } | HttpError::Redirect(_),
            )
            | Self::Target
            | Self::Status(_)
            | Self::NotMetadata(_)
            | Self::OtherIssuer { .. }
            | Self::Unreadable(_) => FailureKind::PeerRefused,
        }
    }
}

fn is_client_error(problem: &Problem) -> bool {
    matches!(problem, Problem::Status(status) if status.is_client_error())
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metadata { issuer, attempts } => {
                f.write_str("failed to retrieve remote OAuth Authorization Server metadata: ")?;
                if attempts.iter().all(|(_, problem)| is_client_error(problem)) {
                    f.write_str("invalid client call\nmetadata not found: every candidate returned a client error\n")?;
                }
                write!(f, "failed to retrieve metadata for \"{issuer}\": ")?;
                for (index, (place, problem)) in attempts.iter().enumerate() {
                    write!(f, "{}{place}: {problem}", if index == 0 { "" } else { "\n" })?;
                }
                Ok(())
            }
            Self::DefinitionRefused(error) => write!(
                f,
                "failed to retrieve presentation definition: remote authorization server: {error}"
            ),
            Self::Definition(problem) => write!(
                f,
                "failed to retrieve presentation definition: upstream returned unexpected result\n{problem}"
            ),
            Self::TokenRefused(error) => write!(f, "remote authorization server: {error}"),
            Self::TokenCall(problem) => write!(f, "failed to call endpoint: {problem}"),
            Self::TokenAnswer(problem) => problem.fmt(f),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target => f.write_str("invalid target URL: url must contain scheme and host"),
            Self::Http(error) => error.fmt(f),
            Self::Status(status) => {
                write!(f, "server returned HTTP {} (expected: 200)", status.as_u16())
            }
            Self::NotMetadata(error) => write!(f, "decoding metadata: {error}"),
            Self::OtherIssuer { asked, found } => {
                write!(f, "issuer \"{found}\" does not match requested identifier \"{asked}\"")
            }
            Self::Unreadable(reason) => write!(f, "unable to unmarshal response: {reason}"),
        }
    }
}

impl std::error::Error for RemoteError {
    /// The cause below the last failed call: the texts above it are in the text of this error.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let problem = match self {
            Self::Metadata { attempts, .. } => attempts.last().map(|(_, problem)| problem)?,
            Self::Definition(problem) | Self::TokenCall(problem) | Self::TokenAnswer(problem) => {
                problem
            }
            Self::DefinitionRefused(_) | Self::TokenRefused(_) => return None,
        };
        match problem {
            Problem::Http(error) => error.source(),
            Problem::Target
            | Problem::Status(_)
            | Problem::NotMetadata(_)
            | Problem::OtherIssuer { .. }
            | Problem::Unreadable(_) => None,
        }
    }
}
