//! The filter of a field: `type`, `const`, `enum` and `pattern`.
//!
//! Every node of the network applies these rules, and the verifier must choose the credential that the wallet chose. So an
//! array of which no element matches is a match all the same when only `type` is given, and an object is an error. Where
//! other nodes give no answer at all, the answer here is that the value does not match.

use std::fmt;

use serde_json::Value;

use super::definition::{DefinitionError, DefinitionReason, LIST_MAX};
use super::mismatch::{FOUND_CHARACTERS_MAX, FieldReason, UnmatchableReason};
use super::path::Found;
use super::pattern::{Pattern, PatternError};
use super::read::{Place, expect_text, expect_texts};
use super::reading::Reading;
use super::value::FieldValue;
use super::warning::WarningReason;

/// Keywords that say nothing about the value.
const ANNOTATIONS: [&str; 8] =
    ["$schema", "$id", "$comment", "title", "description", "default", "examples", "definitions"];

/// A JSON type, as filters name them.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// `string`
    String,
    /// `number`
    Number,
    /// `integer`: a number without a fraction.
    Integer,
    /// `boolean`
    Boolean,
    /// `array`
    Array,
    /// `object`
    Object,
    /// `null`
    Null,
}

impl ValueType {
    const ALL: [Self; 7] = [
        Self::String,
        Self::Number,
        Self::Integer,
        Self::Boolean,
        Self::Array,
        Self::Object,
        Self::Null,
    ];

    /// The name in JSON Schema.
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Array => "array",
            Self::Object => "object",
            Self::Null => "null",
        }
    }

    fn of(value: &Value) -> Self {
        match value {
            Value::String(_) => Self::String,
            Value::Number(_) => Self::Number,
            Value::Bool(_) => Self::Boolean,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
            Value::Null => Self::Null,
        }
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A compiled filter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    value_type: Option<ValueType>,
    constant: Option<Box<str>>,
    choices: Option<Vec<String>>,
    pattern: Option<FilterPattern>,
}

#[derive(Clone, Debug, PartialEq)]
enum FilterPattern {
    Usable(Pattern),
    /// Loads, because it loads everywhere; matching fails when it comes to it.
    Unusable(Box<str>, PatternError),
}

impl FilterPattern {
    fn as_str(&self) -> &str {
        match self {
            Self::Usable(pattern) => pattern.as_str(),
            Self::Unusable(text, _) => text,
        }
    }
}

/// What is left of the work that one match may cause, and how wide it reads.
pub(super) struct Effort {
    /// Nodes to visit.
    pub(super) steps: usize,
    /// Patterns to search for.
    pub(super) searches: usize,
    /// The rules that count.
    pub(super) reading: Reading,
}

/// Which keyword kept a value out.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Type,
    Constant,
    Choices,
    Pattern,
    PatternTooCostly,
}

/// Whether a value matches; the hard error is that the question cannot be asked.
type Verdict<T> = Result<Result<T, Fault>, UnmatchableReason>;

