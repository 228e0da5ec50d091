//! Nuts documents have the canonical form that the reference gives them, byte for byte.

use pecan_jsonld::document::Document;
use pecan_jsonld::uncovered::Reason;
use pecan_vectors::Suite;
use serde_json::Value;

use crate::built_in;

const SUITE: &str = "vectors/nuts-canon";

/// The reference signs the text of an error message in place of these values: who reads them must refuse.
const NO_OBJECT: &[&str] = &["json literal scalar", "json literal array"];

#[test]
fn nuts_documents_have_the_canonical_form_of_the_reference() {
    let Some(suite) = Suite::find(SUITE) else { return };
    let mut tally = suite.tally();
    let processor = built_in::processor();
    for case in suite.json("cases.json").as_array().unwrap() {
        let document = Document::new(&case["document"]);
        let outcome = processor.canonicalize(&document).map(|canonical| canonical.nquads);
        tally.case(case["id"].as_str().unwrap(), compare(case, outcome));
    }
    tally.finish();
}

#[test]
fn edge_cases_have_the_canonical_form_of_the_reference() {
    let Some(suite) = Suite::find(SUITE) else { return };
    let mut tally = suite.tally();
    let processor = built_in::processor();
    for case in suite.json("edge-cases.json").as_array().unwrap() {
        let name = case["id"].as_str().unwrap();
        let outcome = processor.canonicalize(&Document::new(&case["document"]));
        let outcome = if NO_OBJECT.contains(&name) {
            let uncovered = outcome.unwrap().uncovered;
            match uncovered.as_slice() {
                [one]
                    if one.reason == Reason::JsonLiteralNotObject
                        && one.path == "/credentialSubject/localParameters" =>
                {
                    Ok(())
                }
                other => Err(format!("reported {other:?}")),
            }
        } else {
            compare(case, outcome.map(|canonical| canonical.nquads))
        };
        tally.case(name, outcome);
    }
    tally.finish();
}

#[test]
fn the_order_of_members_changes_nothing() {
    let Some(suite) = Suite::find(SUITE) else { return };
    let mut tally = suite.tally();
    let processor = built_in::processor();
    for case in suite.json("cases.json").as_array().unwrap() {
        let turned = turn(&case["document"]);
        let outcome = processor.canonicalize(&Document::new(&turned));
        let outcome = compare(case, outcome.map(|canonical| canonical.nquads));
        tally.case(case["id"].as_str().unwrap(), outcome);
    }
    tally.finish();
}

/// The same document with the members of its objects in opposite order.
pub(crate) fn turn(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(turn).collect(),
        Value::Object(members) => Value::Object(
            members.iter().rev().map(|(name, value)| (name.clone(), turn(value))).collect(),
        ),
        other => other.clone(),
    }
}

fn compare(
    case: &Value,
    outcome: Result<String, pecan_jsonld::error::Error>,
) -> Result<(), String> {
    match outcome {
        Ok(nquads) if case["nquads"] == nquads.as_str() => Ok(()),
        Err(error) if error.code().is_some_and(|code| case["error"] == code) => Ok(()),
        outcome => Err(format!("expected {case:#}\n     got {outcome:?}")),
    }
}
