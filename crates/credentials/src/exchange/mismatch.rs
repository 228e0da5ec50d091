//! Why a credential does not match a descriptor, as a value that can be shown to whoever asks.

use std::fmt;

use super::filter::ValueType;
use super::path;
use super::pattern::PatternError;
use crate::format::Format;

/// The longest part of a credential that a mismatch repeats, in characters.
pub const FOUND_CHARACTERS_MAX: usize = 200;

/// The first thing that keeps a credential out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The definition or the descriptor names formats, and this is none of them.
    #[error("the format `{found}` is not among {}", List(accepted))]
    FormatNotAccepted {
        /// The credential's.
        found: Format,
        /// The ones named.
        accepted: Vec<String>,
    },
    /// The signature algorithm of the JWT is none of those named.
    #[error("the algorithm `{found}` is not among {}", List(accepted))]
    AlgorithmNotAccepted {
        /// The credential's.
        found: String,
        /// The ones named.
        accepted: Vec<String>,
    },
    /// No proof has one of the types named.
    #[error("the proof types {} are not among {}", List(found), List(accepted))]
    ProofTypeNotAccepted {
        /// The credential's.
        found: Vec<String>,
        /// The ones named.
        accepted: Vec<String>,
    },
    /// A field does not match.
    #[error("field {index}{} at {}: {reason}", Id(id.as_deref()), List(paths))]
    Field {
        /// Its position in the descriptor, from 0.
        index: usize,
        /// Its id.
        id: Option<String>,
        /// Its paths, as written.
        paths: Vec<String>,
        /// Why it does not match.
        reason: FieldReason,
    },
    /// The definition cannot be matched at all.
    #[error(transparent)]
    Unmatchable(#[from] Unmatchable),
}

/// Why a field does not match.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldReason {
    /// No path leads to a value.
    #[error("no value")]
    NoValueAtPath,
    /// The value is of another type.
    #[error("{found} where {} is asked for", Type(*expected))]
    WrongType {
        /// The filter's `type`, if it has one.
        expected: Option<ValueType>,
        /// The value's.
        found: ValueType,
    },
    /// The value is not the `const`.
    #[error("`{found}` is not `{expected}`")]
    NotEqual {
        /// The filter's `const`.
        expected: String,
        /// The value, shortened to [`FOUND_CHARACTERS_MAX`].
        found: String,
    },
    /// The value is not in the `enum`.
    #[error("`{found}` is not among {}", List(expected))]
    NotInEnum {
        /// The filter's `enum`.
        expected: Vec<String>,
        /// The value, shortened to [`FOUND_CHARACTERS_MAX`].
        found: String,
    },
    /// The value does not match the `pattern`.
    #[error("`{found}` does not match the pattern `{pattern}`")]
    PatternMismatch {
        /// The filter's `pattern`.
        pattern: String,
        /// The value, shortened to [`FOUND_CHARACTERS_MAX`].
        found: String,
    },
    /// Searching for the pattern took more than [`BACKTRACKS_MAX`](super::pattern::BACKTRACKS_MAX) steps back, or there were too many texts to search.
    #[error("searching for the pattern `{pattern}` takes too long")]
    PatternTooCostly {
        /// The filter's `pattern`.
        pattern: String,
    },
    /// Following the path visits too many nodes.
    #[error("following the path `{path}` takes too long")]
    PathTooCostly {
        /// The path, as written.
        path: String,
    },
}

/// Why a definition cannot be matched with a credential at all, so that no credential is chosen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("field {field} of descriptor `{descriptor}`: {reason}")]
pub struct Unmatchable {
    /// The id of the descriptor.
    pub descriptor: String,
    /// The position of the field in the descriptor, from 0.
    pub field: usize,
    /// What the matter is.
    pub reason: UnmatchableReason,
}

/// Why a field cannot be matched with a value at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnmatchableReason {
    /// There is an object where a filter applies.
    #[error("no filter applies to an object")]
    Object,
    /// There is a null inside an array where a filter applies.
    #[error("no filter applies to a null in an array")]
    Null,
    /// The path is none.
    #[error("`{path}` is no path: {error}")]
    BadPath {
        /// As written.
        path: String,
        /// Why not.
        error: path::Error,
    },
    /// The pattern is none.
    #[error("`{pattern}` is no pattern: {error}")]
    BadPattern {
        /// As written.
        pattern: String,
        /// Why not.
        error: PatternError,
    },
}

struct List<'l>(&'l [String]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nothing");
        }
        for (index, item) in self.0.iter().enumerate() {
            write!(f, "{}`{item}`", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

struct Id<'i>(Option<&'i str>);

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |id| write!(f, " (`{id}`)"))
    }
}

struct Type(Option<ValueType>);

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(value_type) => value_type.fmt(f),
            None => f.write_str("nothing, for the filter has no `type`,"),
        }
    }
}