impl Filter {
    /// Compiles a filter and adds what is odd about it to the warnings.
    pub(super) fn compile(
        value: &Value,
        place: Place<'_>,
        warn: &mut dyn FnMut(&Place<'_>, WarningReason),
    ) -> Result<Self, DefinitionError> {
        let Value::Object(members) = value else {
            return Err(place.error(DefinitionReason::NotAnObject));
        };
        let mut filter = Self::default();
        for (keyword, value) in members {
            let place = place.member(keyword);
            match keyword.as_str() {
                "type" => filter.value_type = Some(compile_type(value, place)?),
                // Counterparties read a null as if the member were not there.
                "const" if value.is_null() => {}
                "const" => filter.constant = Some(expect_text(value, place)?.into()),
                "enum" => filter.choices = Some(expect_texts(value, place, LIST_MAX)?),
                "pattern" => {
                    let text = expect_text(value, place)?;
                    filter.pattern = Some(match Pattern::compile(text) {
                        Ok(pattern) => FilterPattern::Usable(pattern),
                        Err(error) => {
                            warn(&place, WarningReason::BadPattern { error });
                            FilterPattern::Unusable(text.into(), error)
                        }
                    });
                }
                keyword if ANNOTATIONS.contains(&keyword) => {}
                _ => warn(&place, WarningReason::IgnoredKeyword),
            }
        }
        if filter.value_type.is_none() && filter.choices.is_none() {
            warn(&place, WarningReason::NoType);
        }
        Ok(filter)
    }

    /// Applies the filter to what a path gave; `Found::Nothing` is not asked about.
    pub(super) fn apply<'a>(
        &self,
        found: Found<'a>,
        effort: &mut Effort,
    ) -> Verdict<FieldValue<'a>> {
        match found {
            Found::Node(node) => self.check(node, effort),
            Found::Nodes(nodes) => {
                let verdict = self.check_elements(nodes.iter().copied(), effort)?;
                Ok(verdict.map(|()| FieldValue::Array(nodes)))
            }
            Found::Nothing => Ok(Err(Fault::Type)),
        }
    }

    fn check<'a>(&self, value: &'a Value, effort: &mut Effort) -> Verdict<FieldValue<'a>> {
        if let Some(choices) = &self.choices {
            // Choice by choice over all elements: an object in an array is met at the same point everywhere.
            for choice in choices {
                if is_choice(value, choice)? {
                    return Ok(Ok(FieldValue::Node(value)));
                }
            }
            return Ok(Err(Fault::Choices));
        }
        match value {
            Value::String(text) => self.check_text(value, text, effort),
            Value::Number(_) | Value::Bool(_) => Ok(self.check_scalar(value, effort.reading)),
            Value::Array(elements) => {
                let verdict = self.check_array(elements.iter(), effort)?;
                Ok(verdict.map(|()| FieldValue::Node(value)))
            }
            Value::Object(_) => Err(UnmatchableReason::Object),
            Value::Null => Err(UnmatchableReason::Null),
        }
    }

    fn check_text<'a>(
        &self,
        value: &'a Value,
        text: &'a str,
        effort: &mut Effort,
    ) -> Verdict<FieldValue<'a>> {
        if self.value_type != Some(ValueType::String) {
            return Ok(Err(Fault::Type));
        }
        if self.constant.as_deref().is_some_and(|constant| constant != text) {
            return Ok(Err(Fault::Constant));
        }
        let pattern = match &self.pattern {
            None => return Ok(Ok(FieldValue::Node(value))),
            Some(FilterPattern::Usable(pattern)) => pattern,
            Some(FilterPattern::Unusable(pattern, error)) => {
                let pattern = pattern.to_string();
                return Err(UnmatchableReason::BadPattern { pattern, error: *error });
            }
        };
        let Some(left) = effort.searches.checked_sub(1) else {
            return Ok(Err(Fault::PatternTooCostly));
        };
        effort.searches = left;
        Ok(match pattern.find(text) {
            Ok(Some(part)) => Ok(FieldValue::Text(part)),
            Ok(None) => Err(Fault::Pattern),
            Err(_) => Err(Fault::PatternTooCostly),
        })
    }

    fn check_scalar<'a>(
        &self,
        value: &'a Value,
        reading: Reading,
    ) -> Result<FieldValue<'a>, Fault> {
        let is_of_type = match (self.value_type, value) {
            (Some(ValueType::Number), Value::Number(_))
            | (Some(ValueType::Boolean), Value::Bool(_)) => true,
            (Some(ValueType::Integer), Value::Number(number)) if reading == Reading::Wider => {
                number.as_f64().is_some_and(|number| number.fract() == 0.0)
            }
            _ => false,
        };
        if !is_of_type {
            return Err(Fault::Type);
        }
        // A `const` is a text, which a number never equals.
        if self.constant.is_some() { Err(Fault::Constant) } else { Ok(FieldValue::Node(value)) }
    }

    fn check_elements<'a>(
        &self,
        elements: impl Iterator<Item = &'a Value> + Clone,
        effort: &mut Effort,
    ) -> Verdict<()> {
        let Some(choices) = &self.choices else { return self.check_array(elements, effort) };
        for choice in choices {
            for element in elements.clone() {
                if is_choice(element, choice)? {
                    return Ok(Ok(()));
                }
            }
        }
        Ok(Err(Fault::Choices))
    }

    fn check_array<'a>(
        &self,
        elements: impl Iterator<Item = &'a Value>,
        effort: &mut Effort,
    ) -> Verdict<()> {
        for element in elements {
            match self.check(element, effort)? {
                Ok(_) => return Ok(Ok(())),
                Err(Fault::PatternTooCostly) => return Ok(Err(Fault::PatternTooCostly)),
                Err(Fault::Type | Fault::Constant | Fault::Choices | Fault::Pattern) => {}
            }
        }
        if self.constant.is_some() {
            return Ok(Err(Fault::Constant));
        }
        // With `type` alone every array matches: that is how `type: array` works, and other types do not differ.
        Ok(if self.pattern.is_some() { Err(Fault::Pattern) } else { Ok(()) })
    }

    /// Puts a fault into words, with what was found.
    pub(super) fn reason(&self, fault: Fault, found: &Found<'_>) -> FieldReason {
        let pattern = || self.pattern.as_ref().map(FilterPattern::as_str).unwrap_or_default();
        match fault {
            Fault::Type => {
                let found = match found {
                    Found::Node(node) => ValueType::of(node),
                    Found::Nodes(_) => ValueType::Array,
                    Found::Nothing => ValueType::Null,
                };
                FieldReason::WrongType { expected: self.value_type, found }
            }
            Fault::Constant => FieldReason::NotEqual {
                expected: self.constant.as_deref().unwrap_or_default().to_owned(),
                found: shorten(found),
            },
            Fault::Choices => FieldReason::NotInEnum {
                expected: self.choices.clone().unwrap_or_default(),
                found: shorten(found),
            },
            Fault::Pattern => FieldReason::PatternMismatch {
                pattern: pattern().to_owned(),
                found: shorten(found),
            },
            Fault::PatternTooCostly => {
                FieldReason::PatternTooCostly { pattern: pattern().to_owned() }
            }
        }
    }
}

fn compile_type(value: &Value, place: Place<'_>) -> Result<ValueType, DefinitionError> {
    let name = expect_text(value, place)?;
    let found = ValueType::ALL.into_iter().find(|value_type| value_type.name() == name);
    found.ok_or_else(|| place.error(DefinitionReason::UnknownType))
}

/// Whether a value, or an element of an array, is the text of a choice.
fn is_choice(value: &Value, choice: &str) -> Result<bool, UnmatchableReason> {
    match value {
        Value::String(text) => Ok(text == choice),
        Value::Number(_) | Value::Bool(_) => Ok(false),
        Value::Array(elements) => {
            for element in elements {
                if is_choice(element, choice)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Value::Object(_) => Err(UnmatchableReason::Object),
        Value::Null => Err(UnmatchableReason::Null),
    }
}

fn shorten(found: &Found<'_>) -> String {
    let text = match found {
        Found::Node(Value::String(text)) => text.clone(),
        Found::Node(node) => node.to_string(),
        Found::Nodes(nodes) => {
            let nodes: Vec<String> = nodes.iter().map(ToString::to_string).collect();
            format!("[{}]", nodes.join(","))
        }
        Found::Nothing => String::new(),
    };
    match text.char_indices().nth(FOUND_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests;
