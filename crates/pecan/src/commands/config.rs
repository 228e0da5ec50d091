//! `pecan config`: what is in force, and where each value comes from.

use std::fs;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::ArgMatches;

use crate::options::{Problems, Settings, print};

/// Prints the configuration without its secrets, then what is wrong with it. Fails if a node would not start with it.
pub(crate) fn run(matches: &ArgMatches) -> ExitCode {
    let mut problems = Problems::default();
    let options = super::options(matches, &mut problems);
    let settings = Settings::read(&options, &|path| fs::read(path), &mut problems);
    // Writing into memory does not fail.
    let mut text = b"Current system config\n".to_vec();
    for (row, value, source) in print::lines(&options) {
        let _ = writeln!(text, "{} -> {value} ({source})", row.key);
    }
    for warning in &problems.warnings {
        let _ = writeln!(text, "warning: {warning}");
    }
    for error in &problems.errors {
        let _ = writeln!(text, "error: {error}");
    }
    let is_printed = io::stdout().write_all(&text).is_ok();
    if is_printed && settings.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
