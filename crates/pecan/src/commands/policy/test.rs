//! `pecan policy test`: runs the tests of policies, with the report and the exit codes of `opa test`.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command};
use fancy_regex::Regex;
use pecan_node::decision_point::read_sources;
use pecan_platform::clock::{Clock as _, SystemClock};
use pecan_rego::{LoadError, PolicySet, Sources, TestResult, run_tests};

use super::check::{explain, paths};
use super::report::{self, Found};
use super::{Printed, below, elapsed, format_flag, is_json};

const EXAMPLES: &str = "\
Examples:
  pecan policy test policies
  pecan policy test policies -v --run 'eoverdracht_sender.*update'

Tests are rules named `test_…` in files named `…_test.rego`; `todo_test_…` is skipped. They are the same for `opa test`, which prints the
same report and ends the same way: 0 if all pass, 2 if one fails, 1 if they could not be run. Unlike there, no test at all is a 1.";

pub(super) fn command() -> Command {
    Command::new("test")
        .about("Run the tests of policies")
        .arg(paths())
        .arg(
            Arg::new("verbose")
                .long("verbose")
                .short('v')
                .action(ArgAction::SetTrue)
                .help("Name the tests that pass, too"),
        )
        .arg(
            Arg::new("run")
                .long("run")
                .short('r')
                .value_name("REGEX")
                .help("Only the tests whose name matches, as in `data.bgz.test_read`"),
        )
        .arg(format_flag())
        .after_help(EXAMPLES)
}

pub(super) fn run(matches: &ArgMatches) -> Printed {
    match find(matches) {
        Ok(found) if found.is_empty() => failed("no tests found"),
        Ok(found) => {
            let text = if is_json(matches) {
                report::json(&found)
            } else {
                report::pretty(&found, matches.get_flag("verbose"))
            };
            let is_failed = found.iter().any(|found| found.result.is_failure());
            Printed { text, code: if is_failed { 2 } else { 0 }, ..Printed::default() }
        }
        Err(problem) => failed(&problem),
    }
}

fn failed(problem: &str) -> Printed {
    Printed { problems: format!("{problem}\n"), code: 1, ..Printed::default() }
}

fn find(matches: &ArgMatches) -> Result<Vec<Found>, String> {
    let pattern = matches.get_one::<String>("run");
    let pattern = pattern.map(|text| Regex::new(text)).transpose();
    let pattern = pattern.map_err(|error| format!("--run: {error}"))?;
    let is_wanted = |result: &TestResult| {
        let name = format!("{}.{}", result.package, result.name);
        pattern.as_ref().is_none_or(|pattern| pattern.is_match(&name).unwrap_or_default())
    };
    let start = SystemClock.now();
    let mut found = Vec::new();
    for path in matches.get_many::<PathBuf>("path").into_iter().flatten() {
        let sources = read_sources(path).map_err(|error| explain(path, &error))?;
        check_rules(&sources).map_err(|error| below(path, &error.to_string()))?;
        let results = run_tests(&sources, &|| elapsed(start))
            .map_err(|error| below(path, &error.to_string()))?;
        let results = results.into_iter().filter(is_wanted);
        found.extend(results.map(|result| Found { file: below(path, &result.file), result }));
    }
    Ok(found)
}

/// Rules that cannot be compiled fail as one error, not as one for each test. What else a node would refuse is for `check`: a folder of
/// libraries may have tests, too.
fn check_rules(sources: &Sources) -> Result<(), LoadError> {
    match PolicySet::compile(sources) {
        Err(
            error @ (LoadError::Rego { .. }
            | LoadError::CallsOut { .. }
            | LoadError::UnknownFunction { .. }),
        ) => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}
