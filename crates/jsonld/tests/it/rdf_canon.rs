//! The W3C suite of RDF canonicalisation.

use pecan_jsonld::canonicalize::{Budget, CanonicalizeError, canonical_labels, canonicalize};
use pecan_jsonld::nquads;
use pecan_vectors::Suite;
use serde_json::Value;

/// Cases that differ, and why.
const EXCEPTIONS: [(&str, &str); 3] = [
    ("test060c", "control characters stay raw, as in URDNA2015 and at all peers"),
    ("test075c", "SHA-384 is not offered; no proof of this node asks for it"),
    ("test075m", "SHA-384 is not offered; no proof of this node asks for it"),
];

#[test]
fn rdf_canon() {
    let Some(suite) = Suite::find("vectors/rdf-canon") else { return };
    let mut tally = suite.tally();
    let manifest = suite.json("manifest.jsonld");
    for case in manifest["entries"].as_array().expect("entries") {
        let id = case["id"].as_str().expect("an id").trim_start_matches('#');
        let outcome = run(&suite, case);
        match EXCEPTIONS.iter().find(|(name, _)| *name == id) {
            Some((_, reason)) => tally.exception(id, reason, &outcome),
            None => tally.case(id, outcome),
        }
    }
    tally.finish();
}

fn run(suite: &Suite, case: &Value) -> Result<(), String> {
    let action = suite.text(case["action"].as_str().expect("an action"));
    let dataset = nquads::parse(&action).map_err(|error| error.to_string())?;
    match case["type"].as_str().expect("a type") {
        "rdfc:RDFC10NegativeEvalTest" => match canonicalize(&dataset, Budget::default()) {
            Err(CanonicalizeError::TooComplex) => Ok(()),
            other => Err(format!("{other:?}")),
        },
        "rdfc:RDFC10EvalTest" => {
            let expected = suite.text(case["result"].as_str().expect("a result"));
            let found =
                canonicalize(&dataset, Budget::default()).map_err(|error| error.to_string())?;
            if found == expected {
                Ok(())
            } else {
                Err(format!("expected\n{expected}got\n{found}"))
            }
        }
        "rdfc:RDFC10MapTest" => {
            let expected = suite.json(case["result"].as_str().expect("a result"));
            let labels =
                canonical_labels(&dataset, Budget::default()).map_err(|error| error.to_string())?;
            let found: Value = dataset
                .blank_nodes
                .iter()
                .zip(labels)
                .filter_map(|(label, canonical)| Some((label.clone(), Value::from(canonical?))))
                .collect::<serde_json::Map<_, _>>()
                .into();
            if found == expected {
                Ok(())
            } else {
                Err(format!("expected {expected}, got {found}"))
            }
        }
        kind => Err(format!("unknown type {kind}")),
    }
}
