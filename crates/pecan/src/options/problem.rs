//! What is wrong with a configuration: each thing with its option, its place and its remedy.

use std::fmt;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The table.
    Default,
    /// A line of the file.
    File {
        /// The path, as it was given.
        path: String,
        /// From 1.
        line: usize,
    },
    /// A variable of the environment.
    Environment(String),
    /// A flag.
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::Environment(name) => f.write_str(name),
            Self::Flag(key) => write!(f, "--{key}"),
        }
    }
}

/// One thing that is wrong. Never holds the value of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// What is wrong, in the words of the reference node where it has some.
    pub(crate) text: String,
    /// The option.
    pub(crate) key: String,
    /// Where it was said.
    pub(crate) source: Source,
    /// What to do, as a clause: `write it as 30s`.
    pub(crate) remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, key, source, remedy } = self;
        match source {
            Source::Default => write!(f, "{text} (option {key}: {remedy})"),
            _ => write!(f, "{text} (option {key}, {source}: {remedy})"),
        }
    }
}

/// Everything that was found. With an error the node does not start; a warning is logged.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    pub(crate) errors: Vec<Problem>,
    pub(crate) warnings: Vec<String>,
    /// There is a file and it cannot be read, which is among the errors.
    pub(crate) is_without_file: bool,
}

impl Problems {
    pub(crate) fn error(
        &mut self,
        key: impl Into<String>,
        source: &Source,
        text: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let (key, source) = (key.into(), source.clone());
        self.errors.push(Problem { text: text.into(), key, source, remedy: remedy.into() });
    }

    /// The file cannot be read.
    pub(crate) fn no_file(&mut self, source: &Source, text: String, remedy: &str) {
        self.is_without_file = true;
        self.error("configfile", source, text, remedy);
    }

    pub(crate) fn warn(&mut self, text: String) {
        self.warnings.push(text);
    }

    /// All errors in one line.
    pub(crate) fn summary(&self) -> String {
        let texts: Vec<_> = self.errors.iter().map(ToString::to_string).collect();
        texts.join("; ")
    }
}
