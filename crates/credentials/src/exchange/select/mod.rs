//! Chooses the credentials of a wallet that fulfil a definition.
//!
//! [PEX §7, Submission Requirements](https://identity.foundation/presentation-exchange/spec/v2.0.0/#submission-requirements).
//! A verifier repeats the choice on what it is sent and demands the same outcome, so a choice is only made when that works.

mod agreement;
mod no_choice;
mod requirements;
mod settle;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::candidate::Candidate;
use super::definition::Definition;
use super::descriptor::Descriptor;
use super::reading::Reading;
use super::value::FieldValue;

pub use agreement::{AGREEMENT_CANDIDATES_MAX, AGREEMENT_STEPS_MAX, AGREEMENT_TRIES_MAX};
pub use no_choice::{EXPLAINED_CANDIDATES_MAX, Exclusion, NoChoice, NoWallet, Report, Unfilled};
pub use requirements::Shortfall;
pub use settle::SETTLING_ROUNDS_MAX;

/// Which credential is meant: the id of a field, and the value that it must have there.
pub type Selection = BTreeMap<String, String>;

/// Which candidate was chosen for which descriptor.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping<'a> {
    /// The position of the descriptor in the definition.
    pub descriptor: usize,
    /// The position of the candidate in the wallet or presentation.
    pub candidate: usize,
    /// What the descriptor's fields found, one per field; `None` for an optional field without value.
    pub values: Vec<Option<FieldValue<'a>>>,
}

/// The credentials to present, in this order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice<'a> {
    /// One for each credential of the presentation. Empty when the definition asks for none.
    pub mappings: Vec<Mapping<'a>>,
}

/// A candidate that matches a descriptor.
#[derive(Clone, Debug)]
struct Fit<'a> {
    candidate: usize,
    values: Vec<Option<FieldValue<'a>>>,
}

impl Definition {
    /// Whether a presentation without credentials cannot fulfil the definition.
    pub fn requires_credentials(&self) -> bool {
        !self.descriptors().is_empty()
    }

    /// Chooses credentials of one wallet: for each descriptor the first that matches and is not excluded by the selection.
    ///
    /// Where descriptors share the id of a field, a choice that gives it equal values is preferred.
    pub fn select<'a>(
        &self,
        candidates: &[Candidate<'a>],
        selection: &Selection,
    ) -> Result<Choice<'a>, NoChoice> {
        self.choose(candidates, selection)
            .map_err(|no_choice| no_choice.explained(self, candidates, selection))
    }

    /// Chooses the first wallet that fulfils the whole definition, and its credentials. Wallets are never combined.
    ///
    /// A wallet for which the selection is ambiguous ends the search: nothing says that another one was meant.
    pub fn select_wallet<'a>(
        &self,
        wallets: &[&[Candidate<'a>]],
        selection: &Selection,
    ) -> Result<(usize, Choice<'a>), NoWallet> {
        let mut refusals = Vec::new();
        if wallets.is_empty() {
            match self.select(&[], selection) {
                Ok(choice) => return Ok((0, choice)),
                Err(no_choice) => refusals.push(no_choice),
            }
        }
        for (index, wallet) in wallets.iter().enumerate() {
            match self.select(wallet, selection) {
                Ok(choice) => return Ok((index, choice)),
                Err(no_choice) => {
                    let is_final = !no_choice.is_about_the_wallet();
                    refusals.push(no_choice);
                    if is_final {
                        break;
                    }
                }
            }
        }
        Err(NoWallet { refusals })
    }

    /// What a verifier chooses: for each descriptor the first that matches, without any preference.
    pub(super) fn first_match<'a>(
        &self,
        candidates: &[Candidate<'a>],
    ) -> Result<Choice<'a>, NoChoice> {
        requirements::check_groups(self)?;
        by_reading(|reading| self.first_match_as(candidates, reading))
    }

    fn first_match_as<'a>(
        &self,
        candidates: &[Candidate<'a>],
        reading: Reading,
    ) -> Result<Choice<'a>, NoChoice> {
        let selection = Selection::new();
        let how = How { selection: &selection, reading, depth: Depth::First };
        let mut firsts = Vec::with_capacity(self.descriptors().len());
        for descriptor in self.descriptors() {
            firsts.push(self.find_fits(descriptor, candidates, how)?.into_iter().next());
        }
        requirements::outcome(
            self,
            candidates,
            &firsts.iter().map(Option::as_ref).collect::<Vec<_>>(),
        )
    }

    fn choose<'a>(
        &self,
        candidates: &[Candidate<'a>],
        selection: &Selection,
    ) -> Result<Choice<'a>, NoChoice> {
        if let Some(key) = selection.keys().find(|key| !self.has_field_id(key)) {
            return Err(NoChoice::UnknownField { key: key.clone() });
        }
        requirements::check_groups(self)?;
        by_reading(|reading| self.choose_as(candidates, selection, reading))
    }

    fn choose_as<'a>(
        &self,
        candidates: &[Candidate<'a>],
        selection: &Selection,
        reading: Reading,
    ) -> Result<Choice<'a>, NoChoice> {
        let shared = agreement::shared_ids(self);
        let depth = if shared.is_empty() { Depth::First } else { Depth::All };
        let how = How { selection, reading, depth };
        let mut fits = Vec::with_capacity(self.descriptors().len());
        for descriptor in self.descriptors() {
            fits.push(self.find_fits(descriptor, candidates, how)?);
        }
        let firsts: Vec<_> = fits.iter().map(|fits| fits.first()).collect();
        let first = requirements::outcome(self, candidates, &firsts)?;
        let agreed = agreement::find(self, candidates, &fits, &shared);
        agreed.map_or_else(|| self.settle(candidates, first, selection), Ok)
    }

    /// The candidates for one descriptor, in wallet order.
    fn find_fits<'a>(
        &self,
        descriptor: &Descriptor,
        candidates: &[Candidate<'a>],
        how: How<'_>,
    ) -> Result<Vec<Fit<'a>>, NoChoice> {
        let selected = Selected::of(descriptor, how.selection);
        let mut fits: Vec<Fit<'a>> = Vec::new();
        for (index, candidate) in candidates.iter().enumerate() {
            let found = match descriptor.find_match(self.formats(), candidate, how.reading) {
                Ok(found) => found,
                // What comes after the first match cannot undo it.
                Err(_) if selected.is_none() && !fits.is_empty() => continue,
                Err(cause) => return Err(NoChoice::Unmatchable { candidate: index, cause }),
            };
            let Some(found) = found.filter(|found| selected.accepts(&found.values)) else {
                continue;
            };
            fits.push(Fit { candidate: index, values: found.values });
            if how.depth == Depth::First && selected.is_none() {
                break;
            }
        }
        if !selected.is_none() && fits.len() > 1 {
            return Err(NoChoice::Ambiguous {
                descriptor: descriptor.id().to_owned(),
                candidates: fits.iter().map(|fit| fit.candidate).collect(),
            });
        }
        Ok(fits)
    }
}

