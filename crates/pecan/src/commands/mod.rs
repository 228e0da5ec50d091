//! What the executable can be asked to do, one file each.

mod call;
pub(crate) mod config;
pub(crate) mod explain;
pub(crate) mod policy;
pub(crate) mod server;
pub(crate) mod status;

use std::fs;
use std::io;

use clap::ArgMatches;

use crate::options::file::File;
use crate::options::problem::Source;
use crate::options::settings::config_file;
use crate::options::{Problems, RawOptions, Sources, flags};

/// Reads the options of a command that runs a node: file, environment, flags.
pub(crate) fn options(matches: &ArgMatches, problems: &mut Problems) -> RawOptions {
    let environment: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let variable = environment.iter().find(|(name, _)| name == "NUTS_CONFIGFILE");
    let flag = matches.get_many::<String>("configfile").and_then(Iterator::last);
    let (path, may_be_missing, source) =
        config_file(flag.map(String::as_str), variable.map(|(_, path)| path.as_str()));
    let file = read_file(path, may_be_missing, &source, problems);
    RawOptions::read(&Sources { file, environment, flags: flags::read(matches) }, problems)
}

fn read_file(
    path: String,
    may_be_missing: bool,
    source: &Source,
    problems: &mut Problems,
) -> Option<File> {
    match fs::read(&path) {
        Ok(bytes) => Some(File { path, bytes }),
        Err(error) if error.kind() == io::ErrorKind::NotFound && may_be_missing => None,
        Err(error) => {
            let text = format!("unable to load config file: open {path}: {}", reason(&error));
            problems.no_file(source, text, "name a file that can be read");
            None
        }
    }
}

/// The reason of a failure in the words of the system.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
