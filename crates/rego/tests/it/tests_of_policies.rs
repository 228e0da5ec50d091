//! Tests that policies bring.

use std::cell::Cell;
use std::time::Duration;

use pecan_rego::{TestOutcome, run_tests};

use crate::folder;

#[test]
fn tests_pass_fail_break_and_are_skipped() {
    let sources = folder(&[
        (
            "a/a.rego",
            "package a\ndefault allow := false\nallow if { input.role == data.a.role; is_signed }\nis_signed if io.jwt.decode(input.token)\n",
        ),
        ("a/data.json", "{\"role\": \"nurse\"}"),
        (
            "a/a_test.rego",
            "package a_test\nimport data.a\n\
             test_allowed if a.allow with input as {\"role\": \"nurse\", \"token\": \"e30.e30.\"}\n\
             test_other_role if a.allow with input as {\"role\": \"x\", \"token\": \"e30.e30.\"} with data.a.role as \"x\"\n\
             test_mocked if a.allow with input as {\"role\": \"nurse\"} with a.is_signed as true\n\
             test_denied if not a.allow with input as {\"role\": \"x\", \"token\": \"e30.e30.\"}\n\
             test_wrong if { print(\"seen\", 1); a.allow with input as {} }\n\
             test_not_boolean := \"true\"\n\
             test_broken if two_values\ntwo_values := x if some x in [1, 2]\n\
             todo_test_later if false\n\
             helper if true\n",
        ),
        // In a file with another name, rules with such names are no tests.
        ("b.rego", "package b\nallow := true\ntest_nothing if false\n"),
    ]);
    let ticks = Cell::new(0);
    let elapsed = || {
        ticks.set(ticks.get() + 1);
        Duration::from_millis(ticks.get())
    };
    let results = run_tests(&sources, &elapsed).unwrap();
    let found: Vec<_> = results.iter().map(|it| (it.name.as_str(), outcome(&it.outcome))).collect();
    assert_eq!(
        found,
        [
            ("test_allowed", "pass"),
            ("test_broken", "error"),
            ("test_denied", "pass"),
            ("test_mocked", "pass"),
            ("test_not_boolean", "fail"),
            ("test_other_role", "pass"),
            ("test_wrong", "fail"),
            ("todo_test_later", "skipped"),
        ]
    );
    assert!(results.iter().all(|it| it.file == "a/a_test.rego"
        && it.package == "data.a_test"
        && it.duration == Duration::from_millis(1)));
    assert_eq!(results[6].prints.len(), 1);
}

fn outcome(outcome: &TestOutcome) -> &'static str {
    match outcome {
        TestOutcome::Passed => "pass",
        TestOutcome::Failed => "fail",
        TestOutcome::Broken { .. } => "error",
        TestOutcome::Skipped => "skipped",
    }
}
