//! Reads N-Quads. The node itself never does; suites and other programs' canonical forms come this way.

use std::collections::HashMap;

use crate::rdf::{BlankNode, Dataset, Object, Quad, RDF_LANG_STRING, Resource, Text, XSD_STRING};

/// The most bytes that are read.
pub const BYTES_MAX: usize = 1 << 24;

/// Why a text is not N-Quads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Longer than [`BYTES_MAX`].
    #[error("longer than {BYTES_MAX} bytes")]
    TooLarge,
    /// Lines are counted from 1.
    #[error("line {line} is not a statement of N-Quads")]
    Syntax {
        /// The first line that is wrong.
        line: usize,
    },
}

/// Reads a dataset. Blank nodes are numbered in the order in which they occur, and keep their labels.
pub fn parse(text: &str) -> Result<Dataset<'_>, ParseError> {
    if text.len() > BYTES_MAX {
        return Err(ParseError::TooLarge);
    }
    let mut dataset = Dataset::default();
    let mut labels = HashMap::new();
    for (number, line) in text.split(['\n', '\r']).enumerate() {
        let mut reader = Reader { rest: line, dataset: &mut dataset, labels: &mut labels };
        reader.line().ok_or(ParseError::Syntax { line: number + 1 })?;
    }
    Ok(dataset)
}

/// What is left of a line. Methods give None where the grammar is not met.
struct Reader<'a, 'd> {
    rest: &'a str,
    dataset: &'d mut Dataset<'a>,
    labels: &'d mut HashMap<&'a str, BlankNode>,
}

impl<'a> Reader<'a, '_> {
    /// Reads a statement, if the line is not blank or a comment.
    fn line(&mut self) -> Option<()> {
        self.skip_blanks();
        if self.is_over() {
            return Some(());
        }
        let subject = self.resource()?;
        let Resource::Iri(predicate) = self.resource()? else { return None };
        let object = self.object()?;
        let graph = if self.rest.starts_with('.') { None } else { Some(self.resource()?) };
        self.take(".")?;
        self.skip_blanks();
        self.dataset.quads.push(Quad { subject, predicate, object, graph });
        self.is_over().then_some(())
    }

    fn is_over(&self) -> bool {
        self.rest.is_empty() || self.rest.starts_with('#')
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn take(&mut self, token: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(token)?;
        Some(())
    }

    fn resource(&mut self) -> Option<Resource<'a>> {
        let resource = if self.rest.starts_with('<') {
            Resource::Iri(self.iri()?)
        } else {
            Resource::Blank(self.blank_node()?)
        };
        self.skip_blanks();
        Some(resource)
    }

    fn iri(&mut self) -> Option<Text<'a>> {
        self.take("<")?;
        let (iri, rest) = self.rest.split_once('>')?;
        self.rest = rest;
        unescape(iri)
    }

    fn blank_node(&mut self) -> Option<BlankNode> {
        self.take("_:")?;
        let is_label = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | ':' | '.');
        let end = self.rest.find(|c| !is_label(c)).unwrap_or(self.rest.len());
        let label = self.rest.get(..end)?.trim_end_matches('.');
        if label.is_empty() {
            return None;
        }
        self.rest = self.rest.get(label.len()..)?;
        let dataset = &mut *self.dataset;
        Some(*self.labels.entry(label).or_insert_with(|| dataset.add_blank_node(label.to_owned())))
    }

    fn object(&mut self) -> Option<Object<'a>> {
        if !self.rest.starts_with('"') {
            return Some(Object::Resource(self.resource()?));
        }
        let value = self.quoted()?;
        let (datatype, language) = if self.rest.starts_with('@') {
            (Text::Borrowed(RDF_LANG_STRING), Some(self.language()?))
        } else if self.take("^^").is_some() {
            (self.iri()?, None)
        } else {
            (Text::Borrowed(XSD_STRING), None)
        };
        self.skip_blanks();
        Some(Object::Literal { value, datatype, language })
    }

    fn quoted(&mut self) -> Option<Text<'a>> {
        self.take("\"")?;
        let mut is_escaped = false;
        let end = self.rest.find(|c| {
            let ends = c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            ends
        })?;
        let value = self.rest.get(..end)?;
        self.rest = self.rest.get(end + 1..)?;
        unescape(value)
    }

    fn language(&mut self) -> Option<Text<'a>> {
        self.take("@")?;
        let is_tag = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let end = self.rest.find(|c| !is_tag(c)).unwrap_or(self.rest.len());
        let tag = self.rest.get(..end)?;
        self.rest = self.rest.get(end..)?;
        (!tag.is_empty()).then_some(Text::Borrowed(tag))
    }
}

/// Resolves the escapes of a string or an IRI.
fn unescape(text: &str) -> Option<Text<'_>> {
    if !text.contains('\\') {
        return Some(Text::Borrowed(text));
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let mut characters = after.chars();
        let (character, digits) = match characters.next()? {
            't' => (Some('\t'), 0),
            'b' => (Some('\u{8}'), 0),
            'n' => (Some('\n'), 0),
            'r' => (Some('\r'), 0),
            'f' => (Some('\u{c}'), 0),
            same @ ('"' | '\'' | '\\') => (Some(same), 0),
            'u' => (None, 4),
            'U' => (None, 8),
            _ => return None,
        };
        rest = characters.as_str();
        let code = rest.get(..digits)?;
        let coded = || char::from_u32(u32::from_str_radix(code, 16).ok()?);
        plain.push(character.or_else(coded)?);
        rest = rest.get(digits..)?;
    }
    plain.push_str(rest);
    Some(Text::Owned(plain))
}
