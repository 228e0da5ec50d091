//! Presentation Definitions: read once, checked with their schema, and matched often.
//!
//! [PEX §5](https://identity.foundation/presentation-exchange/spec/v2.0.0/#presentation-definition). What counterparties
//! load is loaded; what it says in vain is a [`Warning`]. Does not choose credentials.

mod compile;
mod error;
mod peer;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use pecan_jose::json;
use serde_json::Value;

use super::descriptor::Descriptor;
use super::formats::Formats;
use super::requirement::Requirement;
use super::warning::Warning;
pub use error::{DefinitionError, DefinitionReason};
pub use peer::UNKNOWN_MEMBERS_MAX;

/// The longest definition that is read, in bytes.
pub const DEFINITION_BYTES_MAX: usize = 1_000_000;
/// The most descriptors of one definition.
pub const DESCRIPTORS_MAX: usize = 256;
/// The most fields of one descriptor.
pub const FIELDS_MAX: usize = 256;
/// The most paths of one field.
pub const FIELD_PATHS_MAX: usize = 64;
/// The most paths of one definition.
pub const PATHS_MAX: usize = 2_048;
/// The most patterns of one definition.
pub const PATTERNS_MAX: usize = 256;
/// The most entries of an `enum`, a `group` or a list of algorithms or proof types.
pub const LIST_MAX: usize = 1_024;

/// The names of members that a token introspection response has of its own (RFC 7662 §2.2 and this network's additions).
///
/// A field with such an id would overwrite it.
pub const RESERVED_FIELD_IDS: [&str; 16] = [
    "active",
    "aud",
    "client_id",
    "cnf",
    "exp",
    "iat",
    "iss",
    "jti",
    "nbf",
    "presentation_definitions",
    "presentation_submissions",
    "scope",
    "sub",
    "token_type",
    "username",
    "vps",
];

/// A compiled definition; cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    parts: Arc<Parts>,
}

#[derive(Debug, PartialEq)]
struct Parts {
    id: String,
    name: Option<String>,
    purpose: Option<String>,
    formats: Formats,
    descriptors: Vec<Descriptor>,
    requirements: Vec<Requirement>,
    warnings: Vec<Warning>,
    source: Value,
}

impl Definition {
    /// Reads a definition of at most [`DEFINITION_BYTES_MAX`].
    pub fn parse(text: &str) -> Result<Self, DefinitionError> {
        let at_root = |reason| DefinitionError { place: String::new(), reason };
        if text.len() > DEFINITION_BYTES_MAX {
            return Err(at_root(DefinitionReason::TooLong));
        }
        let value = json::parse(text.as_bytes())
            .map_err(|error| at_root(DefinitionReason::NotJson(error)))?;
        Self::compile(&value)
    }

    /// Compiles a definition that is read as JSON already.
    pub fn compile(value: &Value) -> Result<Self, DefinitionError> {
        compile::definition(value).map(|parts| Self { parts: Arc::new(parts) })
    }

    /// The same definition with more warnings, before those that it has.
    fn with_warnings(self, mut warnings: Vec<Warning>) -> Self {
        if warnings.is_empty() {
            return self;
        }
        match Arc::try_unwrap(self.parts) {
            Ok(mut parts) => {
                warnings.append(&mut parts.warnings);
                parts.warnings = warnings;
                Self { parts: Arc::new(parts) }
            }
            // Nobody else has it yet.
            Err(parts) => Self { parts },
        }
    }

    /// What submissions call it.
    pub fn id(&self) -> &str {
        &self.parts.id
    }

    /// What people call it.
    pub fn name(&self) -> Option<&str> {
        self.parts.name.as_deref()
    }

    /// Why it asks.
    pub fn purpose(&self) -> Option<&str> {
        self.parts.purpose.as_deref()
    }

    /// The credentials asked for.
    pub fn descriptors(&self) -> &[Descriptor] {
        &self.parts.descriptors
    }

    /// Which of them are needed together; without any, all are.
    pub fn requirements(&self) -> &[Requirement] {
        &self.parts.requirements
    }

    /// The formats accepted for all descriptors.
    pub fn formats(&self) -> &Formats {
        &self.parts.formats
    }

    /// What it says in vain.
    pub fn warnings(&self) -> &[Warning] {
        &self.parts.warnings
    }

    /// Whether a field has this id.
    pub fn has_field_id(&self, id: &str) -> bool {
        self.field_ids().any(|found| found == id)
    }

    /// The ids of all fields, in order, with repetitions.
    pub fn field_ids(&self) -> impl Iterator<Item = &str> {
        let fields = self.parts.descriptors.iter().flat_map(Descriptor::fields);
        fields.filter_map(super::field::Field::id)
    }

    /// The ids of fields that are among [`RESERVED_FIELD_IDS`]: a policy with such a field cannot be used.
    pub fn reserved_field_ids(&self) -> Vec<&str> {
        self.field_ids().filter(|id| RESERVED_FIELD_IDS.contains(id)).collect()
    }

    /// The definition as it was loaded, to be served to others.
    pub fn source(&self) -> &Value {
        &self.parts.source
    }
}
