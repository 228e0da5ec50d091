//! The request target, put together again from the parts that gateways tell.

use std::fmt::Write as _;

use serde_json::Value;

use crate::gateway::question::Unreadable;

/// The most parameters that are told. Kong stops at a hundred and does not say so.
pub(super) const PARAMETERS_MAX: usize = 99;

/// How a path was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathForm {
    /// As the client sent it, without its query.
    Raw,
    /// As the client sent it; a query may follow if it is not told beside.
    WithQuery,
    /// Decoded, so that every letter stands for itself.
    Decoded,
}

/// Path and query as one target.
///
/// Letters that a path cannot have are escaped: so they are judged as what they are, and not as the end of the path.
pub(super) fn join(
    path: &str,
    form: PathForm,
    query: Option<&Value>,
) -> Result<String, Unreadable> {
    let query = match query {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.trim_start_matches('?').to_owned(),
        Some(Value::Array(list)) if list.is_empty() => String::new(),
        Some(Value::Object(parameters)) => {
            let mut pairs = Vec::new();
            for (name, value) in parameters {
                add(&mut pairs, name, value)?;
            }
            pairs.join("&")
        }
        Some(Value::Array(_) | Value::Bool(_) | Value::Number(_)) => return Err(malformed()),
    };
    if form == PathForm::WithQuery && query.is_empty() {
        return Ok(path.to_owned());
    }
    let path: String = path.chars().map(|letter| in_path(letter, form)).collect();
    Ok(if query.is_empty() { path } else { format!("{path}?{query}") })
}

fn add(pairs: &mut Vec<String>, name: &str, value: &Value) -> Result<(), Unreadable> {
    let name = escaped(name);
    match value {
        Value::String(text) => pairs.push(format!("{name}={}", escaped(text))),
        // Lua has `true` for a parameter without `=`.
        Value::Bool(true) => pairs.push(name),
        Value::Array(list) => {
            for value in list {
                match value {
                    Value::String(text) => pairs.push(format!("{name}={}", escaped(text))),
                    Value::Bool(true) => pairs.push(name.clone()),
                    _ => return Err(malformed()),
                }
            }
        }
        Value::Null | Value::Bool(false) | Value::Number(_) | Value::Object(_) => {
            return Err(malformed());
        }
    }
    if pairs.len() > PARAMETERS_MAX {
        return Err(Unreadable::TooManyParameters(PARAMETERS_MAX));
    }
    Ok(())
}

fn malformed() -> Unreadable {
    Unreadable::Malformed("query".to_owned())
}

/// Everything but unreserved letters (RFC 3986 §2.3) escaped.
fn escaped(text: &str) -> String {
    text.chars()
        .map(|letter| if is_unreserved(letter) { letter.into() } else { escape(letter) })
        .collect()
}

fn in_path(letter: char, form: PathForm) -> String {
    // RFC 3986 §3.3: `pchar` and `/`.
    let is_kept = is_unreserved(letter)
        || "/!$&'()*+,;=:@".contains(letter)
        || (letter == '%' && form != PathForm::Decoded);
    if is_kept { letter.into() } else { escape(letter) }
}

fn is_unreserved(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-._~".contains(letter)
}

fn escape(letter: char) -> String {
    let mut buffer = [0; 4];
    let mut text = String::new();
    for byte in letter.encode_utf8(&mut buffer).bytes() {
        write!(text, "%{byte:02X}").expect("a string takes any text");
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(path: &str, form: PathForm, query: Value, expected: Option<&str>) {
        let query = Some(query).filter(|query| !query.is_null());
        let joined = join(path, form, query.as_ref()).ok();
        assert_eq!(joined.as_deref(), expected, "{path} {form:?} {query:?}");
    }

    #[test]
    fn queries_are_read_in_every_shape() {
        let (raw, path) = (PathForm::Raw, "/fhir/Task");
        for (query, expected) in [
            (json!(null), "/fhir/Task"),
            (json!({}), "/fhir/Task"),
            (json!([]), "/fhir/Task"),
            (json!(""), "/fhir/Task"),
            (json!("a=b&c=%20"), "/fhir/Task?a=b&c=%20"),
            (json!("?a=b"), "/fhir/Task?a=b"),
            (json!({ "a": "b|c d", "e": ["1", "2"] }), "/fhir/Task?a=b%7Cc%20d&e=1&e=2"),
            (json!({ "a": true, "b": "" }), "/fhir/Task?a&b="),
            (json!({ "a&b": "c=d&e" }), "/fhir/Task?a%26b=c%3Dd%26e"),
        ] {
            check(path, raw, query, Some(expected));
        }
        for query in [json!(["a"]), json!(true), json!({ "a": 1 }), json!({ "a": [["b"]] })] {
            check(path, raw, query, None);
        }
    }

    #[test]
    fn what_a_decoded_path_had_escaped_is_escaped_again() {
        for (path, expected) in [
            ("/a b", "/a%20b"),
            ("/a?b", "/a%3Fb"),
            ("/a%2Fb", "/a%252Fb"),
            ("/é#", "/%C3%A9%23"),
            ("/a;b", "/a;b"),
        ] {
            check(path, PathForm::Decoded, json!({}), Some(expected));
        }
        check("/a%20b?c", PathForm::Raw, json!({}), Some("/a%20b%3Fc"));
        check("/a?b=c", PathForm::WithQuery, json!(null), Some("/a?b=c"));
        check("/a?b=c", PathForm::WithQuery, json!("d=e"), Some("/a%3Fb=c?d=e"));
    }

    #[test]
    fn a_flood_of_parameters_is_refused() {
        let many = |count: usize| json!({ "a": vec!["b"; count] });
        assert!(join("/", PathForm::Raw, Some(&many(PARAMETERS_MAX))).is_ok());
        check("/", PathForm::Raw, many(PARAMETERS_MAX + 1), None);
    }
}
