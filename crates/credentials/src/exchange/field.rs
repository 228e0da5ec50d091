//! A field of a descriptor: where a value is looked for, and what it must be.

use serde_json::Value;

use super::candidate::Candidate;
use super::filter::{Effort, Fault, Filter};
use super::mismatch::{FieldReason, UnmatchableReason};
use super::path::{self, Found, Path, Subject};
use super::reading::Reading;
use super::value::FieldValue;
use crate::format::Format;

/// A field of a descriptor.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    pub(super) id: Option<String>,
    pub(super) paths: Vec<FieldPath>,
    pub(super) filter: Option<Filter>,
    pub(super) is_optional: bool,
}

/// One of the places where a field looks for its value.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldPath {
    pub(super) text: String,
    pub(super) path: Result<Path, path::Error>,
}

impl FieldPath {
    /// The path as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The path as read, or why it is none. Such a path loads; matching fails when it comes to it.
    pub fn path(&self) -> Result<&Path, path::Error> {
        self.path.as_ref().map_err(|error| *error)
    }
}

/// How a field took a candidate.
pub(super) enum Outcome<'a> {
    /// With this value; `None` if it is optional and there is none.
    Match(Option<FieldValue<'a>>),
    Mismatch(FieldFault),
}

/// Why a field does not match, without the words.
#[derive(Copy, Clone)]
pub(super) enum FieldFault {
    NoValue,
    Filter { fault: Fault, path: usize, subject: Subject },
    PathTooCostly { path: usize },
}

impl Field {
    /// The name of its value among the claims.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Where it looks, in this order.
    pub fn paths(&self) -> &[FieldPath] {
        &self.paths
    }

    /// Whether it matches without a value.
    pub fn is_optional(&self) -> bool {
        self.is_optional
    }

    pub(super) fn find<'a>(
        &self,
        candidate: &Candidate<'a>,
        effort: &mut Effort,
    ) -> Result<Outcome<'a>, UnmatchableReason> {
        let outcome = self.find_as(candidate.view, Subject::AsWritten, effort)?;
        // The dialect finds no member in an array, but definitions in use write `$.credentialSubject.name` for JWT
        // credentials too, whose subject is always an array. So the array of one subject is read as that subject, where the
        // field would not match otherwise: where the dialect gives a value, or matches without one, its answer stands.
        // A verifier that knows the dialect only does not find such a credential again.
        if let Outcome::Mismatch(FieldFault::NoValue) = outcome
            && candidate.format == Format::JwtVc
            && effort.reading == Reading::Wider
        {
            return self.find_as(candidate.view, Subject::SingleElement, effort);
        }
        Ok(outcome)
    }

    fn find_as<'a>(
        &self,
        view: &'a Value,
        subject: Subject,
        effort: &mut Effort,
    ) -> Result<Outcome<'a>, UnmatchableReason> {
        let mut first_fault = None;
        for (index, place) in self.paths.iter().enumerate() {
            let path = place.path.as_ref().map_err(|error| UnmatchableReason::BadPath {
                path: place.text.clone(),
                error: *error,
            })?;
            if subject == Subject::SingleElement && !path.names_the_subject() {
                continue;
            }
            let Ok(found) = path.evaluate_within(view, subject, &mut effort.steps) else {
                return Ok(Outcome::Mismatch(FieldFault::PathTooCostly { path: index }));
            };
            if matches!(found, Found::Nothing | Found::Node(Value::Null)) {
                continue;
            }
            let verdict = match &self.filter {
                Some(filter) => filter.apply(found, effort)?,
                None => Ok(whole(found)),
            };
            match verdict {
                Ok(value) => return Ok(Outcome::Match(Some(value))),
                Err(fault) => {
                    let fault = FieldFault::Filter { fault, path: index, subject };
                    first_fault = first_fault.or(Some(fault));
                }
            }
        }
        Ok(match first_fault {
            Some(fault) => Outcome::Mismatch(fault),
            None if self.is_optional => Outcome::Match(None),
            None => Outcome::Mismatch(FieldFault::NoValue),
        })
    }

    /// Puts a fault into words.
    pub(super) fn reason(&self, fault: FieldFault, view: &Value) -> FieldReason {
        match fault {
            FieldFault::NoValue => FieldReason::NoValueAtPath,
            FieldFault::PathTooCostly { path } => {
                let path = self.paths.get(path).map(|path| path.text.clone()).unwrap_or_default();
                FieldReason::PathTooCostly { path }
            }
            FieldFault::Filter { fault, path, subject } => {
                let path = self.paths.get(path).and_then(|path| path.path.as_ref().ok());
                let found = path.and_then(|path| path.evaluate(view, subject).ok());
                match (&self.filter, found) {
                    (Some(filter), Some(found)) => filter.reason(fault, &found),
                    (None, _) | (_, None) => FieldReason::NoValueAtPath,
                }
            }
        }
    }
}

/// What a path gave, where no filter asks for more.
fn whole(found: Found<'_>) -> FieldValue<'_> {
    match found {
        Found::Node(node) => FieldValue::Node(node),
        Found::Nodes(nodes) => FieldValue::Array(nodes),
        Found::Nothing => FieldValue::Array(Vec::new()),
    }
}
