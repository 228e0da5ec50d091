//! Makes a choice one that a verifier comes to as well.
//!
//! The verifier does not know the wallet: it takes the first match among the credentials that it is sent.

use super::{Choice, NoChoice, Selected, Selection};
use crate::exchange::candidate::Candidate;
use crate::exchange::definition::Definition;
use crate::exchange::descriptor::Descriptor;

/// How often a choice is replaced by what the verifier would make of it.
pub const SETTLING_ROUNDS_MAX: usize = 8;

impl Definition {
    /// Replaces the choice by what a verifier would choose among its credentials, until both are the same.
    ///
    /// A credential of an earlier descriptor may match a later one as well; the verifier meets it first, the wallet need not.
    pub(super) fn settle<'a>(
        &self,
        candidates: &[Candidate<'a>],
        first: Choice<'a>,
        selection: &Selection,
    ) -> Result<Choice<'a>, NoChoice> {
        let mut choice = first;
        for _ in 0..SETTLING_ROUNDS_MAX {
            let repeated = self.repeat(candidates, &choice).map_err(|_| NoChoice::Unsettled)?;
            let Some(descriptor) = difference(candidates, &choice, &repeated) else {
                return Ok(choice);
            };
            choice = repeated;
            if !self.honours(&choice, selection) {
                return Err(self.contested(descriptor));
            }
        }
        Err(NoChoice::Unsettled)
    }

    /// What a verifier chooses when it is sent the chosen credentials. Candidates are counted as in the wallet.
    pub(super) fn repeat<'a>(
        &self,
        candidates: &[Candidate<'a>],
        choice: &Choice<'a>,
    ) -> Result<Choice<'a>, NoChoice> {
        if let [_] = choice.mappings.as_slice()
            && self.requirements().is_empty()
        {
            return Ok(choice.clone());
        }
        let (presented, origins): (Vec<Candidate<'a>>, Vec<usize>) = choice
            .mappings
            .iter()
            .filter_map(|mapping| Some((*candidates.get(mapping.candidate)?, mapping.candidate)))
            .unzip();
        let mut repeated = self.first_match(&presented)?;
        for mapping in &mut repeated.mappings {
            mapping.candidate = origins.get(mapping.candidate).copied().unwrap_or_default();
        }
        Ok(repeated)
    }

    fn honours(&self, choice: &Choice<'_>, selection: &Selection) -> bool {
        choice.mappings.iter().all(|mapping| {
            self.descriptors().get(mapping.descriptor).is_none_or(|descriptor| {
                Selected::of(descriptor, selection).accepts(&mapping.values)
            })
        })
    }

    fn contested(&self, descriptor: usize) -> NoChoice {
        let id = self.descriptors().get(descriptor).map_or("", Descriptor::id);
        NoChoice::Contested { descriptor: id.to_owned() }
    }
}

/// The first descriptor for which two choices take another credential, or only one takes any.
pub(super) fn difference(
    candidates: &[Candidate<'_>],
    one: &Choice<'_>,
    other: &Choice<'_>,
) -> Option<usize> {
    let raw = |choice: &Choice<'_>, descriptor: usize| {
        let mapping = choice.mappings.iter().find(|mapping| mapping.descriptor == descriptor)?;
        candidates.get(mapping.candidate).map(|candidate| candidate.raw)
    };
    let mut descriptors =
        one.mappings.iter().chain(&other.mappings).map(|mapping| mapping.descriptor);
    descriptors.find(|descriptor| raw(one, *descriptor) != raw(other, *descriptor))
}
