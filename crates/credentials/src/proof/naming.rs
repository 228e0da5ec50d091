//! Refuses a document that hides claims from those who read its JSON.
//!
//! JSON-LD can say the same in many ways: with the full IRI for a term, or with keywords that only nest. The signature does not tell
//! them apart, but who reads the JSON by its terms would miss an end, a status or a restriction that is written otherwise.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use pecan_jsonld::rdf::{Dataset, Object};
use serde_json::{Map, Value};

/// The most JSON literals in which any name may occur. Further ones are taken for objects, so that odd names are refused there.
pub const JSON_LITERALS_MAX: usize = 16;

const RDF_JSON: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON";

/// A member has a keyword or an IRI for its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("jsonld: invalid property: `{path}` is not a term")]
pub struct NotATerm {
    /// The first such member, as a JSON Pointer into the document.
    pub path: String,
}

/// Checks that every member of a document has a term for its name; `dataset` is what the document says.
// SECURITY: or the holder of a credential that has ended or was revoked renames the member that says so.
pub(crate) fn check(document: &Value, dataset: &Dataset<'_>) -> Result<(), NotATerm> {
    match Literals::of(dataset).visit(document).other {
        None => Ok(()),
        Some(path) => Err(NotATerm { path }),
    }
}

/// The JSON objects that a document holds as data, where a name means nothing to JSON-LD.
///
/// They are recognised by their canonical form, which has `1` for `1.0`: a literal with both such a number and an odd name is not.
#[derive(Default)]
struct Literals {
    by_digest: HashMap<u64, Value>,
}

/// What a value was found to be.
#[derive(Default)]
struct Visited {
    /// Tells values apart, if there are literals to find.
    digest: u64,
    /// The path of the first member whose name is no term.
    other: Option<String>,
}

impl Literals {
    fn of(dataset: &Dataset<'_>) -> Self {
        let literals = dataset.quads.iter().filter_map(|quad| match &quad.object {
            Object::Literal { value, datatype, .. } if **datatype == *RDF_JSON => {
                serde_json::from_str(value).ok()
            }
            Object::Literal { .. } | Object::Resource(_) => None,
        });
        Self::from(literals.take(JSON_LITERALS_MAX))
    }

    fn from(literals: impl Iterator<Item = Value>) -> Self {
        let by_digest = literals.map(|literal| (digest_alone(&literal), literal)).collect();
        Self { by_digest }
    }

    /// Walks through a value once, from its leaves up: comparing each object with each literal would take time in the square of their
    /// depth.
    fn visit(&self, value: &Value) -> Visited {
        match value {
            Value::Object(members) => self.visit_object(value, members),
            Value::Array(items) => {
                let mut array = Visited::default();
                let mut hasher = DefaultHasher::new();
                for (index, item) in items.iter().enumerate() {
                    let item = self.visit(item);
                    item.digest.hash(&mut hasher);
                    if array.other.is_none() {
                        array.other = item.other.map(|below| format!("/{index}{below}"));
                    }
                }
                array.digest = hasher.finish();
                array
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                let digest = if self.by_digest.is_empty() { 0 } else { digest(value) };
                Visited { digest, other: None }
            }
        }
    }

    fn visit_object(&self, value: &Value, members: &Map<String, Value>) -> Visited {
        let mut object = Visited::default();
        let mut digests = Vec::with_capacity(members.len());
        for (name, value) in members {
            let visited = self.visit(value);
            digests.push((name, visited.digest));
            if object.other.is_some() {
                continue;
            }
            let below = match name.as_str() {
                // Contexts are looked at where they are processed.
                "@context" => None,
                name if name.starts_with('@') || name.contains(':') => Some(String::new()),
                _ => visited.other,
            };
            let step = || name.replace('~', "~0").replace('/', "~1");
            object.other = below.map(|below| format!("/{}{below}", step()));
        }
        if !self.by_digest.is_empty() {
            digests.sort_unstable();
            object.digest = digest(&digests);
            if self.by_digest.get(&object.digest).is_some_and(|literal| literal == value) {
                object.other = None;
            }
        }
        object
    }
}

fn digest(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The digest of a value that is in no document.
fn digest_alone(value: &Value) -> u64 {
    // With anything to find, values are told apart.
    Literals { by_digest: HashMap::from([(0, Value::Null)]) }.visit(value).digest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn find_other(document: &Value, literals: &[Value]) -> Option<String> {
        Literals::from(literals.iter().cloned()).visit(document).other
    }

    #[test]
    fn the_first_name_that_is_no_term_is_found() {
        for (document, expected) in [
            (json!({"@context": {"@vocab": "x:"}, "a": [{"b": 1}, "@id", "x:y"]}), None),
            (json!({"a": [{"b": 1}, {"@id": 1}], "@id": 1}), Some("/a/1/@id")),
            (
                json!({"a": {"b~": {"https://example.org/": 1}}}),
                Some("/a/b~0/https:~1~1example.org~1"),
            ),
            (json!({"a": {"b:c": 1}}), Some("/a/b:c")),
        ] {
            assert_eq!(find_other(&document, &[]).as_deref(), expected, "{document}");
            let literals = [json!({"other": 1}), json!({})];
            assert_eq!(find_other(&document, &literals).as_deref(), expected, "{document}");
        }
    }

    #[test]
    fn names_within_a_literal_are_data() {
        let literal = json!({"b:c": {"@id": [1, null, "x", 1.5]}, "@context": {"d": true}});
        let literals = std::slice::from_ref(&literal);
        assert_eq!(find_other(&json!({"a": [literal]}), literals), None);
        let reordered = json!({"@context": {"d": true}, "b:c": {"@id": [1, null, "x", 1.5]}});
        assert_eq!(find_other(&json!({ "a": reordered }), literals), None);
        for other in [
            json!({"b:c": {"@id": [1, null, "x", 1.5]}, "@context": {"d": false}}),
            json!({"b:c": {"@id": [null, 1, "x", 1.5]}, "@context": {"d": true}}),
            json!({"b:c": {"@id": [1, null, "x", 1.5]}, "@context": {"d": true}, "e": 1}),
            json!({"b:c": {"@id": [1, null, "x"]}, "@context": {"d": true}}),
        ] {
            let found = find_other(&json!({ "a": other }), literals);
            assert_eq!(found.as_deref(), Some("/a/b:c"), "{other}");
        }
    }

    #[test]
    fn deep_literals_that_are_almost_found_take_no_time() {
        let chain = |end: &str| (0..100).fold(json!(end), |inner, _| json!({ "a": inner }));
        let literals: Vec<Value> = (0..16).map(|end| chain(&end.to_string())).collect();
        let document = json!({"all": vec![chain("x"); 1000], "@id": 1});
        assert_eq!(find_other(&document, &literals).as_deref(), Some("/@id"));
    }
}
