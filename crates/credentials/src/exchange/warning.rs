//! What a definition says in vain, or will regret: it loads all the same, because counterparties load it.

use std::fmt;

use super::path;
use super::pattern::PatternError;

/// A remark on a part of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// JSON Pointer (RFC 6901) to the part.
    pub place: String,
    /// What is the matter with it.
    pub reason: WarningReason,
}

/// What is the matter with a part of a definition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WarningReason {
    /// A member of the specification that no node acts on, such as `limit_disclosure` or `predicate`.
    #[error("is ignored")]
    Ignored,
    /// A keyword of JSON Schema other than `type`, `const`, `enum` and `pattern`.
    #[error("is a keyword that is ignored: the filter accepts more than it says")]
    IgnoredKeyword,
    /// A filter without `type` and `enum` matches no text, number or boolean.
    #[error("matches no single value, because it has neither `type` nor `enum`")]
    NoType,
    /// The text is empty.
    #[error("is empty")]
    Empty,
    /// Another descriptor has this id.
    #[error("repeats the id `{id}` of another descriptor")]
    DuplicateDescriptor {
        /// The id.
        id: String,
    },
    /// Another field has this id, in this or another descriptor.
    #[error("repeats the id `{id}` of another field")]
    DuplicateField {
        /// The id.
        id: String,
    },
    /// The id of the field is a member of its own in an introspection response.
    #[error("the id `{id}` is a name that token introspection uses itself")]
    ReservedName {
        /// The id.
        id: String,
    },
    /// The path cannot be read: matching fails when it comes to it.
    #[error("cannot be read as a path: {error}")]
    BadPath {
        /// Why not.
        error: path::Error,
    },
    /// The pattern cannot be used: matching fails when it comes to it.
    #[error("cannot be used as a pattern: {error}")]
    BadPattern {
        /// Why not.
        error: PatternError,
    },
    /// No requirement takes members from this group: choosing fails.
    #[error("the group `{group}` is named by no submission requirement")]
    UnusedGroup {
        /// The group.
        group: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.place, self.reason)
    }
}
