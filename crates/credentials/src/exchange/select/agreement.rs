//! Prefers a choice in which descriptors that share the id of a field find the same value there.
//!
//! Otherwise the credentials of two patients could be sent as a pair. The search is bounded; a verifier that takes the first
//! match must come to the same choice, or it is no choice.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::settle::difference;
use super::{Choice, Fit, requirements};
use crate::exchange::candidate::Candidate;
use crate::exchange::definition::Definition;
use crate::exchange::value::FieldValue;

/// The most candidates that are tried for descriptors, all taken together, before the first match stands.
pub const AGREEMENT_STEPS_MAX: usize = 4_096;
/// The most agreeing choices that are checked against the verifier's, before the first match stands.
pub const AGREEMENT_TRIES_MAX: usize = 8;
/// The most candidates of one descriptor that take part.
pub const AGREEMENT_CANDIDATES_MAX: usize = 64;

/// The ids of fields that occur in more than one descriptor.
pub(super) fn shared_ids(definition: &Definition) -> BTreeSet<&str> {
    let mut first_seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut shared = BTreeSet::new();
    for (index, descriptor) in definition.descriptors().iter().enumerate() {
        for id in descriptor.fields().iter().filter_map(|field| field.id()) {
            if *first_seen.entry(id).or_insert(index) != index {
                shared.insert(id);
            }
        }
    }
    shared
}

/// Finds the first choice, in wallet order, with equal values for the shared ids.
pub(super) fn find<'a>(
    definition: &Definition,
    candidates: &[Candidate<'a>],
    fits: &[Vec<Fit<'a>>],
    shared: &BTreeSet<&str>,
) -> Option<Choice<'a>> {
    if shared.is_empty() {
        return None;
    }
    let levels =
        fits.iter().enumerate().map(|(index, fits)| Level::new(definition, index, fits, shared));
    let mut search = Search { levels: levels.collect(), steps: 0 };
    for _ in 0..AGREEMENT_TRIES_MAX {
        let chosen = search.next()?;
        let Ok(choice) = requirements::outcome(definition, candidates, &chosen) else { continue };
        let repeated = definition.repeat(candidates, &choice);
        if repeated.is_ok_and(|repeated| difference(candidates, &choice, &repeated).is_none()) {
            return Some(choice);
        }
    }
    None
}

/// One descriptor of the search.
struct Level<'s, 'a> {
    options: Vec<Opt<'s, 'a>>,
    /// The option that is taken, counted from 1; 0 before the first.
    taken: usize,
}

/// A fit, and what it says for the shared ids.
struct Opt<'s, 'a> {
    fit: Option<&'s Fit<'a>>,
    values: BTreeMap<&'s str, Value>,
}

impl<'s, 'a> Level<'s, 'a> {
    fn new(
        definition: &'s Definition,
        descriptor: usize,
        fits: &'s [Fit<'a>],
        shared: &BTreeSet<&str>,
    ) -> Self {
        let fields =
            definition.descriptors().get(descriptor).map_or(&[][..], |found| found.fields());
        let option = |fit: &'s Fit<'a>| {
            let ids = fields.iter().map(|field| field.id()).zip(&fit.values);
            let values = ids.filter_map(|(id, value)| {
                let id = id.filter(|id| shared.contains(id))?;
                Some((id, value.as_ref().map_or(Value::Null, FieldValue::to_value)))
            });
            Opt { fit: Some(fit), values: values.collect() }
        };
        let mut options: Vec<_> = fits.iter().take(AGREEMENT_CANDIDATES_MAX).map(option).collect();
        if options.is_empty() {
            // Requirements may do without this descriptor.
            options.push(Opt { fit: None, values: BTreeMap::new() });
        }
        Self { options, taken: 0 }
    }

    fn current(&self) -> Option<&Opt<'s, 'a>> {
        self.taken.checked_sub(1).and_then(|index| self.options.get(index))
    }
}

/// A depth-first search that can be continued after each result.
struct Search<'s, 'a> {
    levels: Vec<Level<'s, 'a>>,
    steps: usize,
}

impl<'s, 'a> Search<'s, 'a> {
    /// The next combination that agrees; none when all were tried or the steps are used up.
    fn next(&mut self) -> Option<Vec<Option<&'s Fit<'a>>>> {
        // After a result the search goes on at the last descriptor.
        let mut depth =
            self.levels.iter().take_while(|level| level.taken > 0).count().saturating_sub(1);
        loop {
            self.steps += 1;
            if self.steps > AGREEMENT_STEPS_MAX {
                return None;
            }
            let level = self.levels.get_mut(depth)?;
            level.taken += 1;
            if level.current().is_none() {
                level.taken = 0;
                depth = depth.checked_sub(1)?;
            } else if self.agrees_at(depth) {
                depth += 1;
                if depth == self.levels.len() {
                    return Some(self.chosen());
                }
            }
        }
    }

    fn agrees_at(&self, depth: usize) -> bool {
        let Some(last) = self.levels.get(depth).and_then(Level::current) else { return false };
        let earlier = self.levels.iter().take(depth).filter_map(Level::current);
        earlier.into_iter().all(|earlier| {
            last.values
                .iter()
                .all(|(id, value)| earlier.values.get(id).is_none_or(|other| other == value))
        })
    }

    fn chosen(&self) -> Vec<Option<&'s Fit<'a>>> {
        self.levels.iter().map(|level| level.current().and_then(|option| option.fit)).collect()
    }
}
