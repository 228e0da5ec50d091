//! `pecan status`: asks a running node what it is and how it fares.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{ArgMatches, Command};
use pecan_platform::http::{HeaderValue, Request, header};

use super::call::{self, call};

/// The flags of the command.
pub(crate) fn command() -> Command {
    Command::new("status")
        .about("Show what a running node says of itself")
        .args(call::flags())
        .after_help(call::TOKEN_NOTE)
}

/// Prints the diagnostics of a node.
pub(crate) fn run(matches: &ArgMatches) -> ExitCode {
    let result = ask(matches).and_then(|text| {
        io::stdout().write_all(text.as_bytes()).map_err(|error| error.to_string())
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "Error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn ask(matches: &ArgMatches) -> Result<String, String> {
    let answer = call(matches, "/status/diagnostics", |url| {
        let mut request = Request::get("status", url);
        request.headers.insert(header::ACCEPT, HeaderValue::from_static("application/yaml"));
        request
    })?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    if answer.status.is_success() {
        return Ok(text);
    }
    Err(format!("Server returned: {}\n{text}", answer.status))
}
