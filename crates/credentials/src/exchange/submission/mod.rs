//! A Presentation Submission: which credential of a presentation is for which descriptor of a definition.
//!
//! [PEX §6, Presentation Submission](https://identity.foundation/presentation-exchange/spec/v2.0.0/#presentation-submission).

mod check;
mod read;
#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::{Map, Value};

use super::candidate::Candidate;
use super::definition::Definition;
use super::descriptor::Descriptor;
use super::select::Choice;
use crate::format::{Format, PresentationFormat};

pub use check::{Envelope, Fulfilled, PRESENTED_MAX, PresentationView, SubmissionError};
pub use read::{DESCRIPTOR_MAP_MAX, Kind, PATH_NESTED_MAX, SubmissionParseError, SubmissionReason};

/// A Presentation Submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Names the submission; nothing depends on it.
    pub id: String,
    /// The `id` of the definition.
    pub definition_id: String,
    /// Where the credentials are.
    pub descriptor_map: Vec<Entry>,
}

/// Where the credential for one descriptor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The `id` of the descriptor.
    pub id: String,
    /// What is found at the path.
    pub format: ClaimFormat,
    /// The JSONPath to it, from the presentation, or from the list of them.
    pub path: String,
    /// Where to go on inside of what was found.
    pub path_nested: Option<Box<Entry>>,
}

/// The formats that a submission can name.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ClaimFormat {
    /// `jwt`
    Jwt,
    /// `jwt_vc`
    JwtVc,
    /// `jwt_vp`
    JwtVp,
    /// `ldp`
    Ldp,
    /// `ldp_vc`
    LdpVc,
    /// `ldp_vp`
    LdpVp,
}

impl ClaimFormat {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Jwt, Self::JwtVc, Self::JwtVp, Self::Ldp, Self::LdpVc, Self::LdpVp];

    /// The designation.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
            Self::JwtVc => "jwt_vc",
            Self::JwtVp => "jwt_vp",
            Self::Ldp => "ldp",
            Self::LdpVc => "ldp_vc",
            Self::LdpVp => "ldp_vp",
        }
    }

    /// Finds the format of a designation.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

impl fmt::Display for ClaimFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<Format> for ClaimFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::JwtVc => Self::JwtVc,
            Format::LdpVc => Self::LdpVc,
        }
    }
}

impl Submission {
    /// Writes the submission for a presentation that holds the chosen credentials, and nothing else, in their order.
    ///
    /// `candidates` is what the choice was made from.
    pub fn build(
        id: String,
        definition: &Definition,
        choice: &Choice<'_>,
        candidates: &[Candidate<'_>],
        format: PresentationFormat,
    ) -> Self {
        let total = choice.mappings.len();
        let entries = choice.mappings.iter().enumerate().filter_map(|(index, mapping)| {
            let candidate = candidates.get(mapping.candidate)?;
            Some(Entry {
                id: definition
                    .descriptors()
                    .get(mapping.descriptor)
                    .map(Descriptor::id)?
                    .to_owned(),
                format: candidate.format.into(),
                path: credential_path(format, index, total),
                path_nested: None,
            })
        });
        let definition_id = definition.id().to_owned();
        Self { id, definition_id, descriptor_map: entries.collect() }
    }

    /// The submission as JSON. The map is written even when it is empty: its schema demands it.
    pub fn to_value(&self) -> Value {
        let mut members = Map::new();
        members.insert("id".to_owned(), self.id.as_str().into());
        members.insert("definition_id".to_owned(), self.definition_id.as_str().into());
        let entries: Vec<Value> = self.descriptor_map.iter().map(Entry::to_value).collect();
        members.insert("descriptor_map".to_owned(), entries.into());
        Value::Object(members)
    }
}

impl fmt::Display for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_value().fmt(f)
    }
}

impl Entry {
    fn to_value(&self) -> Value {
        let mut members = Map::new();
        members.insert("id".to_owned(), self.id.as_str().into());
        members.insert("format".to_owned(), self.format.name().into());
        members.insert("path".to_owned(), self.path.as_str().into());
        if let Some(nested) = &self.path_nested {
            members.insert("path_nested".to_owned(), nested.to_value());
        }
        Value::Object(members)
    }
}

/// The single credential of a JSON-LD presentation is not in an array; that of a JWT is.
fn credential_path(format: PresentationFormat, index: usize, total: usize) -> String {
    match (format, total) {
        (PresentationFormat::LdpVp, 1) => "$.verifiableCredential".to_owned(),
        (PresentationFormat::LdpVp | PresentationFormat::JwtVp, _) => {
            format!("$.verifiableCredential[{index}]")
        }
    }
}
