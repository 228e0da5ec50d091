//! The strict JSON reader.

use std::fmt::Write as _;
use std::io::{Write as _, stderr};

use pecan_jose::json::{self, DEPTH_MAX, Error, TEXT_BYTES_MAX};
use pecan_vectors::Suite;
use proptest::prelude::*;
use serde_json::{Value, json};

fn check(text: &str, expected: &Result<Value, Error>) {
    assert_eq!(&json::parse(text.as_bytes()), expected, "{text}");
}

#[test]
fn a_member_named_twice_is_refused_at_any_depth() {
    let refused = |name: &str| Err(Error::DuplicateMember { name: name.to_owned() });
    check(r#"{"a":1,"a":1}"#, &refused("a"));
    check(r#"{"a":1,"b":2,"a":{"c":3}}"#, &refused("a"));
    check(r#"[{"x":{"a":1,"\u0061":2}}]"#, &refused("a"));
    check(r#"{"":0,"":0}"#, &refused(""));
    check(
        r#"{"a":{"a":1},"b":[{"a":1},{"a":1}]}"#,
        &Ok(json!({"a":{"a":1},"b":[{"a":1},{"a":1}]})),
    );
}

#[test]
fn a_long_duplicate_name_does_not_fill_the_log() {
    let name = "n".repeat(100_000);
    let error = json::parse(format!(r#"{{"{name}":1,"{name}":2}}"#).as_bytes()).unwrap_err();
    assert!(error.to_string().len() < 120);
}

#[test]
fn depth_ends_at_the_limit_and_not_on_the_stack() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let nested = |depth: usize| format!("{}0{}", open.repeat(depth), close.repeat(depth));
        assert!(json::parse(nested(DEPTH_MAX).as_bytes()).is_ok());
        check(&nested(DEPTH_MAX + 1), &Err(Error::TooDeep));
        check(&open.repeat(100_000), &Err(Error::TooDeep));
    }
}

#[test]
fn length_ends_at_the_limit() {
    let text = format!("\"{}\"", "x".repeat(TEXT_BYTES_MAX - 2));
    assert!(json::parse(text.as_bytes()).is_ok());
    check(&(text + " "), &Err(Error::TooLarge { limit: TEXT_BYTES_MAX }));
}

#[test]
fn numbers_are_read_or_refused_and_never_infinite() {
    check("9007199254740993", &Ok(json!(9_007_199_254_740_993_u64)));
    check("18446744073709551616", &Ok(json!(18_446_744_073_709_551_616.0_f64)));
    check("-0", &Ok(json!(-0.0)));
    check("1e-400", &Ok(json!(0.0)));
    check("1e400", &Err(Error::NumberOutOfRange { line: 1, column: 5 }));
    check("[\n1e400]", &Err(Error::NumberOutOfRange { line: 2, column: 5 }));
}

#[test]
fn text_that_is_no_unicode_is_refused() {
    assert_eq!(json::parse(b"\"\xff\""), Err(Error::NotUtf8));
    for text in [r#""\ud800""#, r#""\udc00""#, r#""\ud800\u0041""#] {
        assert!(matches!(json::parse(text.as_bytes()), Err(Error::Syntax { .. })), "{text}");
    }
}

#[test]
fn only_an_object_is_an_object() {
    for text in ["null", "[]", "1", "\"\"", "true"] {
        assert_eq!(json::parse_object(text.as_bytes()), Err(Error::NotAnObject), "{text}");
    }
    assert_eq!(json::parse_object(b" { } ").unwrap().len(), 0);
}

#[test]
fn members_keep_the_order_in_which_they_were_written() {
    let members = json::parse_object(br#"{"z":1,"a":2,"m":3}"#).unwrap();
    assert_eq!(members.keys().collect::<Vec<_>>(), ["z", "a", "m"]);
}

/// Suite: what each file's first letter promises.
#[test]
fn published_parsing_cases_are_read_as_the_grammar_says() {
    let Some(suite) = Suite::find("vectors/json-parsing") else { return };
    let mut tally = suite.tally();
    let (mut accepted, mut refused) = (String::new(), String::new());
    for path in suite.files("test_parsing", ".json") {
        let name = path.trim_start_matches("test_parsing/");
        let outcome = json::parse(&suite.bytes(&path));
        let verdict = match (&name[..2], &outcome) {
            ("y_", Ok(_)) | ("n_", Err(_)) => Ok(()),
            ("i_", outcome) => {
                let list = if outcome.is_ok() { &mut accepted } else { &mut refused };
                write!(list, " {}", name.trim_end_matches(".json")).unwrap();
                Ok(())
            }
            (_, outcome) => Err(format!("{outcome:?}")),
        };
        if name.starts_with("y_object_duplicated_key") {
            tally.exception(name, "a member named twice is refused on purpose", &verdict);
        } else {
            tally.case(name, verdict);
        }
    }
    // Past the harness, which captures what a green test prints.
    let _ = writeln!(stderr(), "i_ cases read:{accepted}\ni_ cases refused:{refused}");
    tally.finish();
}

/// Any JSON value whose numbers print as they are read.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_was_printed_is_read_back(value in any_value()) {
        prop_assert_eq!(json::parse(value.to_string().as_bytes()), Ok(value));
    }

    #[test]
    fn any_bytes_are_answered(bytes: Vec<u8>) {
        let _ = json::parse(&bytes);
    }

    #[test]
    fn any_text_of_json_characters_is_answered_as_serde_json_would(text in r#"[\[\]{}:,"a0-9.eE+\\u \-]{0,40}"#) {
        let ours = json::parse(text.as_bytes());
        let theirs = serde_json::from_str::<Value>(&text);
        match ours {
            Err(Error::DuplicateMember { .. }) => {}
            Ok(value) => prop_assert_eq!(value, theirs.unwrap()),
            Err(_) => prop_assert!(theirs.is_err()),
        }
    }
}
