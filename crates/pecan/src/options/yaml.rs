//! Reads YAML into a tree that keeps each text as it was written, and its line.
//!
//! Nothing is guessed: `0123456` and `NO` stay what they are until an option says what it holds.

use std::collections::HashMap;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span, StrInput};

/// The size of a file, in bytes.
const FILE_BYTES_MAX: usize = 1_048_576;

/// The values and keys of a file, with those that an alias repeats.
const NODES_MAX: usize = 10_000;

/// How deep values may be nested.
const DEPTH_MAX: usize = 32;

/// A value and the line on which it begins, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Nothing, `~` or `null`.
    Null,
    Text(String),
    List(Vec<Node>),
    Section(Vec<Entry>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) line: usize,
    pub(crate) value: Node,
}

/// Why a file is not read: line, column, reason. Holds nothing of the file but the name of a key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {reason}")]
pub(crate) struct YamlError {
    line: usize,
    column: usize,
    reason: String,
}

/// Reads a file with one section, or an empty one.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Entry>, YamlError> {
    let error = |line, reason: &str| YamlError { line, column: 1, reason: reason.to_owned() };
    if bytes.len() > FILE_BYTES_MAX {
        return Err(error(1, "larger than 1 MiB"));
    }
    let text = str::from_utf8(bytes).map_err(|invalid| {
        let before = bytes.get(..invalid.valid_up_to()).unwrap_or_default();
        error(before.split(|byte| *byte == b'\n').count(), "not UTF-8 text")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader =
        Reader { events: Parser::new_from_str(text), anchors: HashMap::new(), nodes: 0 };
    match reader.document()? {
        None | Some(Node { content: Content::Null, .. }) => Ok(Vec::new()),
        Some(Node { content: Content::Section(entries), .. }) => Ok(entries),
        Some(node) => Err(error(node.line, "not a section of `name: value`")),
    }
}

struct Reader<'a> {
    events: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

impl<'a> Reader<'a> {
    /// The only document.
    fn document(&mut self) -> Result<Option<Node>, YamlError> {
        let mut found = None;
        loop {
            let Some((event, span)) = self.next()? else { return Ok(found) };
            match event {
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                Event::StreamEnd => return Ok(found),
                _ if found.is_some() => return Err(at(&span, "a second document")),
                event => found = Some(self.node(event, &span, 0)?),
            }
        }
    }

    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, YamlError> {
        loop {
            match self.events.next_event() {
                Some(Ok((Event::Comment(..), _))) => {}
                Some(Ok(found)) => return Ok(Some(found)),
                Some(Err(error)) => {
                    let (line, column) = (error.marker().line(), error.marker().col() + 1);
                    return Err(YamlError { line, column, reason: error.info() });
                }
                None => return Ok(None),
            }
        }
    }

    fn node(&mut self, event: Event<'a>, span: &Span, depth: usize) -> Result<Node, YamlError> {
        if depth > DEPTH_MAX {
            return Err(at(span, "nested too deeply"));
        }
        self.count(1, span)?;
        let line = span.start.line();
        let (content, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain && tag.is_none();
                let is_null = is_plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let text = if is_null { Content::Null } else { Content::Text(text.into_owned()) };
                (text, anchor)
            }
            Event::SequenceStart(_, anchor, _) => (Content::List(self.list(depth)?), anchor),
            Event::MappingStart(_, anchor, _) => (Content::Section(self.section(depth)?), anchor),
            Event::Alias(anchor) => {
                let known = self.anchors.get(&anchor).cloned();
                let node = known.ok_or_else(|| at(span, "an alias within itself"))?;
                self.count(size(&node), span)?;
                return Ok(Node { line, ..node });
            }
            _ => return Err(at(span, "not a value")),
        };
        let node = Node { line, content };
        if anchor != 0 {
            self.count(size(&node), span)?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, YamlError> {
        let mut items = Vec::new();
        while let Some((event, span)) = self.next()? {
            if event == Event::SequenceEnd {
                break;
            }
            items.push(self.node(event, &span, depth + 1)?);
        }
        Ok(items)
    }

    fn section(&mut self, depth: usize) -> Result<Vec<Entry>, YamlError> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut merged = Vec::new();
        while let Some((event, span)) = self.next()? {
            if event == Event::MappingEnd {
                break;
            }
            let Content::Text(key) = self.node(event, &span, depth + 1)?.content else {
                return Err(at(&span, "a key that is no text"));
            };
            if let Some(first) = entries.iter().find(|entry| entry.key == key) {
                return Err(at(&span, &format!("`{key}` is already on line {}", first.line)));
            }
            let Some((event, value_span)) = self.next()? else { break };
            let value = self.node(event, &value_span, depth + 1)?;
            if key == "<<" {
                merged.extend(sections(value).ok_or_else(|| at(&span, "`<<` needs a section"))?);
            } else {
                entries.push(Entry { key, line: span.start.line(), value });
            }
        }
        // What the section says itself counts before what it takes from others.
        for entry in merged {
            if !entries.iter().any(|known| known.key == entry.key) {
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    fn count(&mut self, nodes: usize, span: &Span) -> Result<(), YamlError> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > NODES_MAX { Err(at(span, "more than 10000 values")) } else { Ok(()) }
    }
}

/// The entries that `<<` takes from one section or several.
fn sections(node: Node) -> Option<Vec<Entry>> {
    match node.content {
        Content::Section(entries) => Some(entries),
        Content::List(nodes) => {
            let all: Option<Vec<_>> = nodes.into_iter().map(sections).collect();
            Some(all?.concat())
        }
        Content::Null | Content::Text(_) => None,
    }
}

/// The values of a tree.
fn size(node: &Node) -> usize {
    match &node.content {
        Content::Null | Content::Text(_) => 1,
        Content::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Content::Section(entries) => 1 + entries.iter().map(|e| 1 + size(&e.value)).sum::<usize>(),
    }
}

fn at(span: &Span, reason: &str) -> YamlError {
    let (line, column) = (span.start.line(), span.start.col() + 1);
    YamlError { line, column, reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn error(text: &str) -> String {
        read(text.as_bytes()).expect_err(text).to_string()
    }

    fn text(text: &str) -> String {
        let entries = read(text.as_bytes()).expect(text);
        match &entries[0].value.content {
            Content::Text(text) => text.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_text_is_what_was_written() {
        for (yaml, expected) in [
            ("a: 0123456", "0123456"),
            ("a: NO", "NO"),
            ("a: on", "on"),
            ("a: 1e3", "1e3"),
            ("a: 12_345", "12_345"),
            ("a: .inf", ".inf"),
            ("a: 2026-03-01", "2026-03-01"),
            ("a: 'null'", "null"),
            ("a: \"\"", ""),
            ("a: ':8080'", ":8080"),
            ("a: \"x\\ty\"", "x\ty"),
            ("a: !!str 12", "12"),
            ("a: |\n  x\n  y\n", "x\ny\n"),
            ("a: x # comment", "x"),
            ("\u{feff}a: x", "x"),
            ("---\na: x\n...\n", "x"),
        ] {
            assert_eq!(text(yaml), expected, "{yaml}");
        }
    }

    #[test]
    fn nothing_is_said_by_an_empty_file_or_value() {
        for yaml in ["", "# nothing\n", "---\n", "~", "null"] {
            assert_eq!(read(yaml.as_bytes()), Ok(Vec::new()), "{yaml}");
        }
        for yaml in ["a:", "a: ~", "a: null"] {
            assert_eq!(read(yaml.as_bytes()).expect(yaml)[0].value.content, Content::Null);
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (yaml, expected) in [
            ("url: [\n", "1:6: unclosed bracket"),
            ("a: 1\nb: {", "2:"),
            ("a: 1\n\tb: 2\n", "1:4: "),
            ("a: 1\nb: 2\na: 3\n", "3:1: `a` is already on line 1"),
            ("a: {b: 1, b: 2}", "1:11: `b` is already on line 1"),
            ("- a\n- b\n", "1:1: not a section"),
            ("only text", "1:1: not a section"),
            ("a: 1\n---\nb: 2\n", "3:1: a second document"),
            ("[a]: b", "1:1: a key that is no text"),
            ("a: *b", "1:4: "),
            ("a: &a [*a]", "1:8: an alias within itself"),
            ("<<: 1", "1:1: `<<` needs a section"),
        ] {
            let found = error(yaml);
            assert!(found.starts_with(expected), "{yaml}: {found}");
        }
    }

    #[test]
    fn a_file_of_another_kind_is_refused() {
        assert_eq!(read(b"a: b\nc: \xff\xfe").expect_err("binary").line, 2);
        assert!(read(b"\x7fELF\x02\x01\x01\x00\x00").is_err());
        assert!(read(&vec![b' '; FILE_BYTES_MAX + 1]).is_err());
        assert!(read(&[0; 100]).is_err());
    }

    #[test]
    fn a_small_file_does_not_become_a_large_tree() {
        let line = |level: usize| {
            let item = if level == 0 { "x".to_owned() } else { format!("*a{}", level - 1) };
            format!("a{level}: &a{level} [{}]\n", vec![item; 9].join(", "))
        };
        let bomb: Vec<_> = (0..10).map(line).collect();
        assert!(error(&bomb.concat()).ends_with("more than 10000 values"));
        let nested = |depth| format!("a: {}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(nested(DEPTH_MAX - 1).as_bytes()).is_ok());
        assert!(error(&nested(DEPTH_MAX + 1)).ends_with("nested too deeply"));
        assert!(read("[".repeat(100_000).as_bytes()).is_err());
        assert!(error(&"a:\n".repeat(20_000)).contains("already on line 1"));
    }

    #[test]
    fn an_alias_and_a_merge_stand_for_what_they_name() {
        let entries = read(b"x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\nz: *x\n").expect("YAML");
        let Content::Section(y) = &entries[1].value.content else { panic!("a section") };
        let texts: Vec<_> = y.iter().map(|entry| (&*entry.key, &entry.value.content)).collect();
        let text = |text: &str| Content::Text(text.to_owned());
        assert_eq!(texts, [("b", &text("3")), ("a", &text("1"))]);
        assert_eq!(entries[2].value.line, 3);
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in "[\\[\\]{}:,&*!|>'\"#%@`~<\\- \n\ta-c0-9]{0,60}") {
            if let Err(error) = read(text.as_bytes()) {
                prop_assert!(error.line >= 1 && error.line <= text.split('\n').count() + 1);
            }
        }

        #[test]
        fn no_bytes_break_the_reader(bytes: Vec<u8>) {
            let _ = read(&bytes);
        }

        #[test]
        fn a_quoted_text_is_read_as_it_is(text in "[ -~]{0,40}") {
            let yaml = format!("a: '{}'", text.replace('\'', "''"));
            let entries = read(yaml.as_bytes()).expect("YAML");
            prop_assert_eq!(&entries[0].value.content, &Content::Text(text));
        }
    }
}
