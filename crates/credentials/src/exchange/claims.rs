//! The claims that follow from the credentials that fulfil a definition.

use serde_json::{Map, Value};

use super::definition::Definition;
use super::select::Mapping;
use super::value::FieldValue;

impl Definition {
    /// The value of each field that has an id: a whole array, the captured text of a pattern, JSON `null` for an optional
    /// field without value. Where descriptors share an id, the last one in the definition counts.
    pub fn claims(&self, mappings: &[Mapping<'_>]) -> Map<String, Value> {
        let mut claims = Map::new();
        for (index, descriptor) in self.descriptors().iter().enumerate() {
            for mapping in mappings.iter().filter(|mapping| mapping.descriptor == index) {
                for (field, value) in descriptor.fields().iter().zip(&mapping.values) {
                    let Some(id) = field.id() else { continue };
                    let value = value.as_ref().map_or(Value::Null, FieldValue::to_value);
                    claims.insert(id.to_owned(), value);
                }
            }
        }
        claims
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::exchange::candidate::Candidate;
    use crate::exchange::select::Selection;
    use crate::format::Format;

    #[test]
    fn every_field_with_an_id_becomes_a_claim() {
        let definition = Definition::compile(&json!({ "id": "pd", "input_descriptors": [
            { "id": "a", "constraints": { "fields": [
                { "path": ["$.a"] },
                { "id": "level", "path": ["$.a"], "filter": { "type": "string", "pattern": "^level ([0-9])$" } },
                { "id": "part", "path": ["$.a"], "filter": { "type": "string", "pattern": "l[a-z]*" } },
                { "id": "roles", "path": ["$.roles"], "filter": { "type": "string", "const": "nurse" } },
                { "id": "all roles", "path": ["$.roles[*]"] },
                { "id": "number", "path": ["$.number"] },
                { "id": "flag", "path": ["$.flag"] },
                { "id": "none", "path": ["$.none"], "optional": true },
                { "id": "same", "path": ["$.number"] },
            ] } },
            { "id": "b", "constraints": { "fields": [{ "id": "same", "path": ["$.b"] }] } },
        ] }))
        .unwrap();
        let documents = [
            json!({ "a": "level 4", "roles": ["doctor", "nurse"], "number": 1.5, "flag": true }),
            json!({ "b": 2 }),
        ];
        let wallet = documents.each_ref().map(|document| Candidate {
            view: document,
            format: Format::LdpVc,
            algorithm: None,
            proof_types: &[],
            raw: document,
        });
        let choice = definition.select(&wallet, &Selection::new()).unwrap();
        let expected = json!({
            "level": "4", "part": "level", "roles": ["doctor", "nurse"], "all roles": ["doctor", "nurse"],
            "number": 1.5, "flag": true, "none": null, "same": 2,
        });
        assert_eq!(Value::Object(definition.claims(&choice.mappings)), expected);
    }
}
