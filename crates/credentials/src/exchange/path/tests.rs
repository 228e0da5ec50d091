//! The dialect, row by row, and what keeps hostile paths short.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn document() -> Value {
    json!({
        "id": "did:web:a",
        "@context": ["v1"],
        "x-y": 1,
        "null": null,
        "list": ["a", "b", "c", "d"],
        "subject": { "name": "A", "tags": [{ "k": "x", "n": 1 }, { "k": "y", "n": 2, "ok": true }] },
        "names": { "key": "id" },
    })
}

fn give(text: &str) -> Option<Value> {
    let document = document();
    let path = Path::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    match path.evaluate(&document, Subject::AsWritten).unwrap() {
        Found::Nothing => None,
        Found::Node(node) => Some(node.clone()),
        Found::Nodes(nodes) => Some(nodes.into_iter().cloned().collect()),
    }
}

#[test]
fn a_singular_path_gives_the_node() {
    let check = |path: &str, expected: Value| assert_eq!(give(path), Some(expected), "{path}");
    check("$", document());
    check("@.id", json!("did:web:a"));
    check("$.id", json!("did:web:a"));
    check("$[\"id\"]", json!("did:web:a"));
    check("$[`id`]", json!("did:web:a"));
    check("$['id']", json!("did:web:a"));
    check("$.@context", json!(["v1"]));
    check("$.x-y", json!(1));
    check("$.subject.tags[1].k", json!("y"));
    check("$.list", json!(["a", "b", "c", "d"]));
    check("$.list[0]", json!("a"));
    check("$.list[-1]", json!("d"));
    check("$[(@.names.key)]", json!("did:web:a"));
    check("$.null", json!(null));
    check(" $ .id ", json!("did:web:a"));
}

#[test]
fn any_other_path_gives_an_array() {
    let check = |path: &str, expected: Value| assert_eq!(give(path), Some(expected), "{path}");
    check("$.list[0,2]", json!(["a", "c"]));
    check("$[\"id\",\"x-y\"]", json!(["did:web:a", 1]));
    check("$.list[1:3]", json!(["b", "c"]));
    check("$.list[::2]", json!(["a", "c"]));
    check("$.list[::-1]", json!(["d", "c", "b", "a"]));
    check("$.list[-2:]", json!(["c", "d"]));
    check("$.list.*", json!(["a", "b", "c", "d"]));
    check("$.list[*]", json!(["a", "b", "c", "d"]));
    check("$.subject.tags[*].k", json!(["x", "y"]));
    check("$..k", json!(["x", "y"]));
    check("$..[\"k\"]", json!(["x", "y"]));
    check(
        "$.subject.tags..*",
        json!([{ "k": "x", "n": 1 }, { "k": "y", "n": 2, "ok": true }, "x", 1, "y", 2, true]),
    );
    check("$.subject.tags[?(@.n == 2)].k", json!(["y"]));
    check("$.subject.tags[?(@.n != 2)].k", json!(["x"]));
    check("$.subject.tags[?(@.ok == true)].k", json!(["y"]));
    check("$.subject.tags[?(@.k == \"x\")].n", json!([1]));
    // Nothing selected is a value too.
    check("$..nowhere", json!([]));
    check("$.list[9:]", json!([]));
    check("$.subject.tags[?(@.n == 3)]", json!([]));
    check("$.id.*", json!([]));
}

#[test]
fn what_is_missing_or_of_another_kind_is_no_value() {
    for path in [
        "$.nowhere",
        "$.id.name",
        "$.list.name",
        "$.list[\"0\"]",
        "$.list[4]",
        "$.list[-5]",
        "$.subject[0]",
        "$.id[0]",
        "$.null.a",
        "$.nowhere.a[0]",
        "$[(@.nowhere)]",
    ] {
        assert_eq!(give(path), None, "{path}");
    }
}

