//! Reads members that peers write alone or in a list.
//!
//! [VC Data Model §4](https://www.w3.org/TR/vc-data-model/#basic-concepts): JSON-LD means the same by `x` and `[x]`.

use serde_json::{Map, Value};

/// The values of a member: none if it is absent or null, one if it is no list.
pub(crate) fn items<'a>(document: &'a Value, member: &str) -> &'a [Value] {
    match document.get(member) {
        None | Some(Value::Null) => &[],
        Some(Value::Array(items)) => items,
        Some(single) => std::slice::from_ref(single),
    }
}

/// Takes a member out, as a list.
pub(crate) fn take_items(members: &mut Map<String, Value>, member: &str) -> Vec<Value> {
    match members.remove(member) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items,
        Some(single) => vec![single],
    }
}

/// Writes a list as its only item, or as a list.
pub(crate) fn collapse(mut items: Vec<Value>) -> Value {
    match items.pop() {
        Some(only) if items.is_empty() => only,
        Some(last) => {
            items.push(last);
            Value::Array(items)
        }
        None => Value::Array(items),
    }
}

/// The values of a member, if all of them are strings.
pub(crate) fn strings(document: &Value, member: &str) -> Option<Vec<String>> {
    items(document, member).iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_member_is_read_alone_or_in_a_list() {
        let document = json!({"one": "a", "list": ["a", "b"], "null": null, "mixed": ["a", 1]});
        assert_eq!(items(&document, "one"), [json!("a")]);
        assert_eq!(items(&document, "list").len(), 2);
        assert!(items(&document, "null").is_empty());
        assert!(items(&document, "absent").is_empty());
        assert_eq!(strings(&document, "list"), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(strings(&document, "mixed"), None);
    }

    #[test]
    fn a_list_of_one_collapses() {
        assert_eq!(collapse(vec![json!(1)]), json!(1));
        assert_eq!(collapse(vec![json!(1), json!(2)]), json!([1, 2]));
        assert_eq!(collapse(vec![]), json!([]));
    }
}
