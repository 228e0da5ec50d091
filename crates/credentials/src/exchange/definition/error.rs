//! Why a definition is refused.

use pecan_jose::json;

use super::{DEFINITION_BYTES_MAX, PATHS_MAX, PATTERNS_MAX};

/// A part of a definition that is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("presentation definition at `{place}`: {reason}")]
pub struct DefinitionError {
    /// JSON Pointer (RFC 6901) to the part; empty for the whole.
    pub place: String,
    /// What is the matter with it.
    pub reason: DefinitionReason,
}

/// What is the matter with a part of a definition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionReason {
    /// Longer than [`DEFINITION_BYTES_MAX`].
    #[error("longer than {DEFINITION_BYTES_MAX} bytes")]
    TooLong,
    /// The text is not JSON, or names a member twice.
    #[error("{0}")]
    NotJson(json::Error),
    /// A member that the schema does not know.
    #[error("unknown member")]
    UnknownMember,
    /// A member that must be there.
    #[error("`{member}` is missing")]
    Missing {
        /// Its name.
        member: &'static str,
    },
    /// Something other than an object.
    #[error("not an object")]
    NotAnObject,
    /// Something other than an array.
    #[error("not an array")]
    NotAnArray,
    /// Something other than a string. The `const` and `enum` of a filter hold strings only.
    #[error("not a string")]
    NotText,
    /// Something other than `true` and `false`.
    #[error("not a boolean")]
    NotABoolean,
    /// Something other than a whole number in range.
    #[error("not a whole number of at least {min}")]
    NotAWholeNumber {
        /// The smallest one allowed.
        min: u64,
    },
    /// A text that is none of a few.
    #[error("not one of `{}`", choices.join("`, `"))]
    NotOneOf {
        /// The few.
        choices: &'static [&'static str],
    },
    /// An array without elements.
    #[error("empty")]
    Empty,
    /// An array with more elements than its limit.
    #[error("more than {max}")]
    TooMany {
        /// The limit.
        max: usize,
    },
    /// More than [`PATHS_MAX`] paths in the definition.
    #[error("more than {PATHS_MAX} paths in one definition")]
    TooManyPaths,
    /// More than [`PATTERNS_MAX`] patterns in the definition.
    #[error("more than {PATTERNS_MAX} patterns in one definition")]
    TooManyPatterns,
    /// Requirements nest too deep.
    #[error("nested deeper than {max}")]
    TooDeep {
        /// The limit.
        max: usize,
    },
    /// A key of `format` that is not `jwt`, `jwt_vc`, `jwt_vp`, `ldp`, `ldp_vc` or `ldp_vp`.
    #[error("unknown format")]
    UnknownFormat,
    /// The `type` of a filter is no type of JSON Schema.
    #[error("unknown type")]
    UnknownType,
    /// A requirement has both `from` and `from_nested`, or neither.
    #[error("not exactly one of `from` and `from_nested`")]
    NotOneSource,
}
