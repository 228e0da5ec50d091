//! Whose fault a failure is: the one word that `server` turns into a status code.

/// Whose fault it is. Each API-facing error enum answers `kind()` with one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The caller sent something wrong (400).
    Invalid,
    /// The caller did not say who it is (401).
    Unauthenticated,
    /// The caller may not do this (403).
    Forbidden,
    /// There is no such thing (404).
    NotFound,
    /// It contradicts what is there (409).
    Conflict,
    /// Something must be done first (412).
    Precondition,
    /// The body is of a type that is not read here (415).
    UnsupportedMediaType,
    /// Another party answered with a failure (502).
    PeerRefused,
    /// Another party could not be reached (503).
    PeerUnreachable,
    /// We failed (500).
    Internal,
}
