//! Which files make a set, and what is refused.

use std::time::Duration;

use pecan_rego::{PolicySet, run_tests};

use crate::{compile, folder, refusal};

#[test]
fn two_policies_of_one_name_are_refused_and_both_named() {
    let policy = "package a_b\nallow := true\n";
    for other in ["A_B.rego", "a_b/x.rego", "A-b/y.rego"] {
        let text = refusal(&[("a-b.rego", policy), (other, policy)]);
        let other = other.split('/').next().unwrap();
        assert!(
            text.contains("`a-b.rego`")
                && text.contains(&format!("`{other}`"))
                && text.contains("`a_b`"),
            "{text}"
        );
    }
}

#[test]
fn mistakes_are_told_with_file_line_and_reason() {
    let good = ("good.rego", "package good\nallow := true\n");
    let cases = [
        (("a.rego", "package a\n\nallow if {\n"), "a.rego:"),
        (("a.rego", "package a\nallow { true }\n"), "a.rego:2:"),
        (
            ("a.rego", "\npackage other\nallow := true\n"),
            "a.rego:2: package `other` does not belong here, expected `a`",
        ),
        (
            ("_lib/x.rego", "package a\nx := 1\n"),
            "_lib/x.rego:1: package `a` does not belong here, expected `lib`",
        ),
        (("a/x.rego", "package a\nx := 1\n"), "`a`: package `a` has no rule `allow`"),
        (("a.rego", "package a\nallow if x\n"), "a.rego:2:"),
        (("a/data.json", "{"), "a/data.json: "),
        (("a/data.json", "[]"), "a/data.json: not an object"),
        (("a/data.yaml", "x: 1"), "a/data.yaml: data is read from JSON"),
        (("good/data.json", "{\"allow\": true}"), "allow"),
        (("pecan_answer.rego", "package pecan_answer\nallow := true\n"), "reserved"),
    ];
    for (file, expected) in cases {
        let text = refusal(&[good, file]);
        assert!(text.contains(expected), "{file:?}: {text}");
    }
    assert_eq!(refusal(&[]), "no policy found: a package with a rule `allow`");
    // What is wrong with a test is no reason not to decide.
    let sources = folder(&[good, ("good_test.rego", "package good_test\ntest_x if {\n")]);
    assert!(PolicySet::compile(&sources).is_ok());
    let text = run_tests(&sources, &|| Duration::ZERO).unwrap_err().to_string();
    assert!(text.contains("good_test.rego:"), "{text}");
}

#[test]
fn data_of_a_folder_is_merged_where_its_folder_is() {
    let set = compile(&[
        ("a/a.rego", "package a\nallow := true\n"),
        ("a/tables/roles.json", "{\"nurse\": 1}"),
        ("a/tables/data.json", "{\"doctor\": 2}"),
        ("data.json", "{\"shared\": {\"x\": 1}}"),
        ("a/readme.md", "text"),
        ("a/.hidden/data.json", "not JSON"),
    ]);
    let input = serde_json::json!({});
    assert_eq!(
        set.query("a/tables", &input).unwrap(),
        Some(serde_json::json!({"doctor": 2, "nurse": 1}))
    );
    assert_eq!(set.query("shared/x", &input).unwrap(), Some(serde_json::json!(1)));
    let text = refusal(&[
        ("a.rego", "package a\nallow := true\n"),
        ("t/a.json", "{\"x\": 1}"),
        ("t/b.json", "{\"x\": 2}"),
    ]);
    assert!(text.starts_with("t/b.json: `x` has a value already"), "{text}");
}
