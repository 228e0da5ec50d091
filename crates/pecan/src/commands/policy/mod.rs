//! `pecan policy`: checks, tests and explains access policies, without a node.

mod check;
mod eval;
mod http_request;
mod report;
mod test;

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Arg, ArgMatches, Command};
use pecan_platform::clock::{Clock as _, SystemClock};

/// The flags of the commands.
pub(crate) fn command() -> Command {
    Command::new("policy")
        .about("Check, test and explain access policies (Rego)")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(check::command())
        .subcommand(test::command())
        .subcommand(eval::command())
}

/// Runs one of the commands.
pub(crate) fn run(matches: &ArgMatches) -> ExitCode {
    let printed = match matches.subcommand() {
        Some(("check", matches)) => check::run(matches),
        Some(("test", matches)) => test::run(matches),
        Some(("eval", matches)) => eval::run(matches),
        _ => Printed { text: String::new(), problems: String::new(), code: 2 },
    };
    let is_written = io::stdout().write_all(printed.text.as_bytes()).is_ok()
        && io::stderr().write_all(printed.problems.as_bytes()).is_ok();
    if is_written { ExitCode::from(printed.code) } else { ExitCode::FAILURE }
}

/// What a command prints, and how it ends.
#[derive(Debug, Default, PartialEq, Eq)]
struct Printed {
    text: String,
    /// For the error stream.
    problems: String,
    code: u8,
}

/// The form of a report.
fn format_flag() -> Arg {
    Arg::new("format")
        .long("format")
        .short('f')
        .value_name("FORM")
        .value_parser(["pretty", "json"])
        .default_value("pretty")
        .help("For people, or for programs")
}

fn is_json(matches: &ArgMatches) -> bool {
    matches.get_one::<String>("format").is_some_and(|form| form == "json")
}

/// The time since `start`, for durations of milliseconds.
fn elapsed(start: time::OffsetDateTime) -> Duration {
    (SystemClock.now() - start).try_into().unwrap_or_default()
}

/// A duration as Go writes it: `1.234ms`.
fn shown(duration: Duration) -> String {
    let nanoseconds = duration.as_nanos();
    let (unit, divisor) = match nanoseconds {
        0..1_000 => return format!("{nanoseconds}ns"),
        1_000..1_000_000 => ("µs", 1_000),
        1_000_000..1_000_000_000 => ("ms", 1_000_000),
        _ => ("s", 1_000_000_000),
    };
    let fraction = nanoseconds % divisor * 1_000 / divisor;
    let text = format!("{}.{fraction:03}", nanoseconds / divisor);
    format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A path in front of a problem that names a file below it: `policies/` and `a.rego:3: …`.
fn below(place: &Path, problem: &str) -> String {
    if place.is_dir() {
        place.join(problem).display().to_string()
    } else {
        format!("{}: {problem}", place.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_go_writes_them() {
        for (nanoseconds, expected) in [
            (0, "0ns"),
            (999, "999ns"),
            (270_200, "270.2µs"),
            (1_000_000, "1ms"),
            (1_234_567, "1.234ms"),
            (2_500_000_000, "2.5s"),
        ] {
            assert_eq!(shown(Duration::from_nanos(nanoseconds)), expected);
        }
    }
}
