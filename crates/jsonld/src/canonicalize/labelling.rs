//! Decides the canonical number of each blank node.
//!
//! [RDFC-1.0 §4.4, §4.6](https://www.w3.org/TR/rdf-canon/#canon-algorithm).

use super::identifiers::Identifiers;
use super::lines::{Lines, Mentions};
use super::sha256::Hash;
use super::{Budget, CanonicalizeError};
use crate::rdf::{BlankNode, Dataset};

/// The state of one canonicalisation.
pub(super) struct Labelling<'a> {
    pub(super) lines: &'a Lines,
    pub(super) mentions: &'a Mentions,
    pub(super) dataset: &'a Dataset<'a>,
    pub(super) budget: Budget,
    /// First-degree hashes, by index of the node.
    first_degree: Vec<Option<Hash>>,
    /// Numbers given so far, by index of the node.
    canonical: Vec<Option<u32>>,
    next: u32,
}

impl<'a> Labelling<'a> {
    pub(super) fn new(
        lines: &'a Lines,
        mentions: &'a Mentions,
        dataset: &'a Dataset<'a>,
        budget: Budget,
    ) -> Self {
        let nodes = dataset.blank_nodes.len();
        let first_degree = vec![None; nodes];
        Self {
            lines,
            mentions,
            dataset,
            budget,
            first_degree,
            canonical: vec![None; nodes],
            next: 0,
        }
    }

    /// The number of each blank node that a quad mentions.
    pub(super) fn run(mut self) -> Result<Vec<Option<u32>>, CanonicalizeError> {
        let mut hashed = Vec::with_capacity(self.mentions.nodes().len());
        let mut scratch = Scratch::default();
        for node in self.mentions.nodes() {
            let hash = self.hash_first_degree(*node, &mut scratch);
            if let Some(slot) = self.first_degree.get_mut(node.0 as usize) {
                *slot = Some(hash);
            }
            hashed.push((hash, *node));
        }
        hashed.sort_unstable();
        // Nodes that nothing else looks like come first, in the order of their hashes.
        for same in hashed.chunk_by(|a, b| a.0 == b.0) {
            if let [(_, node)] = same {
                self.issue(*node);
            }
        }
        for same in hashed.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
            self.issue_alike(same)?;
        }
        Ok(self.canonical)
    }

    /// Numbers the nodes of one first-degree hash, by what surrounds them.
    fn issue_alike(&mut self, alike: &[(Hash, BlankNode)]) -> Result<(), CanonicalizeError> {
        let mut paths = Vec::with_capacity(alike.len());
        for (_, node) in alike {
            if self.canonical(*node).is_some() {
                continue;
            }
            let mut identifiers = Identifiers::default();
            identifiers.issue(*node);
            paths.push(self.hash_n_degree(*node, identifiers)?);
        }
        paths.sort_by_key(|(hash, _)| *hash);
        for (_, identifiers) in paths {
            for node in identifiers.in_order() {
                self.issue(*node);
            }
        }
        Ok(())
    }

    fn issue(&mut self, node: BlankNode) {
        if let Some(slot @ None) = self.canonical.get_mut(node.0 as usize) {
            *slot = Some(self.next);
            self.next += 1;
        }
    }

    /// The number of a node, if it has one already.
    pub(super) fn canonical(&self, node: BlankNode) -> Option<u32> {
        self.canonical.get(node.0 as usize).copied().flatten()
    }

    /// The first-degree hash of a node. Every node that a line mentions has one.
    pub(super) fn first_degree(&self, node: BlankNode) -> Option<Hash> {
        self.first_degree.get(node.0 as usize).copied().flatten()
    }

    /// What a node's own quads say, with itself as `_:a` and all others as `_:z`.
    fn hash_first_degree(&self, node: BlankNode, scratch: &mut Scratch) -> Hash {
        let Scratch { text, ends, sorted } = scratch;
        text.clear();
        ends.clear();
        for line in self.mentions.of(node).filter_map(|line| self.lines.line(line)) {
            self.lines.push_line(line, text, |into, mentioned| {
                into.push_str(if mentioned == node { "_:a" } else { "_:z" });
            });
            ends.push(text.len());
        }
        if ends.len() == 1 {
            return Hash::of(text);
        }
        let mut from = 0;
        let mut parts: Vec<&str> = Vec::with_capacity(ends.len());
        for to in ends.iter().copied() {
            parts.push(text.get(from..to).unwrap_or_default());
            from = to;
        }
        parts.sort_unstable();
        sorted.clear();
        for part in parts {
            sorted.push_str(part);
        }
        Hash::of(sorted)
    }
}

/// Buffers that are used for one node after the other.
#[derive(Default)]
struct Scratch {
    text: String,
    ends: Vec<usize>,
    sorted: String,
}
