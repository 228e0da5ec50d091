//! Reads definitions of counterparties, which nobody checked with a schema before they were sent.
//!
//! A member that the schema does not know has no effect at peers, so it must not keep a token from being requested here.

use serde_json::{Map, Value};

use super::{Definition, DefinitionError, DefinitionReason};
use crate::exchange::warning::{Warning, WarningReason};

/// The most unknown members that are passed over.
pub const UNKNOWN_MEMBERS_MAX: usize = 16;

impl Definition {
    /// Compiles a definition that came from a counterparty: unknown members and formats are passed over with a warning, and a
    /// descriptor without `constraints` matches everything.
    pub fn compile_received(value: &Value) -> Result<Self, DefinitionError> {
        let mut value = value.clone();
        let mut passed_over = Vec::new();
        loop {
            let error = match Self::compile(&value) {
                Ok(definition) => return Ok(definition.with_warnings(passed_over)),
                Err(error) => error,
            };
            if passed_over.len() >= UNKNOWN_MEMBERS_MAX || !repair(&mut value, &error) {
                return Err(error);
            }
            passed_over.push(Warning { place: error.place, reason: WarningReason::Ignored });
        }
    }
}

/// Takes away or adds what the error is about. False if it is about something else.
fn repair(value: &mut Value, error: &DefinitionError) -> bool {
    match error.reason {
        DefinitionReason::UnknownMember | DefinitionReason::UnknownFormat => {
            let Some((object, name)) = error.place.rsplit_once('/') else { return false };
            let name = name.replace("~1", "/").replace("~0", "~");
            let object = value.pointer_mut(object).and_then(Value::as_object_mut);
            object.is_some_and(|members| members.shift_remove(&name).is_some())
        }
        DefinitionReason::Missing { member: "constraints" } => {
            let object = value.pointer_mut(&error.place).and_then(Value::as_object_mut);
            object.is_some_and(|members| {
                members.insert("constraints".to_owned(), Value::Object(Map::new())).is_none()
            })
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_counterparties_do_not_check_is_passed_over() {
        let definition = json!({"id": "a", "x": 1, "format": {"vc+sd-jwt": {}, "jwt_vc": {"alg": ["ES256"]}}, "input_descriptors": [
            {"id": "b", "schema": [], "constraints": {"fields": [{"path": ["$.type"], "a/~b": 1}]}}, {"id": "c"}]});
        assert!(Definition::compile(&definition).is_err());
        let received = Definition::compile_received(&definition).unwrap();
        let places: Vec<&str> =
            received.warnings().iter().map(|warning| warning.place.as_str()).collect();
        assert_eq!(
            places,
            [
                "/x",
                "/format/vc+sd-jwt",
                "/input_descriptors/0/schema",
                "/input_descriptors/0/constraints/fields/0/a~1~0b",
                "/input_descriptors/1",
            ]
        );
        assert_eq!(received.descriptors().len(), 2);
    }

    #[test]
    fn what_has_no_meaning_is_refused_from_anyone() {
        for wrong in [json!([]), json!({"id": "a"}), json!({"id": 1, "input_descriptors": []})] {
            assert_eq!(
                Definition::compile_received(&wrong).err(),
                Definition::compile(&wrong).err(),
                "{wrong}"
            );
        }
        let many: Map<String, Value> =
            (0..=UNKNOWN_MEMBERS_MAX).map(|n| (n.to_string(), Value::Null)).collect();
        assert!(Definition::compile_received(&Value::Object(many)).is_err());
    }
}
