//! Error codes of RFC 6749 §5.2, RFC 9449 §5 and OpenID4VP.

use std::fmt;

/// A registered error code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// A parameter is missing, repeated or not understood.
    InvalidRequest,
    /// The grant is invalid, expired or was issued to another.
    InvalidGrant,
    /// The scope is unknown or not granted.
    InvalidScope,
    /// The policy says no.
    AccessDenied,
    /// The grant type is not supported.
    UnsupportedGrantType,
    /// The server failed.
    ServerError,
    /// The DPoP proof is missing or wrong (RFC 9449 §5).
    InvalidDpopProof,
}

impl ErrorCode {
    /// The code on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::ServerError => "server_error",
            Self::InvalidDpopProof => "invalid_dpop_proof",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
