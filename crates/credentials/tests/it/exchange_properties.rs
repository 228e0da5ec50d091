//! Whatever a definition or a credential holds, compiling and matching end with an answer.

use pecan_credentials::exchange::reading::Reading;
use pecan_credentials::exchange::{Candidate, Definition};
use pecan_credentials::format::Format;
use proptest::prelude::*;
use serde_json::{Value, json};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-c$.*]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((any_name(), inner), 0..6)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("id"),
        Just("format"),
        Just("input_descriptors"),
        Just("constraints"),
        Just("fields"),
        Just("path"),
        Just("filter"),
        Just("type"),
        Just("credentialSubject"),
        Just("a"),
    ]
    .prop_map(str::to_owned)
}

fn any_filter() -> impl Strategy<Value = Value> {
    let types = prop_oneof![
        Just("string"),
        Just("number"),
        Just("array"),
        Just("integer"),
        Just("boolean")
    ];
    let patterns = prop_oneof![
        r"[a-c()|.*+?^$\[\]\\d]{0,12}",
        Just("^(?:(?=a)a+)+$".to_owned()),
        Just("(a*)*b".to_owned()),
    ];
    (prop::option::of(types), prop::option::of("[a-c]"), prop::option::of(patterns), any::<bool>())
        .prop_map(|(value_type, constant, pattern, is_enum)| {
            let mut filter = json!({ "const": constant });
            if let Some(value_type) = value_type {
                filter["type"] = json!(value_type);
            }
            if let Some(pattern) = pattern {
                filter["pattern"] = json!(pattern);
            }
            if is_enum {
                filter["enum"] = json!(["a", "b"]);
            }
            filter
        })
}

fn any_definition() -> impl Strategy<Value = Value> {
    let path = prop_oneof![
        Just("$".to_owned()),
        Just("$.a".to_owned()),
        Just("$..*".to_owned()),
        Just("$..*..*..*".to_owned()),
        Just("$.credentialSubject.a".to_owned()),
        r#"\$[.\[\]*?@a"0-9:]{0,10}"#,
    ];
    let field = (prop::collection::vec(path, 0..4), prop::option::of(any_filter()), any::<bool>());
    let field = field.prop_map(|(paths, filter, is_optional)| {
        let mut field = json!({ "path": paths, "optional": is_optional });
        if let Some(filter) = filter {
            field["filter"] = filter;
        }
        field
    });
    prop::collection::vec(field, 0..4).prop_map(|fields| {
        let descriptor = json!({ "id": "d", "constraints": { "fields": fields } });
        json!({ "id": "pd", "input_descriptors": [descriptor] })
    })
}

proptest! {
    #[test]
    fn any_json_is_a_definition_or_refused(value in any_json(), text in ".{0,80}") {
        let _ = Definition::compile(&value);
        let _ = Definition::compile(&json!({ "id": "a", "input_descriptors": value }));
        let _ = Definition::compile(&json!({ "id": "a", "input_descriptors": [{ "id": "b", "constraints": value }] }));
        let _ = Definition::compile(&json!({ "id": "a", "input_descriptors": [], "submission_requirements": value }));
        let _ = Definition::parse(&text);
    }

    #[test]
    fn a_match_and_its_explanation_agree(definition in any_definition(), view in any_json(), is_jwt in any::<bool>()) {
        let definition = Definition::compile(&definition).unwrap();
        let format = if is_jwt { Format::JwtVc } else { Format::LdpVc };
        let candidate = Candidate { view: &view, format, algorithm: None, proof_types: &[], raw: &view };
        for descriptor in definition.descriptors() {
            let found = descriptor.find_match(definition.formats(), &candidate, Reading::Wider);
            let explanation = descriptor.explain(definition.formats(), &candidate);
            prop_assert_eq!(matches!(found, Ok(Some(_))), explanation.is_none());
            if let Some(explanation) = explanation {
                prop_assert!(!explanation.to_string().is_empty());
            }
            if let Ok(Some(found)) = found {
                prop_assert_eq!(found.values.len(), descriptor.fields().len());
            }
        }
    }

    #[test]
    fn a_definition_that_loads_loads_from_its_source_again(definition in any_definition()) {
        let definition = Definition::compile(&definition).unwrap();
        prop_assert_eq!(Definition::parse(&definition.source().to_string()), Ok(definition));
    }
}
