//! The JSONPath dialect that Presentation Definitions and submissions are written in.
//!
//! One rule sets it apart from RFC 9535: a singular path gives the value itself, every other path gives one array of what it
//! selects, and an empty array is a value too. A name that is missing, an index out of range, and a step into the wrong kind
//! of container give nothing; only a syntax error is an error. Names stand in double quotes or backticks. Single quotes,
//! comparisons beyond `==` and `!=`, logical operators and existence tests of
//! [RFC 9535](https://www.rfc-editor.org/rfc/rfc9535) are accepted as well. Functions are not: no counterparty can use them.

mod evaluate;
mod expression;
mod parse;
mod reader;
#[cfg(test)]
mod tests;

use serde_json::Value;

use evaluate::Evaluation;
pub use evaluate::{Found, Subject};
use expression::{Expression, Operand};

/// The longest path that is read, in bytes.
pub const TEXT_BYTES_MAX: usize = 1_024;
/// The most segments of one path, those inside its filters included.
pub const SEGMENTS_MAX: usize = 128;
/// How deep parentheses and filters within filters may nest.
pub const NESTING_MAX: usize = 16;
/// The most nodes that one evaluation may visit or select.
pub const STEPS_MAX: usize = 20_000;

/// A path that was read once and can be evaluated often.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    text: Box<str>,
    segments: Vec<Segment>,
    is_singular: bool,
}

impl Path {
    /// Reads a path.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let segments = parse::path(text)?;
        let is_singular = segments.iter().all(Segment::is_singular);
        Ok(Self { text: text.into(), segments, is_singular })
    }

    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the path selects one node at most, and so gives that node instead of an array.
    pub fn is_singular(&self) -> bool {
        self.is_singular
    }

    /// Evaluates the path on a document.
    pub fn evaluate<'a>(
        &self,
        document: &'a Value,
        subject: Subject,
    ) -> Result<Found<'a>, TooCostly> {
        self.evaluate_within(document, subject, &mut { STEPS_MAX })
    }

    /// Evaluates the path within what is left of a budget of visited nodes, and takes off what it used.
    pub(crate) fn evaluate_within<'a>(
        &self,
        document: &'a Value,
        subject: Subject,
        steps: &mut usize,
    ) -> Result<Found<'a>, TooCostly> {
        let mut evaluation = Evaluation::new(document, subject, *steps);
        let found = evaluation.find(&self.segments, self.is_singular);
        *steps = evaluation.steps();
        found
    }

    /// Whether the path asks `credentialSubject` for a member without saying which subject.
    ///
    /// Only such a path reads differently under [`Subject::SingleElement`].
    pub(crate) fn names_the_subject(&self) -> bool {
        let mut segments = self.segments.iter();
        let (first, second) = (segments.next(), segments.next());
        first.and_then(Segment::name) == Some(evaluate::SUBJECT)
            && second.is_some_and(|segment| segment.name().is_some())
    }

    /// Takes the leading `[n]` off, for a list whose elements are not one JSON document.
    pub fn split_index(&self) -> Option<(i64, Rest<'_>)> {
        let (first, segments) = self.segments.split_first()?;
        match first {
            Segment::Child(Selector::Index(index)) => Some((*index, Rest { segments })),
            Segment::Child(_) | Segment::Union(_) | Segment::Descent(_) => None,
        }
    }

    /// The whole path, in the shape of [`Path::split_index`].
    pub fn rest(&self) -> Rest<'_> {
        Rest { segments: &self.segments }
    }
}

/// What follows a leading index.
#[derive(Copy, Clone, Debug)]
pub struct Rest<'p> {
    segments: &'p [Segment],
}

impl Rest<'_> {
    /// Whether nothing follows, so that the element itself is meant.
    pub fn is_root(self) -> bool {
        self.segments.is_empty()
    }

    /// Evaluates what follows on the element.
    pub fn evaluate(self, document: &Value) -> Result<Found<'_>, TooCostly> {
        let is_singular = self.segments.iter().all(Segment::is_singular);
        let mut evaluation = Evaluation::new(document, Subject::AsWritten, STEPS_MAX);
        evaluation.find(self.segments, is_singular)
    }
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
enum Segment {
    /// `.name`, `["name"]`, `[0]`, `.*`, `[?(…)]`, `[(…)]`
    Child(Selector),
    /// `[a,b]`
    Union(Vec<Selector>),
    /// `..name`, `..*`, `..[a,b]`
    Descent(Vec<Selector>),
}

impl Segment {
    fn is_singular(&self) -> bool {
        match self {
            Self::Child(selector) => selector.is_singular(),
            Self::Union(_) | Self::Descent(_) => false,
        }
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Child(Selector::Name(name)) => Some(name),
            Self::Child(_) | Self::Union(_) | Self::Descent(_) => None,
        }
    }
}

/// What a segment takes from a node.
#[derive(Clone, Debug, PartialEq)]
enum Selector {
    Name(Box<str>),
    Index(i64),
    Wildcard,
    Slice {
        start: Option<i64>,
        end: Option<i64>,
        step: i64,
    },
    Filter(Expression),
    /// The name or index that an expression gives.
    Computed(Operand),
}

impl Selector {
    fn is_singular(&self) -> bool {
        match self {
            Self::Name(_) | Self::Index(_) | Self::Computed(_) => true,
            Self::Wildcard | Self::Slice { .. } | Self::Filter(_) => false,
        }
    }
}

/// Why a text is no path.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is longer than [`TEXT_BYTES_MAX`].
    #[error("longer than {TEXT_BYTES_MAX} bytes")]
    TooLong,
    /// More than [`SEGMENTS_MAX`] segments.
    #[error("more than {SEGMENTS_MAX} segments")]
    TooManySegments,
    /// Parentheses or filters deeper than [`NESTING_MAX`].
    #[error("nested deeper than {NESTING_MAX}")]
    TooDeep,
    /// The path does not begin with `$`.
    #[error("a path begins with `$`")]
    NoRoot,
    /// Something else was expected at this byte.
    #[error("expected {expected} at byte {offset}")]
    Expected {
        /// What the grammar allows there.
        expected: Expected,
        /// Where, in bytes from the beginning.
        offset: usize,
    },
    /// Two paths that may select many nodes cannot be compared.
    #[error("a comparison needs paths to single values, at byte {offset}")]
    NotSingular {
        /// Where the path ends, in bytes from the beginning.
        offset: usize,
    },
}

/// What the grammar allows at a place.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// `.`, `..` or `[`.
    Segment,
    /// A member name.
    Name,
    /// A name, index, slice, wildcard or filter.
    Selector,
    /// A whole number without leading zeros, within ±(2^53 − 1).
    Number,
    /// A quoted text with valid escapes, and its closing quote.
    Text,
    /// A constant or a path.
    Operand,
    /// This character.
    Character(char),
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Segment => f.write_str("a segment"),
            Self::Name => f.write_str("a name"),
            Self::Selector => f.write_str("a selector"),
            Self::Number => f.write_str("a whole number"),
            Self::Text => f.write_str("a quoted text"),
            Self::Operand => f.write_str("a constant or a path"),
            Self::Character(character) => write!(f, "`{character}`"),
        }
    }
}

/// An evaluation would visit more than [`STEPS_MAX`] nodes.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the path visits more than {STEPS_MAX} nodes")]
pub struct TooCostly;
