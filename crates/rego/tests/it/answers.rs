//! What a policy answers.

use pecan_rego::EvaluateError;
use serde_json::{Value, json};

use crate::compile;

const EOVERDRACHT: &str = r#"package eoverdracht_sender

default allow := false

allow if {
    input.action.request.method == "GET"
    is_named
}

is_named if {
    some fact in input.access
    fact.resource == sprintf("%s/%s", [input.resource.type, input.resource.id])
}

reasons contains {"code": "not_allowed", "description": sprintf("%s is not open to the caller", [input.resource.type])} if not is_named

reasons contains {"code": "info", "description": data.eoverdracht_sender.version} if is_named

obligations := {"narrow": [["patient", input.context.patient_id]]} if input.context.patient_id != ""

needs := {"task": sprintf("Task/%s", [input.resource.id])} if not input.lookup.task
"#;

const DATA: &str = r#"{"version": "1.0"}"#;

fn input(resource: &str) -> Value {
    json!({
        "action": {"request": {"method": "GET"}}, "resource": {"type": "Task", "id": "1"}, "context": {"patient_id": "p7"},
        "access": [{"resource": resource}], "lookup": {},
    })
}

#[test]
fn allow_reasons_obligations_and_needs_make_an_answer() {
    let set = compile(&[
        ("eOverdracht-sender/policy.rego", EOVERDRACHT),
        ("eoverdracht_sender/data.json", DATA),
    ]);
    assert!(set.notes().is_empty(), "{:?}", set.notes());
    let answer = set.evaluate("eOverdracht-sender", &input("Task/1")).unwrap();
    assert!(answer.is_allowed);
    assert_eq!(answer.reasons[0].description, "1.0");
    assert_eq!(Value::from(answer.obligations), json!({"narrow": [["patient", "p7"]]}));
    assert_eq!(Value::from(answer.needs), json!({"task": "Task/1"}));

    let answer = set.evaluate("eoverdracht_sender", &input("Task/2")).unwrap();
    assert!(!answer.is_allowed);
    assert_eq!(answer.reasons[0].description, "Task is not open to the caller");
}

#[test]
fn what_is_undefined_is_no_part_of_the_answer() {
    let set = compile(&[(
        "a.rego",
        "package a\nallow if input.x\nreasons contains 1 if input.y\nneeds.task := \"Task/1\" if input.z\n",
    )]);
    assert_eq!(set.evaluate("a", &json!({})).unwrap(), pecan_rego::Answer::default());
    assert_eq!(
        Value::from(set.evaluate("a", &json!({"z": true})).unwrap().needs),
        json!({"task": "Task/1"})
    );
    // Not the truth value: undefined or something else.
    assert!(
        set.evaluate("a", &json!({"x": 1})).unwrap().is_allowed,
        "a body that holds makes the rule true"
    );
    let set = compile(&[("a.rego", "package a\nallow := input.x\n")]);
    for value in [json!("true"), json!(1), json!(null), json!([true])] {
        assert!(!set.evaluate("a", &json!({ "x": value })).unwrap().is_allowed, "{value}");
    }
}

#[test]
fn members_of_a_rule_may_be_declared_one_by_one_in_every_form() {
    for (head, is_byte_code) in [
        ("obligations.narrow :=", true),
        ("obligations[\"narrow\"] :=", false),
        ("obligations[name] :=", true),
    ] {
        let text = format!(
            "package a\nallow := true\n{head} [[\"patient\", \"p\"]] if {{ name := \"narrow\"; name != input.x }}\n"
        );
        let set = compile(&[("a.rego", &text)]);
        assert_eq!(set.notes().is_empty(), is_byte_code, "{head}: {:?}", set.notes());
        let found = set.evaluate("a", &json!({"x": 1})).unwrap().obligations;
        assert_eq!(Value::from(found), json!({"narrow": [["patient", "p"]]}), "{head}");
    }
}

#[test]
fn a_conflict_or_an_unreadable_obligation_is_an_error() {
    let set =
        compile(&[("a.rego", "package a\nallow := true if input.x\nallow := false if input.y\n")]);
    assert!(matches!(
        set.evaluate("a", &json!({"x": 1, "y": 1})),
        Err(EvaluateError::Failed { .. })
    ));
    let set = compile(&[("a.rego", "package a\nallow := true\nobligations contains \"narrow\"\n")]);
    assert!(matches!(set.evaluate("a", &json!({})), Err(EvaluateError::Malformed { .. })));
}

