//! Why no credentials could be chosen, in values that an operator can be shown.

use std::fmt;

use super::{Selected, Selection, Shortfall};
use crate::exchange::candidate::Candidate;
use crate::exchange::definition::Definition;
use crate::exchange::mismatch::{Mismatch, Unmatchable};
use crate::exchange::reading::Reading;

/// The most candidates of which is told why they do not fit, per descriptor.
pub const EXPLAINED_CANDIDATES_MAX: usize = 100;

/// Why a wallet does not fulfil a definition.
#[derive(Clone, Debug, PartialEq)]
pub enum NoChoice {
    /// The selection names a field that the definition does not have.
    UnknownField {
        /// The name.
        key: String,
    },
    /// More than one credential fits the selection.
    Ambiguous {
        /// The id of the descriptor.
        descriptor: String,
        /// Which candidates fit.
        candidates: Vec<usize>,
    },
    /// A candidate cannot be matched at all, which ends the search.
    Unmatchable {
        /// Which candidate it was.
        candidate: usize,
        /// With which field of which descriptor, and what made it impossible.
        cause: Unmatchable,
    },
    /// Descriptors have no credential.
    Missing {
        /// Which, and why. Never empty.
        unfilled: Vec<Unfilled>,
    },
    /// A submission requirement is not met.
    Requirement {
        /// Which, and by how much.
        shortfall: Shortfall,
        /// The descriptors without credential, and why.
        unfilled: Vec<Unfilled>,
    },
    /// A descriptor is in a group that no submission requirement takes from.
    UnreferencedGroup {
        /// The id of the descriptor.
        descriptor: String,
        /// The group.
        group: String,
    },
    /// A verifier would take another credential of the presentation than the selected one.
    Contested {
        /// The id of the descriptor.
        descriptor: String,
    },
    /// No choice was found that a verifier would repeat.
    Unsettled,
}

/// A descriptor without credential.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfilled {
    /// The id of the descriptor.
    pub descriptor: String,
    /// Candidates, and what keeps each of them out; the first [`EXPLAINED_CANDIDATES_MAX`].
    pub exclusions: Vec<(usize, Exclusion)>,
}

/// What keeps a candidate from a descriptor.
#[derive(Clone, Debug, PartialEq)]
pub enum Exclusion {
    /// The descriptor itself.
    Mismatch(Mismatch),
    /// It matches, but another one is selected.
    Selection {
        /// The id of the field.
        key: String,
        /// The value that is selected.
        wanted: String,
        /// The value of this candidate, where it has one that can be selected.
        found: Option<String>,
    },
}

/// Why no wallet fulfils a definition.
#[derive(Clone, Debug, PartialEq)]
pub struct NoWallet {
    /// One for each wallet that was tried, in their order. A last one may be final for all.
    pub refusals: Vec<NoChoice>,
}

impl NoChoice {
    /// Whether another wallet may do better.
    pub fn is_about_the_wallet(&self) -> bool {
        match self {
            Self::Missing { .. }
            | Self::Requirement { .. }
            | Self::Contested { .. }
            | Self::Unsettled => true,
            Self::UnknownField { .. }
            | Self::Ambiguous { .. }
            | Self::Unmatchable { .. }
            | Self::UnreferencedGroup { .. } => false,
        }
    }

    /// The descriptors without credential.
    pub fn unfilled(&self) -> &[Unfilled] {
        match self {
            Self::Missing { unfilled } | Self::Requirement { unfilled, .. } => unfilled,
            Self::UnknownField { .. }
            | Self::Ambiguous { .. }
            | Self::Unmatchable { .. }
            | Self::UnreferencedGroup { .. }
            | Self::Contested { .. }
            | Self::Unsettled => &[],
        }
    }

