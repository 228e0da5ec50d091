//! What a policy answers.

use serde_json::{Map, Value};

/// The answer of one policy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Only the truth value `true` allows.
    pub is_allowed: bool,
    /// Why: code and description, for the operator.
    pub reasons: Vec<Reason>,
    /// What the gateway must do if it lets the request pass: name to value.
    pub obligations: Map<String, Value>,
    /// What the policy wants to know and was not told: relative FHIR requests by name.
    pub needs: Map<String, Value>,
}

/// One reason of a policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// `not_allowed`, `unexpected_input`, `not_implemented`, `internal_error`, `pip_error` or `info`.
    pub code: String,
    /// For people.
    pub description: String,
}

/// A part of an answer has a shape that nobody can act on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{member}` of the answer is not {expected}")]
pub struct MalformedAnswer {
    /// The member of the answer.
    pub member: &'static str,
    /// What it should have been.
    pub expected: &'static str,
}

impl Answer {
    /// Reads the document of a policy: `allow`, `reasons`, `obligations` and `needs`; others are left alone.
    ///
    /// Fails where something that somebody must act on cannot be read. A reason of another shape only loses its code.
    pub fn from_document(document: &Map<String, Value>) -> Result<Self, MalformedAnswer> {
        Ok(Self {
            is_allowed: document.get("allow") == Some(&Value::Bool(true)),
            reasons: reasons(document.get("reasons"))?,
            // SECURITY: an obligation that is not understood must not vanish, or the request passes without it.
            obligations: object(document, "obligations")?,
            needs: object(document, "needs")?,
        })
    }
}

fn reasons(given: Option<&Value>) -> Result<Vec<Reason>, MalformedAnswer> {
    match given {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(reasons)) => Ok(reasons.iter().map(Reason::read).collect()),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            Err(MalformedAnswer { member: "reasons", expected: "a set or list" })
        }
    }
}

fn object(
    document: &Map<String, Value>,
    member: &'static str,
) -> Result<Map<String, Value>, MalformedAnswer> {
    match document.get(member) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(found)) => Ok(found.clone()),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            Err(MalformedAnswer { member, expected: "an object" })
        }
    }
}

impl Reason {
    fn read(value: &Value) -> Self {
        let text = |member: &str| value.get(member).and_then(Value::as_str);
        let description = match (value.as_str(), text("description")) {
            (Some(text), _) | (None, Some(text)) => text.to_owned(),
            (None, None) => value.to_string(),
        };
        Self { code: text("code").unwrap_or("not_allowed").to_owned(), description }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(document: &Value) -> Result<Answer, MalformedAnswer> {
        Answer::from_document(document.as_object().unwrap())
    }

    #[test]
    fn only_the_truth_value_allows() {
        for allow in [json!("true"), json!(1), json!({}), json!([true]), json!(null), json!(false)]
        {
            assert!(!read(&json!({"allow": allow})).unwrap().is_allowed, "{allow}");
        }
        assert!(read(&json!({"allow": true})).unwrap().is_allowed);
        assert_eq!(read(&json!({})).unwrap(), Answer::default());
    }

    #[test]
    fn obligations_of_another_shape_are_an_error_and_no_absence() {
        for value in [json!(["narrow"]), json!(true), json!("narrow")] {
            assert_eq!(
                read(&json!({"allow": true, "obligations": value})).unwrap_err().member,
                "obligations"
            );
            assert_eq!(read(&json!({"allow": true, "needs": value})).unwrap_err().member, "needs");
        }
    }

    #[test]
    fn a_reason_of_another_shape_is_kept_as_text() {
        let answer = read(
            &json!({"reasons": ["too late", {"code": "info", "description": "fine"}, {"x": 1}]}),
        )
        .unwrap();
        let found: Vec<_> =
            answer.reasons.iter().map(|it| (it.code.as_str(), it.description.as_str())).collect();
        assert_eq!(
            found,
            [("not_allowed", "too late"), ("info", "fine"), ("not_allowed", r#"{"x":1}"#)]
        );
    }
}
