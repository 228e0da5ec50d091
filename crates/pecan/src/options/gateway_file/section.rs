//! A section of the file: its members by name, each asked for once. Whatever nobody asked for does not exist.

use super::super::problem::{Problems, Source};
use super::super::suggest::nearest_of;
use super::super::yaml::{Content, Entry, Node};

/// Where problems go.
pub(super) struct Report<'a> {
    path: &'a str,
    problems: &'a mut Problems,
}

/// A place in the file: the name of a member with those above it, and its line.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) name: String,
    line: usize,
}

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Said<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// Members by name.
pub(super) struct Section {
    pub(super) place: Place,
    entries: Vec<Entry>,
    /// The names that were asked for.
    known: Vec<&'static str>,
}

impl<'a> Report<'a> {
    pub(super) fn new(path: &'a str, problems: &'a mut Problems) -> Self {
        Self { path, problems }
    }

    pub(super) fn error(&mut self, place: &Place, text: impl Into<String>, remedy: &str) {
        let source = self.source(place);
        self.problems.error(&place.name, &source, text, remedy);
    }

    pub(super) fn warn(&mut self, place: &Place, text: &str) {
        let source = self.source(place);
        self.problems.warn(format!("{} ({source}): {text}", place.name));
    }

    fn source(&self, place: &Place) -> Source {
        Source::File { path: self.path.to_owned(), line: place.line }
    }
}

impl Section {
    /// The whole file.
    pub(super) fn whole(entries: Vec<Entry>) -> Self {
        Self { place: Place { name: String::new(), line: 1 }, entries, known: Vec::new() }
    }

    /// Its own name, without those above it.
    pub(super) fn name(&self) -> &str {
        self.place.name.rsplit('.').next().unwrap_or_default()
    }

    fn take(&mut self, name: &'static str) -> Option<Said<Content>> {
        self.known.push(name);
        let at = self.entries.iter().position(|entry| entry.key == name)?;
        let Entry { line, value, .. } = self.entries.remove(at);
        let place = Place { name: self.place.below(name), line };
        (value.content != Content::Null).then_some(Said { value: value.content, place })
    }

    /// A text that is not empty.
    pub(super) fn text(&mut self, name: &'static str, report: &mut Report) -> Option<Said<String>> {
        let Said { value, place } = self.take(name)?;
        match value {
            Content::Text(text) if !text.trim().is_empty() => {
                Some(Said { value: text.trim().to_owned(), place })
            }
            Content::Text(_) | Content::Null => {
                report.error(&place, "an empty text", "write a value, or leave it out");
                None
            }
            Content::List(_) | Content::Section(_) => {
                report.error(&place, "not one text", "write one value");
                None
            }
        }
    }

    /// The same, where it must be there.
    pub(super) fn required(
        &mut self,
        name: &'static str,
        remedy: &str,
        report: &mut Report,
    ) -> Option<Said<String>> {
        if !self.entries.iter().any(|entry| entry.key == name) {
            report.error(&self.place, format!("`{name}` is missing"), remedy);
        }
        self.text(name, report)
    }

    /// Texts; one is a list of one.
    pub(super) fn texts(&mut self, name: &'static str, report: &mut Report) -> Vec<Said<String>> {
        let Some(Said { value, place }) = self.take(name) else { return Vec::new() };
        let nodes = match value {
            Content::List(nodes) => nodes,
            Content::Null => Vec::new(),
            content @ (Content::Text(_) | Content::Section(_)) => {
                vec![Node { line: place.line, content }]
            }
        };
        let mut texts = Vec::new();
        for Node { line, content } in nodes {
            let place = Place { line, ..place.clone() };
            match content {
                Content::Text(text) => texts.push(Said { value: text, place }),
                Content::Null | Content::List(_) | Content::Section(_) => {
                    report.error(&place, "not a list of texts", "write `[one, two]`");
                }
            }
        }
        texts
    }

    /// A switch; `false` if it is not there.
    pub(super) fn switch(&mut self, name: &'static str, report: &mut Report) -> bool {
        let Some(Said { value, place }) = self.text(name, report) else { return false };
        match value.as_str() {
            "true" => true,
            "false" => false,
            _ => {
                report.error(&place, "not a switch", "write true or false");
                false
            }
        }
    }

    /// A section.
    pub(super) fn section(&mut self, name: &'static str, report: &mut Report) -> Option<Self> {
        let Said { value, place } = self.take(name)?;
        match value {
            Content::Section(entries) => Some(Self { place, entries, known: Vec::new() }),
            Content::Null | Content::Text(_) | Content::List(_) => {
                report.error(&place, "not a section", "write `name: value` lines below it");
                None
            }
        }
    }

    /// The sections of a section, whose names the operator chooses.
    pub(super) fn named_sections(&mut self, name: &'static str, report: &mut Report) -> Vec<Self> {
        let Some(section) = self.section(name, report) else {
            report.error(&self.place, format!("there are no {name}"), "write at least one");
            return Vec::new();
        };
        let mut found = Vec::new();
        for Entry { key, line, value } in section.entries {
            let place = Place { name: section.place.below(&key), line };
            if !is_name(&key) {
                let remedy = "use up to 64 letters, digits, `-` and `_`";
                report.error(&place, "a name that logs cannot show", remedy);
            } else if let Content::Section(entries) = value.content {
                found.push(Self { place, entries, known: Vec::new() });
            } else {
                report.error(&place, "not a section", "write `name: value` lines below it");
            }
        }
        found
    }

    /// Texts by names that the operator chooses.
    pub(super) fn named_texts(
        &mut self,
        name: &'static str,
        report: &mut Report,
    ) -> Vec<(String, Said<String>)> {
        let Some(section) = self.section(name, report) else { return Vec::new() };
        let mut found = Vec::new();
        for Entry { key, line, value } in section.entries {
            let place = Place { name: section.place.below(&key), line };
            match value.content {
                Content::Text(value) => found.push((key, Said { value, place })),
                Content::Null | Content::List(_) | Content::Section(_) => {
                    report.error(&place, "not one text", "write one value");
                }
            }
        }
        found
    }

    /// Reports what nobody asked for.
    pub(super) fn finish(self, report: &mut Report) {
        for Entry { key, line, .. } in self.entries {
            let place = Place { name: self.place.below(&key), line };
            let remedy = match nearest_of(&key, self.known.iter().copied()) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("there are {}", self.known.join(", ")),
            };
            report.error(&place, format!("there is no `{key}`"), &remedy);
        }
    }
}

impl Place {
    fn below(&self, name: &str) -> String {
        if self.name.is_empty() { name.to_owned() } else { format!("{}.{name}", self.name) }
    }
}

fn is_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=64).contains(&text.len()) && text.bytes().all(is_plain)
}
