//! What policies can do, and what is refused.
#![cfg(test)]

mod answers;
mod bundles;
mod functions;
mod layout;
mod limits;
mod queries;
mod tests_of_policies;

use pecan_rego::{LoadError, PolicySet, SourceFile, Sources};

/// A folder of these files.
fn folder(files: &[(&str, &str)]) -> Sources {
    try_folder(files).unwrap()
}

fn try_folder(files: &[(&str, &str)]) -> Result<Sources, LoadError> {
    let file = |(path, text): &(&str, &str)| SourceFile {
        path: (*path).to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    Sources::from_folder(files.iter().map(file).collect())
}

fn compile(files: &[(&str, &str)]) -> PolicySet {
    PolicySet::compile(&folder(files)).unwrap_or_else(|error| panic!("{error}"))
}

/// Why these files are refused.
fn refusal(files: &[(&str, &str)]) -> String {
    match try_folder(files).and_then(|sources| PolicySet::compile(&sources)) {
        Ok(set) => panic!("accepted: {set:?}"),
        Err(error) => error.to_string(),
    }
}