/// Tries the rules that all share, and wider ones where these leave the definition without credentials.
fn by_reading<'a>(
    mut choose: impl FnMut(Reading) -> Result<Choice<'a>, NoChoice>,
) -> Result<Choice<'a>, NoChoice> {
    choose(Reading::Shared).or_else(|no_choice| {
        if no_choice.is_about_the_wallet() { choose(Reading::Wider) } else { Err(no_choice) }
    })
}

/// What to look for in a wallet.
#[derive(Copy, Clone)]
struct How<'s> {
    selection: &'s Selection,
    reading: Reading,
    depth: Depth,
}

/// How many matches of a descriptor are of interest.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Depth {
    First,
    All,
}

/// The selected fields of one descriptor: their position, and the text that is wanted there.
struct Selected<'s> {
    fields: Vec<(usize, &'s str, &'s str)>,
}

impl<'s> Selected<'s> {
    fn of(descriptor: &Descriptor, selection: &'s Selection) -> Self {
        if selection.is_empty() {
            return Self { fields: Vec::new() };
        }
        let wanted = |id: Option<&str>| selection.get_key_value(id?);
        let fields = descriptor.fields().iter().enumerate();
        let fields = fields.filter_map(|(index, field)| {
            wanted(field.id()).map(|(key, text)| (index, key.as_str(), text.as_str()))
        });
        Self { fields: fields.collect() }
    }

    fn is_none(&self) -> bool {
        self.fields.is_empty()
    }

    fn accepts(&self, values: &[Option<FieldValue<'_>>]) -> bool {
        self.first_difference(values).is_none()
    }

    /// The first selected field with another value: its id, the text that is wanted, and the text that is there.
    fn first_difference(
        &self,
        values: &[Option<FieldValue<'_>>],
    ) -> Option<(&'s str, &'s str, Option<String>)> {
        self.fields.iter().find_map(|(index, key, wanted)| {
            let value = values.get(*index).and_then(Option::as_ref);
            let text = value.and_then(FieldValue::selection_text);
            let is_equal = text.as_deref() == Some(*wanted);
            (!is_equal).then(|| (*key, *wanted, text.map(std::borrow::Cow::into_owned)))
        })
    }
}