#[test]
fn what_no_grammar_knows_is_refused() {
    for path in [
        "",
        "id",
        ".id",
        "$.",
        "$..",
        "$[",
        "$[]",
        "$[1",
        "$[\"a]",
        "$[a:b:c]",
        "$.a b",
        "$.store.book[(@.price == 10]",
        "$[?(@.a ==)]",
        "$[?(length(@) == 1)]",
        "$[01]",
        "$[9007199254740992]",
        "$[?(@.a =~ \"x\")]",
        "$.a$",
        "$[\"\\x\"]",
    ] {
        assert!(Path::parse(path).is_err(), "{path}");
    }
}

#[test]
fn every_limit_holds() {
    let check = |text: &str, expected| assert_eq!(Path::parse(text), Err(expected));
    check(&format!("$.{}", "a".repeat(TEXT_BYTES_MAX)), Error::TooLong);
    check(&format!("${}", ".a".repeat(SEGMENTS_MAX + 1)), Error::TooManySegments);
    check(&format!("$[{}0]", "0,".repeat(SEGMENTS_MAX)), Error::TooManySegments);
    check(&format!("$[?({}@.a", "(".repeat(NESTING_MAX)), Error::TooDeep);
    check(&format!("$[?({}@.a", "!".repeat(NESTING_MAX)), Error::TooDeep);
    let nested = "[?(@".repeat(NESTING_MAX);
    check(&format!("${nested}"), Error::TooDeep);
    let chain = "@.a||".repeat(SEGMENTS_MAX);
    check(&format!("$[?({chain}@.a)]"), Error::TooManySegments);
}

#[test]
fn a_path_that_multiplies_ends() {
    let wide = json!(vec![vec![vec![1; 20]; 20]; 20]);
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    for document in [&wide, &deep] {
        for path in ["$..*..*..*..*", "$[?(@[?(@[?(@..*)]..*)]..*)]", "$..[*,*,*,*]..[*,*,*,*]"] {
            let outcome = Path::parse(path).unwrap().evaluate(document, Subject::AsWritten);
            assert!(outcome.is_err() || document == &deep, "{path}");
        }
    }
}

#[test]
fn a_single_subject_can_be_read_through_its_array() {
    let check = |document: &Value, path: &str, expected: Option<&Value>| {
        let found = Path::parse(path).unwrap().evaluate(document, Subject::SingleElement).unwrap();
        assert_eq!(found, expected.map_or(Found::Nothing, Found::Node), "{path}");
    };
    let one = json!({ "credentialSubject": [{ "a": { "b": [1] } }], "other": [{ "a": 1 }] });
    check(&one, "$.credentialSubject.a.b", Some(&json!([1])));
    check(&one, "$.credentialSubject[0].a.b", Some(&json!([1])));
    check(&one, "$.other.a", None);
    check(&one, "$.credentialSubject.a.b.c", None);
    check(&json!({ "credentialSubject": [{ "a": 1 }, { "a": 2 }] }), "$.credentialSubject.a", None);
    check(&json!({ "credentialSubject": [[{ "a": 1 }]] }), "$.credentialSubject.a", None);
    for (path, expected) in
        [("$.credentialSubject.a", true), ("$.credentialSubject[0].a", false), ("$.a.b", false)]
    {
        assert_eq!(Path::parse(path).unwrap().names_the_subject(), expected, "{path}");
    }
}

#[test]
fn a_leading_index_splits_off() {
    let path = Path::parse("$[1].a").unwrap();
    let (index, rest) = path.split_index().unwrap();
    assert_eq!(index, 1);
    assert!(!rest.is_root());
    assert_eq!(rest.evaluate(&json!({ "a": 2 })), Ok(Found::Node(&json!(2))));
    assert!(Path::parse("$[0]").unwrap().split_index().unwrap().1.is_root());
    assert!(Path::parse("$.a").unwrap().split_index().is_none());
    assert!(Path::parse("$").unwrap().rest().is_root());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-d]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("[a-d]", inner), 0..6)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in r#"\$[.\[\]()?@!=<>&|*:,'"`a-c0-9 \\-]{0,40}"#, document in any_json()) {
        if let Ok(path) = Path::parse(&text) {
            let mut steps = 2_000;
            let _ = path.evaluate_within(&document, Subject::SingleElement, &mut steps);
            prop_assert!(steps <= 2_000);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(text in ".{0,60}") {
        let _ = Path::parse(&text);
    }
}
