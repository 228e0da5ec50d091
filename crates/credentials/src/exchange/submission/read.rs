//! Reads a Presentation Submission, as strictly as its schema.

use pecan_jose::json;
use serde_json::{Map, Value};

use super::{ClaimFormat, Entry, Submission};
use crate::exchange::definition::DESCRIPTORS_MAX;

/// The most entries of a submission: one for each descriptor of the largest definition.
pub const DESCRIPTOR_MAP_MAX: usize = DESCRIPTORS_MAX;
/// How deep `path_nested` may nest.
pub const PATH_NESTED_MAX: usize = 8;

/// A text that is no submission.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{place}`: {reason}")]
pub struct SubmissionParseError {
    /// Where, as a JSON Pointer; empty for the whole.
    pub place: String,
    /// What is wrong there.
    pub reason: SubmissionReason,
}

/// What is wrong with a submission.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionReason {
    /// No JSON, too long, too deep, or with a member twice.
    #[error(transparent)]
    Json(#[from] json::Error),
    /// Another kind of value was expected.
    #[error("not {expected}")]
    Kind {
        /// The kind that belongs there.
        expected: Kind,
    },
    /// A member that must be there is not.
    #[error("`{member}` is missing")]
    Missing {
        /// Its name.
        member: &'static str,
    },
    /// A member that the schema does not have.
    #[error("unknown member")]
    UnknownMember,
    /// A format that submissions cannot name.
    #[error("unknown format `{name}`")]
    UnknownFormat {
        /// The name.
        name: String,
    },
    /// More than [`DESCRIPTOR_MAP_MAX`] entries.
    #[error("more than {DESCRIPTOR_MAP_MAX} entries")]
    TooManyEntries,
    /// Deeper than [`PATH_NESTED_MAX`].
    #[error("nested deeper than {PATH_NESTED_MAX}")]
    TooDeep,
}

/// A kind of JSON value.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// `"…"`
    Text,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Object => "an object",
            Self::Array => "an array",
            Self::Text => "a text",
        })
    }
}

impl Submission {
    /// Reads a submission from JSON text.
    ///
    /// As in its schema, there are no other members and formats than those defined. An absent `descriptor_map` is an empty one:
    /// that is how some counterparties write it.
    pub fn parse(text: &str) -> Result<Self, SubmissionParseError> {
        let value = json::parse(text.as_bytes()).map_err(|cause| error("", cause.into()))?;
        Self::read(&value)
    }

    /// Reads a submission from JSON.
    pub fn read(value: &Value) -> Result<Self, SubmissionParseError> {
        let members = object(value, "", &["id", "definition_id", "descriptor_map"])?;
        let entries = match members.get("descriptor_map") {
            None => &[],
            Some(Value::Array(entries)) => entries.as_slice(),
            Some(_) => return Err(kind("/descriptor_map", Kind::Array)),
        };
        if entries.len() > DESCRIPTOR_MAP_MAX {
            return Err(error("/descriptor_map", SubmissionReason::TooManyEntries));
        }
        let entry = |(index, value)| entry(value, &format!("/descriptor_map/{index}"), 0);
        Ok(Self {
            id: text(members, "", "id")?.to_owned(),
            definition_id: text(members, "", "definition_id")?.to_owned(),
            descriptor_map: entries.iter().enumerate().map(entry).collect::<Result<_, _>>()?,
        })
    }
}

fn entry(value: &Value, place: &str, depth: usize) -> Result<Entry, SubmissionParseError> {
    if depth > PATH_NESTED_MAX {
        return Err(error(place, SubmissionReason::TooDeep));
    }
    let members = object(value, place, &["id", "format", "path", "path_nested"])?;
    let format = text(members, place, "format")?;
    let path_nested = members
        .get("path_nested")
        .map(|nested| entry(nested, &format!("{place}/path_nested"), depth + 1).map(Box::new));
    Ok(Entry {
        id: text(members, place, "id")?.to_owned(),
        format: ClaimFormat::find(format).ok_or_else(|| {
            let name = format.chars().take(FORMAT_SHOWN_MAX).collect();
            error(&format!("{place}/format"), SubmissionReason::UnknownFormat { name })
        })?,
        path: text(members, place, "path")?.to_owned(),
        path_nested: path_nested.transpose()?,
    })
}

/// How much of an unknown format an error repeats, in characters.
const FORMAT_SHOWN_MAX: usize = 32;

fn object<'v>(
    value: &'v Value,
    place: &str,
    known: &[&str],
) -> Result<&'v Map<String, Value>, SubmissionParseError> {
    let members = value.as_object().ok_or_else(|| kind(place, Kind::Object))?;
    if members.keys().any(|name| !known.contains(&name.as_str())) {
        return Err(error(place, SubmissionReason::UnknownMember));
    }
    Ok(members)
}

fn text<'v>(
    members: &'v Map<String, Value>,
    place: &str,
    member: &'static str,
) -> Result<&'v str, SubmissionParseError> {
    let value =
        members.get(member).ok_or_else(|| error(place, SubmissionReason::Missing { member }))?;
    value.as_str().ok_or_else(|| kind(&format!("{place}/{member}"), Kind::Text))
}

fn kind(place: &str, expected: Kind) -> SubmissionParseError {
    error(place, SubmissionReason::Kind { expected })
}

fn error(place: &str, reason: SubmissionReason) -> SubmissionParseError {
    SubmissionParseError { place: place.to_owned(), reason }
}