    /// The reasons over several lines: one for each descriptor, and below it one for each candidate.
    pub fn report(&self) -> Report<'_> {
        Report { no_choice: self }
    }

    /// Adds why the candidates do not fit, which is only worth knowing once the choice has failed.
    pub(in crate::exchange) fn explained(
        mut self,
        definition: &Definition,
        candidates: &[Candidate<'_>],
        selection: &Selection,
    ) -> Self {
        if let Self::Missing { unfilled } | Self::Requirement { unfilled, .. } = &mut self {
            for entry in unfilled {
                entry.exclusions = exclusions(&entry.descriptor, definition, candidates, selection);
            }
        }
        self
    }
}

fn exclusions(
    id: &str,
    definition: &Definition,
    candidates: &[Candidate<'_>],
    selection: &Selection,
) -> Vec<(usize, Exclusion)> {
    let Some(descriptor) = definition.descriptors().iter().find(|found| found.id() == id) else {
        return Vec::new();
    };
    let selected = Selected::of(descriptor, selection);
    let explain = |candidate: &Candidate<'_>| {
        if let Some(mismatch) = descriptor.explain(definition.formats(), candidate) {
            return Some(Exclusion::Mismatch(mismatch));
        }
        let found =
            descriptor.find_match(definition.formats(), candidate, Reading::Wider).ok()??;
        let (key, wanted, found) = selected.first_difference(&found.values)?;
        Some(Exclusion::Selection { key: key.to_owned(), wanted: wanted.to_owned(), found })
    };
    let explained = candidates.iter().take(EXPLAINED_CANDIDATES_MAX).enumerate();
    explained.filter_map(|(index, candidate)| Some((index, explain(candidate)?))).collect()
}

impl Unfilled {
    pub(super) fn new(descriptor: &str) -> Self {
        Self { descriptor: descriptor.to_owned(), exclusions: Vec::new() }
    }
}

// The first texts are those that callers of the reference know.
impl fmt::Display for NoChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownField { key } => write!(
                f,
                "credential_selection key '{key}' does not match any field id in the presentation definition"
            ),
            Self::Ambiguous { descriptor, .. } => {
                write!(f, "input descriptor '{descriptor}': multiple matching credentials")
            }
            Self::Missing { unfilled } => {
                f.write_str("missing credentials\nconstraints not matched: ")?;
                for (index, entry) in unfilled.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { ", " })?;
                    write!(f, "no VC for InputDescriptor ({})", entry.descriptor)?;
                }
                Ok(())
            }
            Self::Unmatchable { candidate, cause } => write!(f, "credential {candidate}: {cause}"),
            Self::Requirement { shortfall, .. } => write!(f, "missing credentials\n{shortfall}"),
            Self::UnreferencedGroup { descriptor, group } => write!(
                f,
                "group `{group}` of input descriptor `{descriptor}` is in no submission requirement"
            ),
            Self::Contested { descriptor } => write!(
                f,
                "input descriptor `{descriptor}`: another credential of the presentation matches it first"
            ),
            Self::Unsettled => f.write_str("no choice that a verifier would repeat"),
        }
    }
}

impl std::error::Error for NoChoice {}

impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mismatch(mismatch) => mismatch.fmt(f),
            Self::Selection { key, wanted, found: Some(found) } => {
                write!(f, "`{key}` is `{found}`, selected is `{wanted}`")
            }
            Self::Selection { key, wanted, found: None } => {
                write!(f, "`{key}` has no value to compare, selected is `{wanted}`")
            }
        }
    }
}

/// A [`NoChoice`] over several lines.
#[derive(Copy, Clone, Debug)]
pub struct Report<'r> {
    no_choice: &'r NoChoice,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.no_choice)?;
        for entry in self.no_choice.unfilled() {
            write!(f, "\n  {}: no credential", entry.descriptor)?;
            for (candidate, exclusion) in &entry.exclusions {
                write!(f, "\n    credential {candidate}: {exclusion}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for NoWallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.refusals.last() {
            Some(refusal) => refusal.fmt(f),
            None => f.write_str("no wallet"),
        }
    }
}

impl std::error::Error for NoWallet {}
