//! The submission requirements of a definition: which of the descriptors are needed together.
//!
//! [PEX §5.3](https://identity.foundation/presentation-exchange/spec/v2.0.0/#submission-requirements). Does not decide
//! whether they are met.

use serde_json::Value;

use super::definition::{DefinitionError, DefinitionReason};
use super::read::{Place, Reader, expect_array, expect_text};

/// The most requirements of one definition, the nested ones included.
pub const REQUIREMENTS_MAX: usize = 256;
/// How deep requirements may nest.
pub const REQUIREMENT_DEPTH_MAX: usize = 16;

const MEMBERS: [&str; 8] =
    ["name", "purpose", "rule", "count", "min", "max", "from", "from_nested"];

/// One requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// What it is called.
    pub name: Option<String>,
    /// How many of its members it needs.
    pub rule: Rule,
    /// Where its members come from.
    pub source: Source,
}

/// How many members a requirement needs.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Every one.
    All,
    /// Some of them.
    Pick {
        /// So many, at least 1.
        count: Option<u64>,
        /// At least so many.
        min: Option<u64>,
        /// At most so many.
        max: Option<u64>,
    },
}

/// Where the members of a requirement come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The descriptors of a group.
    Group(String),
    /// The outcomes of other requirements.
    Nested(Vec<Requirement>),
}

impl Requirement {
    /// Whether the requirement, or one nested in it, takes its members from a group.
    pub fn names_group(&self, group: &str) -> bool {
        match &self.source {
            Source::Group(from) => from == group,
            Source::Nested(nested) => nested.iter().any(|nested| nested.names_group(group)),
        }
    }
}

/// Reads requirements and counts them.
#[derive(Default)]
pub(super) struct Compiler {
    count: usize,
}

impl Compiler {
    pub(super) fn list(
        &mut self,
        value: &Value,
        place: Place<'_>,
        depth: usize,
    ) -> Result<Vec<Requirement>, DefinitionError> {
        if depth == REQUIREMENT_DEPTH_MAX {
            return Err(place.error(DefinitionReason::TooDeep { max: REQUIREMENT_DEPTH_MAX }));
        }
        let mut requirements = Vec::new();
        for (value, place) in expect_array(value, &place, REQUIREMENTS_MAX)? {
            self.count += 1;
            if self.count > REQUIREMENTS_MAX {
                return Err(place.error(DefinitionReason::TooMany { max: REQUIREMENTS_MAX }));
            }
            requirements.push(self.requirement(value, place, depth)?);
        }
        Ok(requirements)
    }

    fn requirement(
        &mut self,
        value: &Value,
        place: Place<'_>,
        depth: usize,
    ) -> Result<Requirement, DefinitionError> {
        let reader = Reader::new(value, place, &MEMBERS)?;
        let name = reader.text("name")?.map(str::to_owned);
        reader.text("purpose")?;
        let numbers = (reader.whole("count", 1)?, reader.whole("min", 0)?, reader.whole("max", 0)?);
        let rule = match reader.choice("rule", &["all", "pick"])? {
            Some("all") => Rule::All,
            Some(_) => Rule::Pick { count: numbers.0, min: numbers.1, max: numbers.2 },
            None => return Err(place.error(DefinitionReason::Missing { member: "rule" })),
        };
        let source = match (reader.find("from"), reader.find("from_nested")) {
            (Some((group, place)), None) => Source::Group(expect_text(group, place)?.to_owned()),
            (None, Some((nested, place))) => {
                let nested = self.list(nested, place, depth + 1)?;
                if nested.is_empty() {
                    return Err(place.error(DefinitionReason::Empty));
                }
                Source::Nested(nested)
            }
            (Some(_), Some(_)) | (None, None) => {
                return Err(place.error(DefinitionReason::NotOneSource));
            }
        };
        Ok(Requirement { name, rule, source })
    }
}
