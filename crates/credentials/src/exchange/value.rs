//! The value that a field of a definition finds in a credential.

use std::borrow::Cow;

use serde_json::Value;

/// What a field matched with.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue<'a> {
    /// The node at a singular path; the whole array if an element of it matched.
    Node(&'a Value),
    /// What any other path selects, in document order.
    Array(Vec<&'a Value>),
    /// The part of a string that a pattern matched, or the group that it captured.
    Text(&'a str),
}

impl FieldValue<'_> {
    /// The value as a claim.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Node(node) => (*node).clone(),
            Self::Array(nodes) => Value::Array(nodes.iter().map(|node| (*node).clone()).collect()),
            Self::Text(text) => Value::String((*text).to_owned()),
        }
    }

    /// The text that a caller selects a credential by: strings as they are, numbers in their shortest decimal form
    /// without exponent, `true` and `false`. Other values cannot be selected by.
    pub fn selection_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Node(Value::String(text)) => Some(Cow::Borrowed(text)),
            // Numbers compare as IEEE doubles, as they do at every counterparty.
            Self::Node(Value::Number(number)) => Some(Cow::Owned(number.as_f64()?.to_string())),
            Self::Node(Value::Bool(true)) => Some(Cow::Borrowed("true")),
            Self::Node(Value::Bool(false)) => Some(Cow::Borrowed("false")),
            Self::Node(Value::Null | Value::Array(_) | Value::Object(_)) | Self::Array(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn credentials_are_selected_by_scalars_only() {
        let check = |value: Value, expected: Option<&str>| {
            assert_eq!(FieldValue::Node(&value).selection_text().as_deref(), expected, "{value}");
        };
        check(json!("a b"), Some("a b"));
        check(json!(1), Some("1"));
        check(json!(1.0), Some("1"));
        check(json!(-0.5), Some("-0.5"));
        check(json!(1e21), Some("1000000000000000000000"));
        check(json!(5e-7), Some("0.0000005"));
        check(json!(true), Some("true"));
        check(json!(false), Some("false"));
        check(json!(null), None);
        check(json!(["a"]), None);
        check(json!({ "a": 1 }), None);
        assert_eq!(FieldValue::Array(vec![&json!("a")]).selection_text(), None);
        assert_eq!(FieldValue::Text("12").selection_text().as_deref(), Some("12"));
    }

    #[test]
    fn a_value_becomes_a_claim_as_it_is() {
        let name = json!("a");
        assert_eq!(FieldValue::Node(&name).to_value(), name);
        assert_eq!(FieldValue::Array(vec![&name]).to_value(), json!(["a"]));
        assert_eq!(FieldValue::Text("1").to_value(), json!("1"));
    }
}
