//! What was typed: one value for each option, by precedence, and everything that is wrong with it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::file::{self, File};
use super::flags::Flag;
use super::problem::{Problems, Source};
use super::table::{self, Kind, Row, TABLE, Use};
use super::value::{Given, Misfit, Value};
use super::{duration, environment, flags, suggest};

/// Where options come from: each counts before those above it.
#[derive(Default)]
pub(crate) struct Sources {
    pub(crate) file: Option<File>,
    /// All variables of the process.
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) flags: Vec<Flag>,
}

/// One value for each option.
pub(crate) struct RawOptions {
    values: BTreeMap<&'static str, (Value, Source)>,
}

impl RawOptions {
    /// Reads all sources. What is wrong with a value is a problem, and the next source counts.
    pub(crate) fn read(sources: &Sources, problems: &mut Problems) -> Self {
        let mut options = Self { values: BTreeMap::new() };
        for row in TABLE {
            options.say(row, flags::value(row.kind, &default(row)), Source::Default, problems);
        }
        options.read_file(sources, problems);
        options.read_environment(sources, problems);
        for (row, texts) in &sources.flags {
            let source = Source::Flag(row.key);
            if row.may_be_flag() {
                options.say(row, flags::value(row.kind, texts), source, problems);
            } else {
                let text = format!(
                    "flag {} is a secret, please set it in the config file or environment variable to avoid leaking it",
                    row.key
                );
                problems.error(row.key, &source, text, "and replace this one, which has leaked");
            }
        }
        options.warn_of_the_unused(problems);
        options
    }

    fn read_file(&mut self, sources: &Sources, problems: &mut Problems) {
        let Some(file) = &sources.file else { return };
        let said = match file::read(file) {
            Ok(said) => said,
            Err(text) => {
                let source = Source::File { path: file.path.clone(), line: 1 };
                return problems.no_file(&source, text, "correct the file");
            }
        };
        let mut seen: BTreeMap<String, Source> = BTreeMap::new();
        for said in said {
            if let Some(first) = seen.get(&said.key) {
                let text = format!("`{}` is already at {first}", said.key);
                problems.error(&said.key, &said.source, text, "remove one of them");
                continue;
            }
            seen.insert(said.key.clone(), said.source.clone());
            self.say_by_key(&said.key, said.given, said.source, problems);
        }
    }

    fn read_environment(&mut self, sources: &Sources, problems: &mut Problems) {
        for (variable, text) in &sources.environment {
            if let Some(key) = environment::key(variable) {
                let source = Source::Environment(variable.clone());
                self.say_by_key(&key, environment::value(text), source, problems);
            }
        }
    }

    fn say_by_key(&mut self, key: &str, given: Given, source: Source, problems: &mut Problems) {
        if let Some(row) = table::find(key) {
            return self.say(row, given, source, problems);
        }
        let nearest = suggest::nearest(key);
        let hint = nearest.map(|key| format!("; did you mean `{key}`?")).unwrap_or_default();
        problems.warn(format!("unknown option `{key}` ({source}) is ignored{hint}"));
    }

    fn say(&mut self, row: &'static Row, given: Given, source: Source, problems: &mut Problems) {
        warn_of_nanoseconds(row, &given, &source, problems);
        match given.into_value(row.kind) {
            Ok(value) => {
                self.values.insert(row.key, (value, source));
            }
            Err(Misfit(text, remedy)) => problems.error(row.key, &source, text, remedy),
        }
    }

    /// One line for each option that was set and does nothing.
    fn warn_of_the_unused(&self, problems: &mut Problems) {
        for row in TABLE {
            let source = self.source(row.key);
            if *source == Source::Default {
                continue;
            }
            let key = row.key;
            match (row.used, row.alias_of) {
                (Use::Active, None) => {}
                (_, Some(new)) => {
                    problems.warn(format!("option `{key}` ({source}) is an older name of `{new}`"));
                }
                (Use::Later, None) => problems
                    .warn(format!("option `{key}` ({source}) has no effect in this version")),
                (Use::Ignored, None) => problems.warn(format!(
                    "option `{key}` ({source}) is ignored: it belongs to a part that this node does not have"
                )),
            }
        }
    }

    /// Where the value of an option came from.
    pub(crate) fn source(&self, key: &str) -> &Source {
        self.values.get(key).map_or(&Source::Default, |(_, source)| source)
    }

    /// Whether an option has another value than nothing.
    pub(crate) fn is_set(&self, key: &str) -> bool {
        self.value(key).is_some_and(|value| !value.show().is_empty())
    }

    pub(crate) fn value(&self, key: &str) -> Option<&Value> {
        debug_assert!(table::find(key).is_some(), "`{key}` is not in the table");
        self.values.get(key).map(|(value, _)| value)
    }

    pub(crate) fn text(&self, key: &str) -> &str {
        match self.value(key) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    pub(crate) fn switch(&self, key: &str) -> bool {
        matches!(self.value(key), Some(Value::Switch(true)))
    }

    pub(crate) fn integer(&self, key: &str) -> i64 {
        match self.value(key) {
            Some(Value::Integer(number)) => *number,
            _ => 0,
        }
    }

    pub(crate) fn duration(&self, key: &str) -> Duration {
        match self.value(key) {
            Some(Value::Duration(value)) => *value,
            _ => Duration::ZERO,
        }
    }

    pub(crate) fn list(&self, key: &str) -> &[String] {
        match self.value(key) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }
}

fn default(row: &Row) -> Vec<String> {
    vec![row.default.to_owned()]
}

/// A bare number is nanoseconds, which nobody means.
fn warn_of_nanoseconds(row: &Row, given: &Given, source: &Source, problems: &mut Problems) {
    let Given::One(text) = given else { return };
    let is_bare = row.kind == Kind::Duration
        && *source != Source::Default
        && text.parse::<u64>().is_ok_and(|number| number > 0);
    if is_bare {
        let meant = duration::parse(text).map(duration::format).unwrap_or_default();
        let key = row.key;
        problems.warn(format!(
            "option `{key}` ({source}) has no unit and so is {meant}; did you mean `{text}s`?"
        ));
    }
}
