//! `pecan explain`: asks a running node which credentials it would present, or which check keeps each of them out.
//!
//! Ends with 0 for yes, 1 for no, 2 when there is no answer, as `grep` does. Decides nothing: the node explains, this command prints.

pub(crate) mod render;

use std::fs;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};
use pecan_platform::http::Request;
use serde_json::{Map, Value, json};

use super::call::{self, call};

const PATH: &str = "/internal/pecan/v1/explain";

const EXAMPLES: &str = "\
Examples:
  pecan explain clinic --authorization-server https://as.example.nl/oauth2/hospital --scope medication-overview
  pecan explain clinic --scope medication-overview --credentials employee.json
  pecan explain clinic --definition definition.json --select organization_name='Clinic West'

Another server is asked for its metadata and its definition, and for nothing else. Ends with 0 for yes, 1 for no, 2 for no answer.
A token is not accepted as a flag: everybody on the machine could read it.";

/// The flags of the command.
pub(crate) fn command() -> Command {
    let flag = |name, value, help| Arg::new(name).long(name).value_name(value).help(help);
    Command::new("explain")
        .about("Tell which credentials a subject would present for a scope, or why it has none")
        .arg(Arg::new("subject").required(true).value_name("SUBJECT").help("Name of the subject"))
        .arg(flag("scope", "SCOPE", "Scope: of the server, or of the policy files of the node"))
        .arg(
            flag("authorization-server", "URL", "Issuer identifier of another server")
                .requires("scope"),
        )
        .arg(flag("definition", "FILE", "Presentation definition, as JSON").conflicts_with("scope"))
        .arg(flag(
            "credentials",
            "FILE",
            "Self-attested credentials: a JSON object, or a list of them",
        ))
        .arg(
            flag("select", "FIELD=VALUE", "Value that a field must have; may be repeated")
                .action(ArgAction::Append),
        )
        .arg(
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("Print the answer as JSON"),
        )
        .args(call::flags())
        .after_help(EXAMPLES)
}

/// Prints an explanation.
pub(crate) fn run(matches: &ArgMatches) -> ExitCode {
    let printed = ask(matches).and_then(|answer| {
        let text =
            if matches.get_flag("json") { format!("{answer:#}\n") } else { render::text(&answer) };
        io::stdout().write_all(text.as_bytes()).map_err(|error| error.to_string())?;
        Ok(answer.get("is_fulfilled").and_then(Value::as_bool).unwrap_or_default())
    });
    match printed {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            let _ = writeln!(io::stderr(), "Error: {error}");
            ExitCode::from(2)
        }
    }
}

fn ask(matches: &ArgMatches) -> Result<Value, String> {
    let body = question(matches)?.to_string();
    let answer =
        call(matches, PATH, |url| Request::post("explain", url, "application/json", body))?;
    let value: Value = serde_json::from_slice(&answer.body)
        .map_err(|_| format!("the node answered {} without JSON", answer.status))?;
    if answer.status.is_success() {
        return Ok(value);
    }
    let detail = value.get("detail").and_then(Value::as_str).unwrap_or_default();
    Err(format!("the node answered {}: {}", answer.status, render::plain(detail)))
}

fn question(matches: &ArgMatches) -> Result<Value, String> {
    let mut question = Map::new();
    for (flag, member) in [
        ("subject", "subject"),
        ("scope", "scope"),
        ("authorization-server", "authorization_server"),
    ] {
        if let Some(value) = matches.get_one::<String>(flag) {
            question.insert(member.to_owned(), value.as_str().into());
        }
    }
    if let Some(file) = matches.get_one::<String>("definition") {
        question.insert("presentation_definition".to_owned(), read(file)?);
    }
    if let Some(file) = matches.get_one::<String>("credentials") {
        let credentials = match read(file)? {
            list @ Value::Array(_) => list,
            one => json!([one]),
        };
        question.insert("credentials".to_owned(), credentials);
    }
    let selected = matches.get_many::<String>("select").into_iter().flatten();
    let mut selection = Map::new();
    for pair in selected {
        let (field, value) =
            pair.split_once('=').ok_or_else(|| format!("select: `{pair}` has no `=`"))?;
        selection.insert(field.to_owned(), value.into());
    }
    if !selection.is_empty() {
        question.insert("credential_selection".to_owned(), Value::Object(selection));
    }
    Ok(Value::Object(question))
}

fn read(file: &str) -> Result<Value, String> {
    let text = fs::read(file).map_err(|error| format!("file `{file}`: {error}"))?;
    serde_json::from_slice(&text).map_err(|error| format!("file `{file}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(words: &[&str]) -> Result<Value, String> {
        let words = ["explain", "clinic"].iter().chain(words);
        question(&command().try_get_matches_from(words).map_err(|error| error.to_string())?)
    }

    #[test]
    fn flags_become_a_question() {
        let check = |words: &[&str], expected: Value| {
            assert_eq!(asked(words).unwrap(), expected, "{words:?}");
        };
        check(&["--scope", "a b"], json!({"subject": "clinic", "scope": "a b"}));
        check(
            &[
                "--scope",
                "a",
                "--authorization-server",
                "https://x",
                "--select",
                "k=v=w",
                "--select",
                "l=",
            ],
            json!({
                "subject": "clinic", "scope": "a", "authorization_server": "https://x",
                "credential_selection": {"k": "v=w", "l": ""},
            }),
        );
    }

    #[test]
    fn flags_that_make_no_question_are_refused() {
        for words in [
            &["--authorization-server", "https://x"][..],
            &["--scope", "a", "--definition", "x.json"],
            &["--scope", "a", "--select", "k"],
            &["--definition", "/nowhere/x.json"],
        ] {
            assert!(asked(words).is_err(), "{words:?}");
        }
    }
}
