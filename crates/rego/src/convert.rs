//! Between the values of JSON and those of the engine.

use std::collections::BTreeMap;

use regorus::Value as RegoValue;
use serde_json::{Map, Number, Value};

/// The engine's value of a JSON value.
pub(crate) fn to_rego(value: &Value) -> RegoValue {
    match value {
        Value::Null => RegoValue::Null,
        Value::Bool(value) => RegoValue::Bool(*value),
        Value::Number(number) => from_number(number),
        Value::String(text) => RegoValue::String(text.as_str().into()),
        Value::Array(items) => RegoValue::from(items.iter().map(to_rego).collect::<Vec<_>>()),
        Value::Object(members) => RegoValue::from(
            members
                .iter()
                .map(|(name, value)| (RegoValue::String(name.as_str().into()), to_rego(value)))
                .collect::<BTreeMap<_, _>>(),
        ),
    }
}

fn from_number(number: &Number) -> RegoValue {
    if let Some(whole) = number.as_i64() {
        return RegoValue::from(whole);
    }
    if let Some(whole) = number.as_u64() {
        return RegoValue::from(whole);
    }
    number.as_f64().map_or(RegoValue::Undefined, RegoValue::from)
}

/// The JSON value of a value of the engine; `None` for an undefined one. Sets become lists, and keys that are no text their JSON text.
pub(crate) fn to_json(value: &RegoValue) -> Option<Value> {
    Some(match value {
        RegoValue::Undefined => return None,
        RegoValue::Null => Value::Null,
        RegoValue::Bool(value) => Value::Bool(*value),
        RegoValue::Number(_) => to_number(value),
        RegoValue::String(text) => Value::String(text.to_string()),
        RegoValue::Array(items) => Value::Array(items.iter().filter_map(to_json).collect()),
        RegoValue::Set(items) => Value::Array(items.iter().filter_map(to_json).collect()),
        RegoValue::Object(members) => Value::Object(
            members
                .iter_sorted()
                .filter_map(|(name, value)| Some((key(name), to_json(value)?)))
                .collect::<Map<_, _>>(),
        ),
    })
}

fn to_number(value: &RegoValue) -> Value {
    // The engine's numbers are exact to any size; JSON text carries them over as far as JSON does.
    if let Ok(whole) = value.as_i64() {
        return Value::from(whole);
    }
    if let Ok(whole) = value.as_u64() {
        return Value::from(whole);
    }
    value.as_f64().map_or(Value::Null, Value::from)
}

fn key(name: &RegoValue) -> String {
    match name {
        RegoValue::String(text) => text.to_string(),
        other => to_json(other).map(|value| value.to_string()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_json_value_survives_both_ways() {
        let value = json!({"a": [1, -2, 1.5, u64::MAX, i64::MIN, true, null, "é\u{0}"], "b": {"": {}}, "c": []});
        assert_eq!(to_json(&to_rego(&value)), Some(value));
    }
}
