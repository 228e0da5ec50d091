//! The patterns of filters: ECMAScript syntax, searched unanchored, within a limit of steps.
//!
//! [ECMA-262 §22.2.1](https://tc39.es/ecma262/#sec-patterns). Patterns come from counterparties, so every one ends.

use std::fmt;

use fancy_regex::{Regex, RegexBuilder};

/// The longest pattern that is read, in bytes.
pub const PATTERN_BYTES_MAX: usize = 4_096;
/// How often one search may step back.
pub const BACKTRACKS_MAX: usize = 20_000;
/// The largest compiled pattern, in bytes.
pub const COMPILED_BYTES_MAX: usize = 1 << 20;

/// A pattern that was compiled once and can be searched for often.
#[derive(Clone)]
pub struct Pattern {
    text: Box<str>,
    regex: Regex,
    captures: bool,
}

impl Pattern {
    /// Compiles a pattern of at most one capture group.
    pub fn compile(text: &str) -> Result<Self, PatternError> {
        if text.len() > PATTERN_BYTES_MAX {
            return Err(PatternError::TooLong);
        }
        // The translator knows neither look-around nor back-references and gives up on some patterns that the engine takes.
        let translated = jsonschema_regex::to_rust_regex(text).unwrap_or_else(|()| text.into());
        let regex = RegexBuilder::new(&ascii_classes(&translated))
            .backtrack_limit(BACKTRACKS_MAX)
            .delegate_size_limit(COMPILED_BYTES_MAX)
            .build()
            .map_err(|_| PatternError::Malformed)?;
        let groups = regex.captures_len().saturating_sub(1);
        if groups > 1 {
            return Err(PatternError::TooManyGroups { groups });
        }
        Ok(Self { text: text.into(), regex, captures: groups == 1 })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The first match: the text of the group if there is one, else the part that matches.
    ///
    /// A group that took no part in the match gives an empty text.
    pub fn find<'t>(&self, text: &'t str) -> Result<Option<&'t str>, TooCostly> {
        if !self.captures {
            let found = self.regex.find(text).map_err(|_| TooCostly)?;
            return Ok(found.and_then(|part| text.get(part.start()..part.end())));
        }
        let Some(captures) = self.regex.captures(text).map_err(|_| TooCostly)? else {
            return Ok(None);
        };
        let group = captures.get(1).and_then(|part| text.get(part.start()..part.end()));
        Ok(Some(group.unwrap_or_default()))
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.text).finish()
    }
}

/// `\d` and `\w` as ECMAScript means them, in the patterns that the translator leaves alone.
fn ascii_classes(pattern: &str) -> String {
    let mut translated = String::with_capacity(pattern.len());
    let mut is_class = false;
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '[' => is_class = true,
            ']' => is_class = false,
            _ => {}
        }
        if character != '\\' {
            translated.push(character);
            continue;
        }
        match (characters.next(), is_class) {
            (Some('d'), true) => translated.push_str("0-9"),
            (Some('d'), false) => translated.push_str("[0-9]"),
            (Some('D'), _) => translated.push_str("[^0-9]"),
            (Some('w'), true) => translated.push_str("A-Za-z0-9_"),
            (Some('w'), false) => translated.push_str("[A-Za-z0-9_]"),
            (Some('W'), _) => translated.push_str("[^A-Za-z0-9_]"),
            (Some(other), _) => translated.extend(['\\', other]),
            (None, _) => translated.push('\\'),
        }
    }
    translated
}

/// Why a text is no pattern.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// The text is longer than [`PATTERN_BYTES_MAX`].
    #[error("longer than {PATTERN_BYTES_MAX} bytes")]
    TooLong,
    /// Not a regular expression, or one that is larger than [`COMPILED_BYTES_MAX`] when compiled.
    #[error("not a regular expression, or too large")]
    Malformed,
    /// More than one capture group: which of them would be the value?
    #[error("{groups} capture groups where one is allowed")]
    TooManyGroups {
        /// How many there are.
        groups: usize,
    },
}

/// A search took more than [`BACKTRACKS_MAX`] steps back.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pattern takes more than {BACKTRACKS_MAX} steps back")]
pub struct TooCostly;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_the_match_or_the_group() {
        let check = |pattern: &str, text: &str, expected: Option<&str>| {
            let pattern = Pattern::compile(pattern).unwrap();
            assert_eq!(pattern.find(text), Ok(expected), "{pattern:?} on {text}");
        };
        check("employed", "self-employed since", Some("employed"));
        check("^employed", "self-employed", None);
        check("", "x", Some(""));
        check("a(b+)c", "xabbc", Some("bb"));
        check("a(b)?c", "ac", Some(""));
        check("(?:a)(?<name>b)", "ab", Some("b"));
        check("^(?!did:web:)did:(.+)$", "did:key:z", Some("key:z"));
        check("^(?!did:web:)did:.+$", "did:web:z", None);
        check(r"(.)\1", "abccd", Some("c"));
        check(
            r"^[0-9.]+-\d+-\d+-S-(\d+)-00\.000-\d+$",
            "2.16.528-1-9-S-90000380-00.000-0",
            Some("90000380"),
        );
        check(r"^\d$", "\u{0663}", None);
        check(r"^(?=\d)[\d.]+$", "1.5", Some("1.5"));
        check(r"^(?=\d)\d$", "\u{0663}", None);
        check(r"^\w+$", "\u{e9}", None);
        check(r"^a/b\/c$", "a/b/c", Some("a/b/c"));
        check("^a$", "a\nb", None);
        check(r"\cJ", "a\nb", Some("\n"));
    }

    #[test]
    fn what_is_no_single_value_is_refused() {
        let check = |pattern: &str, expected| assert_eq!(Pattern::compile(pattern), Err(expected));
        check("(a)(b)", PatternError::TooManyGroups { groups: 2 });
        check("(", PatternError::Malformed);
        check(&"(".repeat(4_000), PatternError::Malformed);
        check("((a{1000}){1000}){1000}", PatternError::Malformed);
        check(&"a".repeat(PATTERN_BYTES_MAX + 1), PatternError::TooLong);
    }

    #[test]
    fn a_catastrophic_pattern_ends() {
        let text = "a".repeat(40) + "!";
        assert_eq!(Pattern::compile("^(?:(?=a)a+)+$").unwrap().find(&text), Err(TooCostly));
        assert_eq!(Pattern::compile("^(a+)+$").unwrap().find(&text), Ok(None));
    }
}
