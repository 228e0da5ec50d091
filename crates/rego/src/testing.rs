//! Runs the tests of policies: rules named `test_…` in files named `…_test.rego`.
//!
//! They run in the engine's interpreter, since `with` has no byte code.

use std::time::Duration;

use regorus::{Engine, Value as RegoValue};

use crate::analysis::Analysis;
use crate::compile::engine;
use crate::error::LoadError;
use crate::files::Sources;
use crate::limits::{TEST_TIME_MAX, timer};
use crate::program::reason_of;
use crate::rules::ParsedModule;

/// How a test ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestOutcome {
    /// The rule is true.
    Passed,
    /// The rule is undefined or not true.
    Failed,
    /// The rule could not be evaluated.
    Broken {
        /// What the engine says.
        reason: String,
    },
    /// It is named `todo_test_…`.
    Skipped,
}

/// One test and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestResult {
    /// The file.
    pub file: String,
    /// The package, as `data.…`.
    pub package: String,
    /// The name of the rule.
    pub name: String,
    /// How it ended.
    pub outcome: TestOutcome,
    /// How long it took.
    pub duration: Duration,
    /// What it printed.
    pub prints: Vec<String>,
}

impl TestResult {
    /// Whether the test fails the run.
    pub fn is_failure(&self) -> bool {
        match self.outcome {
            TestOutcome::Failed | TestOutcome::Broken { .. } => true,
            TestOutcome::Passed | TestOutcome::Skipped => false,
        }
    }
}

/// Runs all tests, in the order of files and names. `elapsed` tells the time since any fixed moment.
pub fn run_tests(
    sources: &Sources,
    elapsed: &dyn Fn() -> Duration,
) -> Result<Vec<TestResult>, LoadError> {
    let mut engine = engine(sources, sources.modules.iter())?;
    // Tests can call what is missing and need themselves as policies can.
    Analysis::new(engine.get_modules())?;
    engine.set_execution_timer_config(timer(TEST_TIME_MAX));
    let tests: Vec<(ParsedModule, Vec<String>)> = engine
        .get_modules()
        .iter()
        .filter_map(|module| {
            let module = ParsedModule::new(module)?;
            let names = test_names(&module);
            module.path.ends_with("_test.rego").then_some((module, names))
        })
        .collect();
    let mut results = Vec::new();
    for (module, names) in tests {
        for name in names {
            results.push(run(&mut engine, &module, name, elapsed));
        }
    }
    results.sort_by(|one, other| (&one.file, &one.name).cmp(&(&other.file, &other.name)));
    Ok(results)
}

fn test_names(module: &ParsedModule) -> Vec<String> {
    let is_test = |name: &&String| name.starts_with("test_") || name.starts_with("todo_test_");
    let mut names: Vec<String> = module.rules.iter().filter(is_test).cloned().collect();
    names.sort();
    names.dedup();
    names
}

fn run(
    engine: &mut Engine,
    module: &ParsedModule,
    name: String,
    elapsed: &dyn Fn() -> Duration,
) -> TestResult {
    let package = format!("data.{}", module.package);
    let start = elapsed();
    let (outcome, prints) = if name.starts_with("todo_") {
        (TestOutcome::Skipped, Vec::new())
    } else {
        let outcome = outcome(engine.eval_rule(format!("{package}.{name}")));
        (outcome, engine.take_prints().unwrap_or_default())
    };
    TestResult {
        file: module.path.clone(),
        package,
        name,
        outcome,
        duration: elapsed().saturating_sub(start),
        prints,
    }
}

fn outcome<E: std::fmt::Display>(value: Result<RegoValue, E>) -> TestOutcome {
    match value {
        Ok(RegoValue::Bool(true)) => TestOutcome::Passed,
        Ok(_) => TestOutcome::Failed,
        Err(error) => TestOutcome::Broken { reason: reason_of(&error.to_string()).to_owned() },
    }
}
