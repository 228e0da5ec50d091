//! Reports on tests, in the forms of `opa test`.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pecan_rego::{TestOutcome, TestResult};
use serde_json::{Map, Value, json};

use super::shown;

/// The line between results and counts.
const LINE_WIDTH: usize = 80;

/// A test that ran.
pub(super) struct Found {
    /// Its file, as the operator can open it.
    pub(super) file: String,
    pub(super) result: TestResult,
}

/// For people: what failed, and counts.
pub(super) fn pretty(found: &[Found], is_verbose: bool) -> String {
    let mut page = String::new();
    let mut last = "";
    for Found { file, result } in found {
        if !is_verbose && result.outcome == TestOutcome::Passed {
            continue;
        }
        if file != last {
            let blank = if last.is_empty() { "" } else { "\n" };
            let _ = writeln!(page, "{blank}{file}:");
            last = file;
        }
        put(&mut page, result);
    }
    if !page.is_empty() {
        let _ = writeln!(page, "{}", "-".repeat(LINE_WIDTH));
    }
    for word in ["PASS", "FAIL", "SKIPPED", "ERROR"] {
        let count = found.iter().filter(|found| self::word(&found.result.outcome) == word).count();
        if count > 0 {
            let _ = writeln!(page, "{word}: {count}/{}", found.len());
        }
    }
    page
}

fn put(page: &mut String, result: &TestResult) {
    let TestResult { package, name, outcome, duration, prints, .. } = result;
    let time = match outcome {
        TestOutcome::Skipped => String::new(),
        _ => format!(" ({})", shown(*duration)),
    };
    let _ = writeln!(page, "{package}.{name}: {}{time}", word(outcome));
    if !prints.is_empty() {
        let lines: Vec<String> = prints.iter().map(|line| format!("  {line}\n")).collect();
        let _ = writeln!(page, "\n{}", lines.concat());
    }
    if let TestOutcome::Broken { reason } = outcome {
        let _ = writeln!(page, "  {reason}");
    }
}

fn word(outcome: &TestOutcome) -> &'static str {
    match outcome {
        TestOutcome::Passed => "PASS",
        TestOutcome::Failed => "FAIL",
        TestOutcome::Broken { .. } => "ERROR",
        TestOutcome::Skipped => "SKIPPED",
    }
}

/// For programs: a list of all.
pub(super) fn json(found: &[Found]) -> String {
    let list: Vec<Value> = found.iter().map(object).collect();
    format!("{:#}\n", Value::Array(list))
}

fn object(found: &Found) -> Value {
    let Found { file, result } = found;
    let mut object = Map::new();
    object.insert("location".to_owned(), json!({ "file": file }));
    object.insert("package".to_owned(), result.package.as_str().into());
    object.insert("name".to_owned(), result.name.as_str().into());
    match &result.outcome {
        TestOutcome::Passed => {}
        TestOutcome::Failed => drop(object.insert("fail".to_owned(), true.into())),
        TestOutcome::Skipped => drop(object.insert("skip".to_owned(), true.into())),
        TestOutcome::Broken { reason } => {
            object.insert("error".to_owned(), json!({ "message": reason }));
        }
    }
    let nanoseconds = u64::try_from(result.duration.as_nanos()).unwrap_or(u64::MAX);
    object.insert("duration".to_owned(), nanoseconds.into());
    if !result.prints.is_empty() {
        let output = STANDARD.encode(format!("{}\n", result.prints.join("\n")));
        object.insert("output".to_owned(), output.into());
    }
    Value::Object(object)
}
