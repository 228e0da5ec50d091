//! `pecan policy check`: whether a node would take these policies.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use pecan_node::decision_point::{LoadError, read_capabilities, read_sources};
use pecan_rego::PolicySet;

use super::{Printed, below};

const EXAMPLES: &str = "\
Examples:
  pecan policy check policies
  pecan policy check bundle.tar.gz

Each path is one set of policies, as `gateway.policies` names one. Ends with 0 if a node would take all of them, 1 if not. A node that
runs keeps the set that it has when it would not take a new one.";

pub(super) fn command() -> Command {
    Command::new("check")
        .about("Tell whether a node would take these policies, or what is wrong where")
        .arg(paths())
        .after_help(EXAMPLES)
}

/// Folders and bundles.
pub(super) fn paths() -> Arg {
    Arg::new("path")
        .required(true)
        .value_name("PATH")
        .action(ArgAction::Append)
        .num_args(1..)
        .value_parser(value_parser!(PathBuf))
        .help("Folder, or OPA bundle (.tar.gz)")
}

pub(super) fn run(matches: &ArgMatches) -> Printed {
    let mut printed = Printed::default();
    for path in matches.get_many::<PathBuf>("path").into_iter().flatten() {
        match compile(path) {
            Ok(set) => put_set(&mut printed, path, &set),
            Err(problem) => {
                printed.code = 1;
                let _ = writeln!(printed.problems, "{problem}");
            }
        }
    }
    printed
}

fn put_set(printed: &mut Printed, path: &Path, set: &PolicySet) {
    let names: Vec<&str> = set.names().collect();
    let count = if names.len() == 1 { "1 policy" } else { &format!("{} policies", names.len()) };
    let _ = writeln!(printed.text, "{}: {count}: {}", path.display(), names.join(", "));
    for note in set.notes() {
        let _ = writeln!(printed.problems, "note: {}", below(path, note));
    }
}

/// Policies, compiled; or what is wrong, with its place.
pub(super) fn compile(path: &Path) -> Result<PolicySet, String> {
    let sources = read_sources(path).map_err(|error| explain(path, &error))?;
    let set = PolicySet::compile(&sources).map_err(|error| below(path, &error.to_string()))?;
    read_capabilities(&set).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(set)
}

/// What is wrong with the files, with its place.
pub(super) fn explain(path: &Path, error: &LoadError) -> String {
    match error {
        LoadError::Unreadable(_) | LoadError::Statement { .. } => error.to_string(),
        LoadError::Unusable { cause, .. } => below(path, &cause.to_string()),
    }
}