#[test]
fn two_values_of_one_rule_function_or_key_are_an_error_as_in_opa() {
    let ambiguous = [
        "allow if b == 1\nb := 1 if input.x\nb := 2 if input.y\n",
        "allow if not b\nb := 1 if input.x\nb := 2 if input.y\n",
        "allow if f(input.x) == 1\nf(x) := 1 if x > 0\nf(x) := 2 if x < 9\n",
        "allow if b == 2\nb := x if some x in input.list\n",
        "allow if b == 2\nb := input.list[_]\n",
        "allow if b == 2\nb := x if { some i; x := input.list[i] }\n",
        "allow if b == 2\nb := x if x = input.list[_]\n",
        "allow if f(input.list) == 2\nf(list) := x if some x in list\n",
        "allow if b == 2\nb := x if walk(input.list, [_, x])\n",
        "allow := true\nobligations[k] := x if { k := \"narrow\"; some x in input.list }\n",
        "allow := true\nobligations[\"narrow\"] := 1 if input.x\nobligations[\"narrow\"] := 2 if input.y\n",
        "allow := true\nobligations := {\"narrow\": 1} if input.x\nobligations := {\"narrow\": 2} if input.y\n",
        "allow if b.n == 2\nb := {k: x | some x in input.list; k := \"n\"}\n",
        "allow if count({k: x | some i, x in input.list; k := \"n\"}) == 1\n",
    ];
    for rules in ambiguous {
        let set = compile(&[("a.rego", &format!("package a\n{rules}"))]);
        let answer = set.evaluate("a", &json!({"x": 1, "y": 1, "list": [1, 2]}));
        assert!(matches!(answer, Err(EvaluateError::Failed { .. })), "{rules}: {answer:?}");
        assert_eq!(set.notes().len(), 1, "{rules}");
    }
}

#[test]
fn rules_that_cannot_have_two_values_become_byte_code() {
    let plain = [
        "allow if f(input.x) == 1\nf(1) := 1\nf(2) := 2\n",
        "allow if b == 1\nb := 1 if input.x else := 2\n",
        "allow if b == 1\nb := count([y | some y in input.list]) - 1 if some x in input.list\n",
        "allow if b == 1\nb := input.x if { some x in input.list; x == 2 }\n",
        "allow if b == 1\nb := input.table[kind] if kind := input.kind\n",
        "allow if f(input.kind) == 1\nf(kind) := input.table[kind]\n",
        "allow if count(b) == 2\nb := {k: x | some k, x in input.list}\n",
        "allow if count(b) == 2\nb contains x if some x in input.list\n",
        "allow if count(b) == 2\nb[k] := x if some k, x in input.list\n",
        "allow if { some x in input.list; every y in input.list { y <= x } }\n",
        "default allow := false\nallow if input.x == 2\nallow if input.y == 1\n",
    ];
    for rules in plain {
        let set = compile(&[("a.rego", &format!("package a\n{rules}"))]);
        let input = json!({"x": 1, "y": 1, "list": [1, 2], "kind": "k", "table": {"k": 1}});
        assert!(set.evaluate("a", &input).unwrap().is_allowed, "{rules}");
        assert!(set.notes().is_empty(), "{rules}: {:?}", set.notes());
    }
}

#[test]
fn an_unknown_policy_is_an_error_of_its_own() {
    let set = compile(&[("a.rego", "package a\nallow := true\n")]);
    assert!(matches!(set.evaluate("b", &json!({})), Err(EvaluateError::UnknownPolicy { .. })));
    assert!(set.contains("A") && !set.contains("lib") && !set.contains("pecan_answer"));
}

#[test]
fn policies_share_libraries_and_do_not_see_each_others_names() {
    let set = compile(&[
        (
            "_lib/task.rego",
            "package lib.task\nis_open(task) if task.status in {\"requested\", \"accepted\"}\n",
        ),
        ("a/a.rego", "package a\nimport data.lib.task\nallow if task.is_open(input.task)\n"),
        ("b.rego", "package b\nimport data.lib.task\nallow if not task.is_open(input.task)\n"),
    ]);
    let input = json!({"task": {"status": "accepted"}});
    assert_eq!(set.names().collect::<Vec<_>>(), ["a", "b"]);
    assert!(set.evaluate("a", &input).unwrap().is_allowed);
    assert!(!set.evaluate("b", &input).unwrap().is_allowed);
}

#[test]
fn rules_with_with_and_print_are_interpreted_and_say_so() {
    let text = "package a\nallow if is_open with input.status as \"open\"\nis_open if { print(\"x\", input.status); input.status == \"open\" }\n";
    let set = compile(&[("a.rego", text)]);
    assert!(set.notes()[0].starts_with("a.rego:2: `with`"), "{:?}", set.notes());
    assert!(set.evaluate("a", &json!({"status": "closed"})).unwrap().is_allowed);
    let set = compile(&[("a.rego", "package a\nallow if { print(input.x); input.x }\n")]);
    assert!(set.notes()[0].contains("`print`"), "{:?}", set.notes());
    assert!(set.evaluate("a", &json!({"x": true})).unwrap().is_allowed);
}
