//! What a policy asks for beside its permission, and whether the gateway can do it.
//!
//! INVARIANT: an obligation that nobody executes is a leak, so whatever the gateway is not registered for is a denial.

use pecan_fhir::{ADDITIONS_MAX, Addition, CannotNarrow};
use serde_json::{Map, Value};

use super::facts::{Facts, Place};
use super::{Abilities, Narrowing};

/// What the gateway is told to do.
#[derive(Debug, Default)]
pub(super) struct Duties {
    /// Conditions to add, by the part of the request.
    additions: Vec<(Place, Vec<Addition>)>,
    /// Other obligations: name to value.
    pub(super) others: Map<String, Value>,
}

/// Why an obligation cannot be met; for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DutyError {
    #[error("the gateway does not execute the obligation `{0}`")]
    NotExecuted(String),
    #[error("obligation `narrow` is no list of names and values")]
    NotParameters,
    #[error("obligation `narrow`: {0}")]
    CannotNarrow(#[from] CannotNarrow),
    #[error("obligation `narrow`: the gateway does not change the query")]
    QueryStays,
    #[error("obligation `narrow`: the gateway does not change the body")]
    BodyStays,
    #[error("parts of the request have different obligations `{0}`")]
    Different(String),
}

impl Duties {
    /// What the gateway has to do for the obligations that a policy has for one part of a request.
    pub(super) fn take_on(
        obligations: &Map<String, Value>,
        facts: &Facts<'_>,
        place: Place,
        abilities: &Abilities,
    ) -> Result<Self, DutyError> {
        let mut duties = Self::default();
        for (kind, value) in obligations {
            if kind == "narrow" {
                let added = parameters(value).ok_or(DutyError::NotParameters)?;
                if !added.is_empty() {
                    duties.additions.push((place, added));
                    duties.narrowing(facts, abilities)?;
                }
            } else if abilities.obligations.contains(kind) {
                duties.others.insert(kind.clone(), value.clone());
            } else {
                return Err(DutyError::NotExecuted(kind.clone()));
            }
        }
        Ok(duties)
    }

    /// Adds those of another part of the same request.
    pub(super) fn add(&mut self, other: Self) -> Result<(), DutyError> {
        self.additions.extend(other.additions);
        for (kind, value) in other.others {
            if self.others.get(&kind).is_some_and(|known| *known != value) {
                return Err(DutyError::Different(kind));
            }
            self.others.insert(kind, value);
        }
        Ok(())
    }

    /// The request, cut down, if it is to be.
    pub(super) fn narrowing(
        &self,
        facts: &Facts<'_>,
        abilities: &Abilities,
    ) -> Result<Option<Narrowing>, DutyError> {
        if self.additions.is_empty() {
            return Ok(None);
        }
        let narrowing = facts.narrow(&self.additions)?;
        if narrowing.query.is_some() && !abilities.narrows_query {
            return Err(DutyError::QueryStays);
        }
        if narrowing.body.is_some() && !abilities.narrows_body {
            return Err(DutyError::BodyStays);
        }
        Ok(Some(narrowing))
    }
}

/// `[[name, value], …]`.
fn parameters(value: &Value) -> Option<Vec<Addition>> {
    let list = value.as_array().filter(|list| list.len() <= ADDITIONS_MAX)?;
    let pair = |pair: &Value| match pair.as_array()?.as_slice() {
        [Value::String(name), Value::String(value)] if !name.is_empty() && !value.is_empty() => {
            Some((name.clone(), value.clone()))
        }
        _ => None,
    };
    list.iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_are_pairs_of_texts() {
        let pairs = [("patient".to_owned(), "Patient/1".to_owned())];
        assert_eq!(parameters(&json!([["patient", "Patient/1"]])).as_deref(), Some(&pairs[..]));
        assert_eq!(parameters(&json!([])), Some(Vec::new()));
        for value in [
            json!(true),
            json!({ "patient": "1" }),
            json!([["patient"]]),
            json!([["patient", 1]]),
            json!([["", "1"]]),
            json!([["patient", ""]]),
            json!(["patient", "1"]),
            json!(vec![["a", "b"]; ADDITIONS_MAX + 1]),
        ] {
            assert_eq!(parameters(&value), None, "{value}");
        }
    }
}
