//! The expansion tests of the JSON-LD working group.

use pecan_jsonld::contexts::Contexts;
use pecan_jsonld::document::Document;
use pecan_jsonld::processor::Processor;
use pecan_vectors::Suite;
use serde_json::Value;

use crate::json_ld_suite::{self, Case};

const EXCEPTIONS: &[(&str, &str)] = &[];

#[test]
fn documents_expand_as_the_working_group_expects() {
    json_ld_suite::run("expand", EXCEPTIONS, check);
}

fn check(case: &Case, suite: &Suite, contexts: &Contexts) -> Result<(), String> {
    let processor = Processor::new(Contexts::new());
    let document = Document::new(&case.input).with_base(&case.base).with_contexts(contexts);
    let expand_context = case.expand_context(suite);
    let document = match &expand_context {
        Some(context) => document.with_expand_context(context),
        None => document,
    };
    let outcome = processor.expand(&document);
    case.judge(outcome, |expanded| {
        let Some(expect) = &case.expect else { return Ok(()) };
        let expected = suite.json(expect);
        if is_equal(&expected, &expanded, false) {
            Ok(())
        } else {
            Err(format!("expected {expected}\n     got {expanded}"))
        }
    })
}

/// Arrays are sets, unless they are lists or JSON.
fn is_equal(one: &Value, other: &Value, is_ordered: bool) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) if is_ordered => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| is_equal(one, other, false))
        }
        (Value::Array(one), Value::Array(other)) => {
            let mut rest: Vec<&Value> = other.iter().collect();
            one.len() == other.len()
                && one.iter().all(|item| {
                    let found = rest.iter().position(|other| is_equal(item, other, false));
                    found.map(|index| rest.remove(index)).is_some()
                })
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| {
                    other.get(name).is_some_and(|other| match name.as_str() {
                        "@value" => value == other || value.as_f64() == other.as_f64(),
                        name => is_equal(value, other, name == "@list"),
                    })
                })
        }
        _ => one == other,
    }
}
