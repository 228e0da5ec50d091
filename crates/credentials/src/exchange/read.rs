//! Reads members of a definition, knowing where each stands.
//!
//! Holds to the [schema](https://identity.foundation/presentation-exchange/schemas/): a member that the schema does not know
//! is refused, because a counterparty refuses it too.

use std::fmt;

use serde_json::{Map, Value};

use super::definition::{DefinitionError, DefinitionReason};

/// A place in the document; prints as a JSON Pointer (RFC 6901).
#[derive(Copy, Clone)]
pub(super) struct Place<'p> {
    parent: Option<&'p Self>,
    step: Step<'p>,
}

#[derive(Copy, Clone)]
enum Step<'p> {
    Root,
    Member(&'p str),
    Element(usize),
}

impl<'p> Place<'p> {
    pub(super) const ROOT: Self = Self { parent: None, step: Step::Root };

    pub(super) fn member(&'p self, name: &'p str) -> Self {
        Self { parent: Some(self), step: Step::Member(name) }
    }

    pub(super) fn element(&'p self, index: usize) -> Self {
        Self { parent: Some(self), step: Step::Element(index) }
    }

    pub(super) fn error(&self, reason: DefinitionReason) -> DefinitionError {
        DefinitionError { place: self.to_string(), reason }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Member(name) => write!(f, "/{}", name.replace('~', "~0").replace('/', "~1")),
            Step::Element(index) => write!(f, "/{index}"),
        }
    }
}

/// An object of the definition.
pub(super) struct Reader<'v, 'p> {
    members: &'v Map<String, Value>,
    pub(super) place: Place<'p>,
}

impl<'v, 'p> Reader<'v, 'p> {
    /// An object with no other members than these.
    pub(super) fn new(
        value: &'v Value,
        place: Place<'p>,
        allowed: &[&str],
    ) -> Result<Self, DefinitionError> {
        let members =
            value.as_object().ok_or_else(|| place.error(DefinitionReason::NotAnObject))?;
        for name in members.keys() {
            if !allowed.contains(&name.as_str()) {
                return Err(place.member(name).error(DefinitionReason::UnknownMember));
            }
        }
        Ok(Self { members, place })
    }

    pub(super) fn find<'s>(&'s self, name: &'s str) -> Option<(&'v Value, Place<'s>)> {
        self.members.get(name).map(|value| (value, self.place.member(name)))
    }

    pub(super) fn require<'s>(
        &'s self,
        member: &'static str,
    ) -> Result<(&'v Value, Place<'s>), DefinitionError> {
        self.find(member).ok_or_else(|| self.place.error(DefinitionReason::Missing { member }))
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&'v str>, DefinitionError> {
        self.find(name).map(|(value, place)| expect_text(value, place)).transpose()
    }

    pub(super) fn require_text(&self, name: &'static str) -> Result<&'v str, DefinitionError> {
        let (value, place) = self.require(name)?;
        expect_text(value, place)
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, DefinitionError> {
        let Some((value, place)) = self.find(name) else { return Ok(None) };
        let flag = value.as_bool().ok_or_else(|| place.error(DefinitionReason::NotABoolean))?;
        Ok(Some(flag))
    }

    /// A text out of a few.
    pub(super) fn choice(
        &self,
        name: &str,
        choices: &'static [&'static str],
    ) -> Result<Option<&'v str>, DefinitionError> {
        let Some((value, place)) = self.find(name) else { return Ok(None) };
        let text = expect_text(value, place)?;
        if choices.contains(&text) {
            return Ok(Some(text));
        }
        Err(place.error(DefinitionReason::NotOneOf { choices }))
    }

    /// A whole number of at least `min`.
    pub(super) fn whole(&self, name: &str, min: u64) -> Result<Option<u64>, DefinitionError> {
        let Some((value, place)) = self.find(name) else { return Ok(None) };
        let number = value.as_u64().filter(|number| *number >= min);
        number.map(Some).ok_or_else(|| place.error(DefinitionReason::NotAWholeNumber { min }))
    }
}

pub(super) fn expect_text<'v>(
    value: &'v Value,
    place: Place<'_>,
) -> Result<&'v str, DefinitionError> {
    value.as_str().ok_or_else(|| place.error(DefinitionReason::NotText))
}

/// The elements of an array of at most `max`, each with its place.
pub(super) fn expect_array<'v, 'p>(
    value: &'v Value,
    place: &'p Place<'p>,
    max: usize,
) -> Result<impl Iterator<Item = (&'v Value, Place<'p>)>, DefinitionError> {
    let elements = value.as_array().ok_or_else(|| place.error(DefinitionReason::NotAnArray))?;
    if elements.len() > max {
        return Err(place.error(DefinitionReason::TooMany { max }));
    }
    Ok(elements.iter().enumerate().map(|(index, element)| (element, place.element(index))))
}

/// An array of at most `max` texts.
pub(super) fn expect_texts(
    value: &Value,
    place: Place<'_>,
    max: usize,
) -> Result<Vec<String>, DefinitionError> {
    let elements = expect_array(value, &place, max)?;
    elements.map(|(element, place)| expect_text(element, place).map(str::to_owned)).collect()
}
