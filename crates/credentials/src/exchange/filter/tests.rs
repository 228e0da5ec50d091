//! The rules of filters, row by row.

use serde_json::json;

use super::*;

fn compile(filter: &Value) -> Filter {
    Filter::compile(filter, Place::ROOT, &mut |_, _| {}).unwrap()
}

fn effort() -> Effort {
    Effort { steps: 0, searches: 10, reading: Reading::Wider }
}

fn check(
    filter: &Value,
    value: &Value,
    expected: &Result<Result<Value, Fault>, UnmatchableReason>,
) {
    let verdict = compile(filter).apply(Found::Node(value), &mut effort());
    let verdict = verdict.map(|verdict| verdict.map(|value| value.to_value()));
    assert_eq!(&verdict, expected, "{filter} on {value}");
}

fn matches(filter: &Value, value: &Value, expected: Value) {
    check(filter, value, &Ok(Ok(expected)));
}

fn fails(filter: &Value, value: &Value, fault: Fault) {
    check(filter, value, &Ok(Err(fault)));
}

#[test]
fn a_text_needs_its_type_then_const_then_pattern() {
    let a = json!("abc");
    matches(&json!({ "type": "string" }), &a, a.clone());
    matches(&json!({ "type": "string", "const": "abc" }), &a, a.clone());
    matches(&json!({ "type": "string", "const": null }), &a, a.clone());
    matches(&json!({ "type": "string", "pattern": "b" }), &a, json!("b"));
    matches(&json!({ "type": "string", "pattern": "a(b)c" }), &a, json!("b"));
    matches(&json!({ "type": "string", "const": "abc", "pattern": "b" }), &a, json!("b"));
    matches(
        &json!({ "type": "string", "minLength": 9, "not": {}, "filter": { "x": 1 } }),
        &a,
        a.clone(),
    );
    fails(&json!({ "type": "string", "const": "b" }), &a, Fault::Constant);
    fails(&json!({ "type": "string", "pattern": "^b" }), &a, Fault::Pattern);
    fails(&json!({ "type": "string", "const": "b", "pattern": "b" }), &a, Fault::Constant);
    fails(&json!({ "const": "abc" }), &a, Fault::Type);
    fails(&json!({ "pattern": "b" }), &a, Fault::Type);
    fails(&json!({}), &a, Fault::Type);
    for other in ["number", "integer", "boolean", "array", "object", "null"] {
        fails(&json!({ "type": other }), &a, Fault::Type);
    }
}

#[test]
fn a_number_or_a_boolean_needs_its_type_and_no_const() {
    matches(&json!({ "type": "number" }), &json!(1.5), json!(1.5));
    matches(&json!({ "type": "number", "pattern": "x" }), &json!(1), json!(1));
    matches(&json!({ "type": "integer" }), &json!(3), json!(3));
    matches(&json!({ "type": "integer" }), &json!(3.0), json!(3.0));
    matches(&json!({ "type": "boolean" }), &json!(false), json!(false));
    fails(&json!({ "type": "integer" }), &json!(3.5), Fault::Type);
    fails(&json!({ "type": "number", "const": "1" }), &json!(1), Fault::Constant);
    fails(&json!({ "type": "boolean", "const": "true" }), &json!(true), Fault::Constant);
    for value in [json!(1), json!(true)] {
        fails(&json!({ "type": "string" }), &value, Fault::Type);
        fails(&json!({}), &value, Fault::Type);
        fails(&json!({ "enum": ["1", "true"] }), &value, Fault::Choices);
    }
    fails(&json!({ "type": "number" }), &json!(true), Fault::Type);
    fails(&json!({ "type": "boolean" }), &json!(1), Fault::Type);
}

#[test]
fn an_enum_decides_alone() {
    let filter = json!({ "enum": ["a", "b"] });
    matches(&filter, &json!("b"), json!("b"));
    matches(
        &json!({ "type": "number", "pattern": "x", "const": "y", "enum": ["a"] }),
        &json!("a"),
        json!("a"),
    );
    matches(&filter, &json!(["x", "b"]), json!(["x", "b"]));
    matches(&filter, &json!([["a"]]), json!([["a"]]));
    fails(&filter, &json!("c"), Fault::Choices);
    fails(&filter, &json!([]), Fault::Choices);
    fails(&filter, &json!(["c", 1]), Fault::Choices);
    fails(&json!({ "enum": [] }), &json!("a"), Fault::Choices);
    check(&filter, &json!({}), &Err(UnmatchableReason::Object));
    // The first choice meets the object before the second one is tried.
    check(&filter, &json!(["b", {}]), &Err(UnmatchableReason::Object));
    matches(&filter, &json!(["a", {}]), json!(["a", {}]));
}

