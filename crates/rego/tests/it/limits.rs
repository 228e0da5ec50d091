//! Policies that do not end.

use std::time::Duration;

use pecan_rego::{EvaluateError, Limits, PolicySet};
use serde_json::json;

use crate::folder;

const LOOPS: &str = "package a\nallow if { some i in numbers.range(1, 100000); some j in numbers.range(1, 100000); i * j == -1 }\n";

#[test]
fn a_policy_that_loops_is_stopped() {
    // The one limit is reached long before the other.
    let few = Limits { instructions: 10_000, time: Duration::from_mins(1) };
    let short = Limits { instructions: usize::MAX, time: Duration::from_millis(5) };
    for (limits, reason) in [(few, "instructions"), (short, "ms")] {
        let set = PolicySet::compile_within(&folder(&[("a.rego", LOOPS)]), limits).unwrap();
        let error = set.evaluate("a", &json!({})).unwrap_err();
        assert!(
            matches!(&error, EvaluateError::Stopped { .. }) && error.to_string().contains(reason),
            "{error}"
        );
    }
}

#[test]
fn an_interpreted_policy_that_loops_is_stopped() {
    let text = LOOPS.replace("i * j == -1", "i * j == -1 with input as {}");
    let short = Limits { time: Duration::from_millis(5), ..Limits::default() };
    let set = PolicySet::compile_within(&folder(&[("a.rego", &text)]), short).unwrap();
    let error = set.evaluate("a", &json!({})).unwrap_err();
    assert!(matches!(error, EvaluateError::Stopped { .. }), "{error}");
}

#[test]
fn a_loop_around_an_added_function_is_stopped() {
    let text = LOOPS.replace("i * j == -1", "crypto.sha256(sprintf(\"%d\", [i * j])) == \"x\"");
    let few = Limits { instructions: 10_000, time: Duration::from_mins(1) };
    let set = PolicySet::compile_within(&folder(&[("a.rego", &text)]), few).unwrap();
    let error = set.evaluate("a", &json!({})).unwrap_err();
    assert!(matches!(error, EvaluateError::Stopped { .. }), "{error}");
}

#[test]
fn rules_that_need_themselves_are_refused() {
    let recursive = [
        "allow if b\nb if c\nc if b\n",
        "allow if f(1)\nf(x) if f(x - 1)\n",
        "allow if data.a.allow\n",
        "allow if data[input.x].allow\n",
        "allow if count(data.a) > 1\n",
        "allow if [x | x := b[_]]\nb contains x if { some x in {1}; allow }\n",
    ];
    for rules in recursive {
        let text = crate::refusal(&[("a.rego", &format!("package a\n{rules}"))]);
        assert!(text.contains("needs itself") && text.starts_with("a.rego:"), "{text}");
    }
    // Local names are not the rules of these names.
    let text =
        "package a\nallow if is_open({})\ntask := 1 if is_open({})\nis_open(task) if not task.x\n";
    crate::compile(&[("a.rego", text)]);
}

#[test]
fn text_that_would_keep_the_parser_busy_is_refused() {
    for (open, close) in
        [("[", "]"), ("{x | x := ", "}"), ("f(", ")"), ("{\"a\": ", "}"), ("input[", "]")]
    {
        for depth in [40, 20_000] {
            let (open, close) = (open.repeat(depth), close.repeat(depth));
            let text =
                crate::refusal(&[("a.rego", &format!("package a\nallow := {open}1{close}\n"))]);
            assert_eq!(text, "a.rego:2: brackets or signs are nested more than 16 deep");
        }
    }
    for text in
        ["-".repeat(5_000) + "1", "not ".repeat(5_000) + "x", "x".to_owned() + &".y".repeat(5_000)]
    {
        let text = format!("package a\nallow if {text}\n");
        assert!(PolicySet::compile(&folder(&[("a.rego", &text)])).is_err());
    }
}
