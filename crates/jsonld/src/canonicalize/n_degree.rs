//! Tells apart blank nodes whose own quads say the same, by what surrounds them.
//!
//! This is the step that can take exponential time: every order of neighbours that look alike is tried. It works within a budget.
//!
//! [RDFC-1.0 §4.7, §4.8](https://www.w3.org/TR/rdf-canon/#hash-nd-quads).

use super::CanonicalizeError;
use super::identifiers::Identifiers;
use super::labelling::Labelling;
use super::lines::{Gap, Line, Position, push_canonical, push_number};
use super::sha256::Hash;
use crate::rdf::BlankNode;

/// The deepest chain of neighbours that is followed, so that a long list of blank nodes cannot exhaust the stack.
const DEPTH_MAX: usize = 256;

/// How many bytes are hashed for one unit of work beside the one that the quad costs.
const BYTES_PER_UNIT: usize = 256;

/// How many labelled nodes are searched for one unit of work beside the one that a neighbour costs.
const LABELS_PER_UNIT: usize = 64;

/// One order of neighbours, as it is written into a hash, and the numbers that it led to.
type Path = (String, Identifiers);

impl Labelling<'_> {
    /// The hash of a node's surroundings, and the numbers given on the way there.
    pub(super) fn hash_n_degree(
        &mut self,
        node: BlankNode,
        identifiers: Identifiers,
    ) -> Result<(Hash, Identifiers), CanonicalizeError> {
        self.hash_surroundings(node, identifiers, 0)
    }

    fn hash_surroundings(
        &mut self,
        node: BlankNode,
        mut identifiers: Identifiers,
        depth: usize,
    ) -> Result<(Hash, Identifiers), CanonicalizeError> {
        if depth >= DEPTH_MAX {
            return Err(CanonicalizeError::TooComplex);
        }
        let related = self.related(node, &identifiers)?;
        let mut hashed = String::new();
        for group in related.chunk_by(|a, b| a.0 == b.0) {
            if let Some((hash, _)) = group.first() {
                hash.push_to(&mut hashed);
            }
            let neighbours: Vec<BlankNode> =
                group.iter().map(|(_, neighbour)| *neighbour).collect();
            let (path, chosen) = self.shortest_path(neighbours, &identifiers, depth)?;
            hashed.push_str(&path);
            identifiers = chosen;
        }
        Ok((Hash::of(&hashed), identifiers))
    }

    /// The neighbours of a node, each with the hash of how it is related, sorted by that.
    fn related(
        &mut self,
        node: BlankNode,
        identifiers: &Identifiers,
    ) -> Result<Vec<(Hash, BlankNode)>, CanonicalizeError> {
        let (lines, mentions) = (self.lines, self.mentions);
        self.budget.spend(mentions.of(node).len())?;
        let mut related = Vec::new();
        let mut buffer = String::new();
        for line in mentions.of(node).filter_map(|line| lines.line(line)) {
            for gap in line.gaps().filter(|gap| gap.node != node) {
                self.write_relation(line, gap, identifiers, &mut buffer);
                // SECURITY: a long predicate is hashed anew for each neighbour in each order.
                self.budget.spend(buffer.len() / BYTES_PER_UNIT)?;
                related.push((Hash::of(&buffer), gap.node));
            }
        }
        related.sort_unstable();
        Ok(related)
    }

    /// What is hashed of one relation: position, predicate, and what is known of the neighbour.
    fn write_relation(&self, line: &Line, gap: Gap, identifiers: &Identifiers, into: &mut String) {
        into.clear();
        into.push(gap.position.letter());
        if gap.position != Position::Graph
            && let Some(quad) = self.dataset.quads.get(line.quad)
        {
            into.push('<');
            into.push_str(&quad.predicate);
            into.push('>');
        }
        if !self.push_label(gap.node, identifiers, into)
            && let Some(hash) = self.first_degree(gap.node)
        {
            hash.push_to(into);
        }
    }

    /// Appends the label of a node, canonical before temporary. False if it has neither.
    fn push_label(&self, node: BlankNode, identifiers: &Identifiers, into: &mut String) -> bool {
        if let Some(number) = self.canonical(node) {
            push_canonical(into, Some(number));
            return true;
        }
        identifiers.find(node).inspect(|number| push_temporary(into, *number)).is_some()
    }

    /// Of all orders of these neighbours, the one whose path sorts first.
    fn shortest_path(
        &mut self,
        mut neighbours: Vec<BlankNode>,
        identifiers: &Identifiers,
        depth: usize,
    ) -> Result<Path, CanonicalizeError> {
        let mut chosen: Option<Path> = None;
        neighbours.sort_unstable();
        loop {
            // SECURITY: labels are looked up in a list that is copied for each order.
            let labels = identifiers.in_order().len() + neighbours.len();
            self.budget.spend(neighbours.len().saturating_mul(1 + labels / LABELS_PER_UNIT))?;
            let best = chosen.as_ref().map(|(path, _)| path.as_str());
            if let Some(path) = self.path(&neighbours, identifiers.clone(), best, depth)? {
                chosen = Some(path);
            }
            if !next_permutation(&mut neighbours) {
                break;
            }
        }
        // The first order always gives a path.
        chosen.ok_or(CanonicalizeError::TooComplex)
    }

    /// The path of one order. None as soon as it cannot sort before the best one so far.
    fn path(
        &mut self,
        order: &[BlankNode],
        mut identifiers: Identifiers,
        best: Option<&str>,
        depth: usize,
    ) -> Result<Option<Path>, CanonicalizeError> {
        let lost = |path: &str| best.is_some_and(|best| path.len() >= best.len() && path > best);
        let mut path = String::new();
        let mut unvisited = Vec::new();
        for node in order {
            if let Some(number) = self.canonical(*node) {
                push_canonical(&mut path, Some(number));
            } else {
                let (number, is_new) = identifiers.issue(*node);
                if is_new {
                    unvisited.push(*node);
                }
                push_temporary(&mut path, number);
            }
            if lost(&path) {
                return Ok(None);
            }
        }
        for node in unvisited {
            let (number, _) = identifiers.issue(node);
            let (hash, reached) = self.hash_surroundings(node, identifiers, depth + 1)?;
            push_temporary(&mut path, number);
            path.push('<');
            hash.push_to(&mut path);
            path.push('>');
            identifiers = reached;
            if lost(&path) {
                return Ok(None);
            }
        }
        let is_better = best.is_none_or(|best| path.as_str() < best);
        Ok(is_better.then_some((path, identifiers)))
    }
}

fn push_temporary(into: &mut String, number: usize) {
    into.push_str("_:b");
    push_number(into, number);
}

/// Steps to the next order in lexicographic sequence. False after the last one.
fn next_permutation(nodes: &mut [BlankNode]) -> bool {
    let ascents = nodes.windows(2).rposition(|pair| matches!(pair, [a, b] if a < b));
    let Some(pivot) = ascents else { return false };
    let (head, tail) = nodes.split_at_mut(pivot + 1);
    if let Some(left) = head.last_mut()
        && let Some(right) = tail.iter_mut().rev().find(|node| **node > *left)
    {
        std::mem::swap(left, right);
    }
    tail.reverse();
    true
}
