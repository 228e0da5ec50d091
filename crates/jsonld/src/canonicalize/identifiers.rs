//! Hands out numbered labels to blank nodes, in the order in which they ask.
//!
//! [RDFC-1.0 §4.5](https://www.w3.org/TR/rdf-canon/#issue-identifier).

use crate::rdf::BlankNode;

/// An identifier issuer. Few nodes pass through one, so a list is faster than a map.
#[derive(Clone, Debug, Default)]
pub(super) struct Identifiers {
    issued: Vec<BlankNode>,
}

impl Identifiers {
    /// The number of a node, given to it now if it has none. Second: whether it is new.
    pub(super) fn issue(&mut self, node: BlankNode) -> (usize, bool) {
        if let Some(number) = self.find(node) {
            return (number, false);
        }
        self.issued.push(node);
        (self.issued.len() - 1, true)
    }

    pub(super) fn find(&self, node: BlankNode) -> Option<usize> {
        self.issued.iter().position(|issued| *issued == node)
    }

    /// The nodes in the order of their numbers.
    pub(super) fn in_order(&self) -> &[BlankNode] {
        &self.issued
    }
}
