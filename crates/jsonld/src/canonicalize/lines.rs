//! The quads of a dataset as N-Quads lines whose blank nodes are still open.
//!
//! Each quad is written once, into one buffer; hashing and printing fill in labels by copying the pieces between the gaps.

use std::ops::Range;

use super::CanonicalizeError;
use crate::nquads;
use crate::rdf::{BlankNode, Dataset, Object, Quad, Resource};

/// Where a blank node stands in a quad.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Position {
    Subject,
    Object,
    Graph,
}

impl Position {
    /// The letter that goes into a hash, [RDFC-1.0 §4.7](https://www.w3.org/TR/rdf-canon/#hash-related-blank-node).
    pub(super) const fn letter(self) -> char {
        match self {
            Self::Subject => 's',
            Self::Object => 'o',
            Self::Graph => 'g',
        }
    }
}

/// A gap in a line: the blank node belongs before the byte `at`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Gap {
    at: usize,
    pub(super) position: Position,
    pub(super) node: BlankNode,
}

/// One quad: its text without blank nodes, and where these belong.
#[derive(Clone, Debug)]
pub(super) struct Line {
    text: Range<usize>,
    gaps: [Option<Gap>; 3],
    /// The quad that it was written from.
    pub(super) quad: usize,
}

impl Line {
    pub(super) fn gaps(&self) -> impl Iterator<Item = Gap> {
        self.gaps.into_iter().flatten()
    }
}

/// All quads: those with blank nodes apart from those without.
#[derive(Debug)]
pub(super) struct Lines {
    text: String,
    /// Lines with nothing to fill in.
    closed: Vec<Range<usize>>,
    /// Lines with blank nodes, each once.
    open: Vec<Line>,
}

/// Which lines mention a blank node.
#[derive(Debug)]
pub(super) struct Mentions {
    nodes: Vec<BlankNode>,
    /// Sorted by node: (node, index of an open line).
    pairs: Vec<(BlankNode, usize)>,
}

impl Mentions {
    /// The blank nodes that occur in a quad, by index.
    pub(super) fn nodes(&self) -> &[BlankNode] {
        &self.nodes
    }

    /// The open lines that mention a node.
    pub(super) fn of(&self, node: BlankNode) -> impl ExactSizeIterator<Item = usize> {
        let from = self.pairs.partition_point(|(mentioned, _)| *mentioned < node);
        let to = self.pairs.partition_point(|(mentioned, _)| *mentioned <= node);
        self.pairs.get(from..to).unwrap_or_default().iter().map(|(_, line)| *line)
    }
}

impl Lines {
    pub(super) fn new(dataset: &Dataset<'_>) -> Result<Self, CanonicalizeError> {
        let mut lines = Self {
            text: String::with_capacity(dataset.quads.len() * 192),
            closed: Vec::with_capacity(dataset.quads.len()),
            open: Vec::new(),
        };
        for (number, quad) in dataset.quads.iter().enumerate() {
            lines.add(quad, number);
        }
        let known = |gap: Gap| (gap.node.0 as usize) < dataset.blank_nodes.len();
        if !lines.open.iter().flat_map(Line::gaps).all(known) {
            return Err(CanonicalizeError::UnknownBlankNode);
        }
        lines.drop_repeated();
        Ok(lines)
    }

    fn add(&mut self, quad: &Quad<'_>, number: usize) {
        let start = self.text.len();
        let mut gaps = [None; 3];
        let [subject, object, graph] = &mut gaps;
        self.add_resource(&quad.subject, Position::Subject, start, subject);
        self.text.push(' ');
        nquads::push_iri(&mut self.text, &quad.predicate);
        self.text.push(' ');
        match &quad.object {
            Object::Resource(resource) => {
                self.add_resource(resource, Position::Object, start, object);
            }
            Object::Literal { value, datatype, language } => {
                nquads::push_literal(&mut self.text, value, datatype, language.as_deref());
            }
        }
        if let Some(name) = &quad.graph {
            self.text.push(' ');
            self.add_resource(name, Position::Graph, start, graph);
        }
        self.text.push_str(" .\n");
        let text = start..self.text.len();
        if gaps.iter().all(Option::is_none) {
            self.closed.push(text);
        } else {
            self.open.push(Line { text, gaps, quad: number });
        }
    }

    fn add_resource(
        &mut self,
        resource: &Resource<'_>,
        position: Position,
        start: usize,
        gap: &mut Option<Gap>,
    ) {
        match resource {
            Resource::Iri(iri) => nquads::push_iri(&mut self.text, iri),
            Resource::Blank(node) => {
                *gap = Some(Gap { at: self.text.len() - start, position, node: *node });
            }
        }
    }

    /// A dataset is a set: a statement made twice must not count twice in a hash.
    fn drop_repeated(&mut self) {
        let text = &self.text;
        let key = |line: &Line| (piece(text, line.text.clone()), line.gaps);
        if self.open.len() > 1 {
            self.open.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
            self.open.dedup_by(|a, b| key(a) == key(b));
        }
    }

    pub(super) fn mentions(&self) -> Mentions {
        let mut pairs = Vec::with_capacity(self.open.len() * 2);
        for (number, line) in self.open.iter().enumerate() {
            pairs.extend(line.gaps().map(|gap| (gap.node, number)));
        }
        pairs.sort_unstable();
        pairs.dedup();
        let mut nodes: Vec<BlankNode> = pairs.iter().map(|(node, _)| *node).collect();
        nodes.dedup();
        Mentions { nodes, pairs }
    }

    pub(super) fn line(&self, number: usize) -> Option<&Line> {
        self.open.get(number)
    }

    /// Appends a line, with `push_label` writing each blank node.
    pub(super) fn push_line(
        &self,
        line: &Line,
        into: &mut String,
        mut push_label: impl FnMut(&mut String, BlankNode),
    ) {
        let text = piece(&self.text, line.text.clone());
        let mut from = 0;
        for gap in line.gaps() {
            into.push_str(piece(text, from..gap.at));
            push_label(into, gap.node);
            from = gap.at;
        }
        into.push_str(piece(text, from..text.len()));
    }

    /// The whole dataset, sorted, with these numbers in the labels.
    pub(super) fn canonical(&self, labels: &[Option<u32>]) -> String {
        let mut filled = String::with_capacity(self.open.len() * 192);
        let mut ends = Vec::with_capacity(self.open.len());
        for line in &self.open {
            self.push_line(line, &mut filled, |into, node| {
                push_canonical(into, labels.get(node.0 as usize).copied().flatten());
            });
            ends.push(filled.len());
        }
        let mut all = Vec::with_capacity(self.closed.len() + self.open.len());
        all.extend(self.closed.iter().map(|range| piece(&self.text, range.clone())));
        let mut from = 0;
        for to in ends {
            all.push(piece(&filled, from..to));
            from = to;
        }
        all.sort_unstable();
        all.dedup();
        all.concat()
    }
}

/// Part of a text. The ranges here were taken from the text itself.
fn piece(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or_default()
}

/// Appends a canonical label. Every blank node of a quad has a number by the time lines are printed.
pub(super) fn push_canonical(into: &mut String, number: Option<u32>) {
    into.push_str("_:c14n");
    push_number(into, number.unwrap_or_default() as usize);
}

/// Appends a number in decimal.
pub(super) fn push_number(into: &mut String, number: usize) {
    if number >= 10 {
        push_number(into, number / 10);
    }
    // A remainder of ten fits into a byte.
    into.push(char::from(b'0' + u8::try_from(number % 10).unwrap_or_default()));
}