#[test]
fn an_array_matches_by_an_element_and_is_the_value() {
    let list = json!(["abc", "d"]);
    matches(&json!({ "type": "string" }), &list, list.clone());
    matches(&json!({ "type": "string", "const": "d" }), &list, list.clone());
    matches(&json!({ "type": "string", "pattern": "a(b)c" }), &list, list.clone());
    fails(&json!({ "type": "string", "const": "x" }), &list, Fault::Constant);
    fails(&json!({ "type": "array", "const": "d" }), &list, Fault::Constant);
    // Other nodes crash here; the answer is no.
    fails(&json!({ "type": "string", "pattern": "x" }), &list, Fault::Pattern);
    fails(&json!({ "type": "array", "pattern": "a" }), &list, Fault::Pattern);
    // With a type alone, every array matches.
    for value_type in ["array", "number", "object", "string"] {
        matches(&json!({ "type": value_type }), &list, list.clone());
        matches(&json!({ "type": value_type }), &json!([]), json!([]));
        matches(&json!({ "type": value_type }), &json!([[1], [true]]), json!([[1], [true]]));
    }
    fails(&json!({ "type": "string", "const": "x" }), &json!([]), Fault::Constant);
}

#[test]
fn an_object_cannot_be_asked_about() {
    for value_type in ["string", "object", "array"] {
        let filter = json!({ "type": value_type });
        check(&filter, &json!({ "a": 1 }), &Err(UnmatchableReason::Object));
        check(&filter, &json!([{ "a": 1 }]), &Err(UnmatchableReason::Object));
        check(&filter, &json!([null]), &Err(UnmatchableReason::Null));
    }
    // An element that matches ends the question.
    matches(&json!({ "type": "string" }), &json!(["a", {}]), json!(["a", {}]));
}

#[test]
fn what_a_wide_path_selects_is_an_array() {
    let (a, b) = (json!("a"), json!("b"));
    let apply = |filter: Value, nodes: Vec<&'static str>| {
        let nodes: Vec<Value> = nodes.into_iter().map(Value::from).collect();
        let found = Found::Nodes(nodes.iter().collect());
        compile(&filter).apply(found, &mut effort()).unwrap().map(|value| value.to_value())
    };
    assert_eq!(apply(json!({ "type": "string", "const": "b" }), vec!["a", "b"]), Ok(json!([a, b])));
    assert_eq!(apply(json!({ "enum": ["b"] }), vec!["a", "b"]), Ok(json!([a, b])));
    assert_eq!(apply(json!({ "enum": ["x"] }), vec!["a", "b"]), Err(Fault::Choices));
    assert_eq!(apply(json!({ "type": "string" }), vec![]), Ok(json!([])));
    assert_eq!(apply(json!({ "type": "string", "const": "b" }), vec![]), Err(Fault::Constant));
}

#[test]
fn an_unusable_pattern_matters_when_it_is_reached() {
    let filter = json!({ "type": "string", "const": "a", "pattern": "(a)(b)" });
    fails(&filter, &json!("x"), Fault::Constant);
    let error = PatternError::TooManyGroups { groups: 2 };
    let reason = UnmatchableReason::BadPattern { pattern: "(a)(b)".to_owned(), error };
    check(&filter, &json!("a"), &Err(reason));
}

#[test]
fn searching_has_a_budget() {
    let many = json!(vec!["x"; 11]);
    fails(&json!({ "type": "string", "pattern": "y" }), &many, Fault::PatternTooCostly);
    let costly = json!("a".repeat(40) + "!");
    fails(
        &json!({ "type": "string", "pattern": "^(?:(?=a)a+)+$" }),
        &costly,
        Fault::PatternTooCostly,
    );
}
