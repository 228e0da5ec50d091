//! Reads the manifests of the JSON-LD working group.

use pecan_jsonld::contexts::Contexts;
use pecan_jsonld::error::Error;
use pecan_vectors::Suite;
use serde_json::Value;

const SUITE: &str = "vectors/json-ld-api";
const BASE: &str = "https://w3c.github.io/json-ld-api/tests/";

/// One entry of a manifest.
pub(crate) struct Case {
    pub(crate) input: Value,
    /// What relative IRIs are relative to.
    pub(crate) base: String,
    /// The file with the right answer.
    pub(crate) expect: Option<String>,
    error_code: Option<String>,
    options: Value,
}

impl Case {
    fn read(entry: &Value, suite: &Suite) -> Self {
        let text = |name: &str| entry[name].as_str().map(str::to_owned);
        let input = text("input").unwrap();
        let options = entry["option"].clone();
        Self {
            base: options["base"].as_str().map_or_else(|| format!("{BASE}{input}"), str::to_owned),
            input: suite.json(&input),
            expect: text("expect"),
            error_code: text("expectErrorCode"),
            options,
        }
    }

    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        self.options[name].as_str()
    }

    pub(crate) fn expand_context(&self, suite: &Suite) -> Option<Value> {
        self.option("expandContext").map(|file| suite.json(file))
    }

    /// Compares an outcome with what the case expects.
    pub(crate) fn judge<T>(
        &self,
        outcome: Result<T, Error>,
        is_right: impl FnOnce(T) -> Result<(), String>,
    ) -> Result<(), String> {
        match (&self.error_code, outcome) {
            (None, Ok(result)) => is_right(result),
            (Some(code), Err(error)) if error.code() == Some(code) => Ok(()),
            (Some(code), Err(error)) => Err(format!("expected `{code}`, got `{error}`")),
            (Some(code), Ok(_)) => Err(format!("expected `{code}`, got no error")),
            (None, Err(error)) => Err(format!("unexpected error: {error}")),
        }
    }
}

/// Runs all cases of one manifest that are about JSON-LD 1.1.
pub(crate) fn run(
    operation: &str,
    exceptions: &[(&str, &str)],
    check: impl Fn(&Case, &Suite, &Contexts) -> Result<(), String>,
) {
    let Some(suite) = Suite::find(SUITE) else { return };
    let contexts = contexts(&suite, operation);
    let manifest = suite.json(&format!("{operation}-manifest.jsonld"));
    let mut tally = suite.tally();
    for entry in manifest["sequence"].as_array().unwrap() {
        let options = &entry["option"];
        let is_old = |name: &str| options[name] == "json-ld-1.0";
        if is_old("specVersion") || is_old("processingMode") {
            continue;
        }
        let name = entry["@id"].as_str().unwrap().trim_start_matches('#').to_owned();
        let outcome = check(&Case::read(entry, &suite), &suite, &contexts);
        match exceptions.iter().find(|(exception, _)| *exception == name) {
            Some((_, reason)) => tally.exception(&name, reason, &outcome),
            None => tally.case(&name, outcome),
        }
    }
    tally.finish();
}

/// Every document of the suite may be used as a context.
fn contexts(suite: &Suite, folder: &str) -> Contexts {
    let mut contexts = Contexts::new();
    for file in suite.files(folder, ".jsonld") {
        contexts.insert(&format!("{BASE}{file}"), &suite.text(&file)).unwrap();
    }
    contexts
}
