//! Gives the blank nodes of a dataset labels that depend on nothing but what the dataset says, and writes its N-Quads in order.
//!
//! Implements [RDFC-1.0](https://www.w3.org/TR/rdf-canon/) with SHA-256, which labels as URDNA2015 does. Literals are escaped as
//! URDNA2015 has it (see [`nquads`](crate::nquads)), since that is what peers sign.

mod budget;
mod identifiers;
mod labelling;
mod lines;
mod n_degree;
mod sha256;
#[cfg(test)]
mod tests;

pub use budget::{Budget, WORK_MAX};

use crate::rdf::Dataset;
use labelling::Labelling;
use lines::Lines;

/// Why a dataset has no canonical form here.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalizeError {
    /// Telling the blank nodes apart takes more work than the budget allows.
    #[error("blank nodes are too much alike to be told apart within the budget")]
    TooComplex,
    /// A quad mentions a blank node that is not in [`Dataset::blank_nodes`].
    #[error("a quad mentions a blank node that the dataset does not have")]
    UnknownBlankNode,
}

/// The canonical N-Quads of a dataset: each statement once, sorted by code point, each line with its end.
pub fn canonicalize(dataset: &Dataset<'_>, budget: Budget) -> Result<String, CanonicalizeError> {
    let lines = Lines::new(dataset)?;
    let labels = label(&lines, dataset, budget)?;
    Ok(lines.canonical(&labels))
}

/// The canonical label (`c14n0`, without `_:`) of each blank node, by its index in [`Dataset::blank_nodes`]. A blank node that no
/// quad mentions has none.
pub fn canonical_labels(
    dataset: &Dataset<'_>,
    budget: Budget,
) -> Result<Vec<Option<String>>, CanonicalizeError> {
    let lines = Lines::new(dataset)?;
    let labels = label(&lines, dataset, budget)?;
    let label = |number: &Option<u32>| number.map(|number| format!("c14n{number}"));
    Ok(labels.iter().map(label).collect())
}

/// The number of each blank node in its canonical label.
fn label(
    lines: &Lines,
    dataset: &Dataset<'_>,
    budget: Budget,
) -> Result<Vec<Option<u32>>, CanonicalizeError> {
    let mentions = lines.mentions();
    // Alone, a blank node gets the first label, whatever its hash: most credentials end here.
    if let [only] = mentions.nodes() {
        let mut labels = vec![None; dataset.blank_nodes.len()];
        if let Some(label) = labels.get_mut(only.0 as usize) {
            *label = Some(0);
        }
        return Ok(labels);
    }
    Labelling::new(lines, &mentions, dataset, budget).run()
}
