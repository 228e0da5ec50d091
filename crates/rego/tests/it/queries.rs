//! The data API: any path below `data`.

use serde_json::json;

use crate::compile;

#[test]
fn rules_packages_and_data_are_found_by_path() {
    let set = compile(&[
        (
            "a/a.rego",
            "package a\nallow if input.x\nset contains x if some x in input.list\nf(x) := x\nnested.deep := 1\n",
        ),
        ("a/data.json", "{\"version\": \"2\", \"table\": {\"k\": [1, 2]}}"),
        ("b.rego", "package b\ndefault allow := false\n"),
        ("a/a_test.rego", "package a_test\ntest_x if true\n"),
    ]);
    let input = json!({"x": true, "list": [2, 1]});
    let cases = [
        ("a/allow", Some(json!(true))),
        ("a/set", Some(json!([1, 2]))),
        ("a/set/0", Some(json!(1))),
        ("a/nested", Some(json!({"deep": 1}))),
        ("a/nested/deep", Some(json!(1))),
        ("a/version", Some(json!("2"))),
        ("a/table/k/1", Some(json!(2))),
        ("b/allow", Some(json!(false))),
        ("a/f", None),
        ("nothing", None),
        ("a/allow/x", None),
        ("a_test/test_x", None),
        ("pecan_answer/a/answer", None),
        (
            "a",
            Some(
                json!({"version": "2", "table": {"k": [1, 2]}, "allow": true, "nested": {"deep": 1}, "set": [1, 2]}),
            ),
        ),
        ("b", Some(json!({"allow": false}))),
    ];
    for (path, expected) in cases {
        assert_eq!(set.query(path, &input).unwrap(), expected, "{path}");
        assert_eq!(set.query(&format!("/{path}/"), &input).unwrap(), expected, "/{path}/");
    }
    assert_eq!(set.query("", &input).unwrap().unwrap()["b"], json!({"allow": false}));
    assert_eq!(set.query("a/allow", &json!({})).unwrap(), None);
}
