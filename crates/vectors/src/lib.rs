//! Finds the published test suites that lie beside the project, and counts what they show.
//!
//! The suites are data that nobody here wrote; they are read where they lie, in `../shared/vectors`. A clone without that
//! folder skips them and says so. Does not judge anything: a test does, case by case, through a [`Tally`].

#![expect(
    clippy::panic,
    reason = "a test suite that is there but unreadable fails the test that reads it"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A folder of test data.
#[derive(Clone, Debug)]
pub struct Suite {
    name: String,
    folder: PathBuf,
}

impl Suite {
    /// Finds a folder below `../shared`, or says on standard error that the test is skipped.
    pub fn find(name: &str) -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
        let folder = root.join(name);
        if !folder.is_dir() {
            say(&format!("{name}: skipped, the folder shared/{name} is not beside this clone"));
            return None;
        }
        Some(Self { name: name.to_owned(), folder })
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts counting this suite's cases.
    pub fn tally(&self) -> Tally {
        Tally::new(&self.name)
    }

    /// The bytes of one file.
    ///
    /// # Panics
    /// When the file cannot be read: a suite that is there is complete.
    pub fn bytes(&self, path: &str) -> Vec<u8> {
        let path = self.folder.join(path);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The text of one file, which must be UTF-8.
    pub fn text(&self, path: &str) -> String {
        String::from_utf8(self.bytes(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// One file as JSON.
    pub fn json(&self, path: &str) -> Value {
        serde_json::from_slice(&self.bytes(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The paths of all files below a folder whose name ends in `ending`, sorted, relative to the suite.
    pub fn files(&self, below: &str, ending: &str) -> Vec<String> {
        let mut found = Vec::new();
        collect(&self.folder.join(below), ending, &mut found);
        let mut relative: Vec<String> = found
            .iter()
            .filter_map(|path| path.strip_prefix(&self.folder).ok())
            .map(|path| path.to_string_lossy().into_owned())
            .collect();
        relative.sort();
        relative
    }
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.unwrap_or_else(|error| panic!("{}: {error}", folder.display())).path();
        if path.is_dir() {
            collect(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}

/// Counts the cases of a suite, and fails the test if one went wrong or none ran.
#[derive(Debug)]
#[must_use = "call `finish`, or nothing is asserted"]
pub struct Tally {
    suite: String,
    passed: usize,
    excepted: BTreeMap<String, String>,
    failed: Vec<String>,
}

impl Tally {
    /// Starts at zero.
    pub fn new(suite: &str) -> Self {
        Self { suite: suite.to_owned(), passed: 0, excepted: BTreeMap::new(), failed: Vec::new() }
    }

    /// Counts a case by its outcome.
    pub fn case(&mut self, name: &str, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(why) => self.failed.push(format!("{name}: {why}")),
        }
    }

    /// Counts a case that is known to differ. An exception that turns out to pass is a failure too: the list is stale.
    pub fn exception(&mut self, name: &str, reason: &str, outcome: &Result<(), String>) {
        match outcome {
            Err(_) => {
                self.excepted.insert(name.to_owned(), reason.to_owned());
            }
            Ok(()) => self.failed.push(format!("{name}: listed as an exception, but passes")),
        }
    }

    /// How many cases passed so far.
    pub fn passed(&self) -> usize {
        self.passed
    }

    /// Prints the counts and the exceptions.
    ///
    /// # Panics
    /// When a case failed, or no case ran at all.
    pub fn finish(self) {
        let Self { suite, passed, excepted, failed } = self;
        say(&format!(
            "{suite}: {passed} passed, {} excepted, {} failed",
            excepted.len(),
            failed.len()
        ));
        for (name, reason) in &excepted {
            say(&format!("{suite}: excepted {name}: {reason}"));
        }
        assert!(passed > 0 || !failed.is_empty(), "{suite}: no case ran");
        assert!(failed.is_empty(), "{suite}: {} failed:\n{}", failed.len(), failed.join("\n"));
    }
}

/// Writes past the test harness, which captures `println!`: counts are for people who read a green run.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
