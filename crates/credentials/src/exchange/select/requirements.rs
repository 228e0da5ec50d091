//! Applies the submission requirements of a definition to what its descriptors chose.
//!
//! [PEX §7.1, Submission Requirement Rules](https://identity.foundation/presentation-exchange/spec/v2.0.0/#submission-requirement-rules).

use std::collections::BTreeSet;
use std::fmt;

use super::{Choice, Fit, Mapping, NoChoice, Unfilled};
use crate::exchange::candidate::Candidate;
use crate::exchange::definition::Definition;
use crate::exchange::requirement::{Requirement, Rule, Source};

/// A requirement that is not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortfall {
    /// What the requirement is called, if it has a name.
    pub name: Option<String>,
    /// The group that it takes from; `None` for nested requirements.
    pub group: Option<String>,
    /// How many of its members must be there.
    pub needed: usize,
    /// How many of its members are there.
    pub available: usize,
    /// Which of the nested requirements are not met.
    pub nested: Vec<Shortfall>,
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("submission requirement")?;
        if let Some(name) = &self.name {
            write!(f, " `{name}`")?;
        }
        write!(f, " needs {}", self.needed)?;
        match &self.group {
            Some(group) => write!(f, " of group `{group}`")?,
            None => f.write_str(" of its nested requirements")?,
        }
        write!(f, ", there are {}", self.available)?;
        for (index, nested) in self.nested.iter().enumerate() {
            write!(f, "{}{nested}", if index == 0 { " (" } else { ", " })?;
        }
        f.write_str(if self.nested.is_empty() { "" } else { ")" })
    }
}

/// Every group of a descriptor must be asked for, once there are requirements.
pub(super) fn check_groups(definition: &Definition) -> Result<(), NoChoice> {
    let requirements = definition.requirements();
    if requirements.is_empty() {
        return Ok(());
    }
    for descriptor in definition.descriptors() {
        for group in descriptor.groups() {
            if !requirements.iter().any(|requirement| requirement.names_group(group)) {
                let descriptor = descriptor.id().to_owned();
                return Err(NoChoice::UnreferencedGroup { descriptor, group: group.clone() });
            }
        }
    }
    Ok(())
}

/// What becomes of the fit that each descriptor chose, or did not find.
pub(super) fn outcome<'a>(
    definition: &Definition,
    candidates: &[Candidate<'a>],
    chosen: &[Option<&Fit<'a>>],
) -> Result<Choice<'a>, NoChoice> {
    let descriptors = if definition.requirements().is_empty() {
        if chosen.iter().any(Option::is_none) {
            return Err(NoChoice::Missing { unfilled: unfilled(definition, chosen) });
        }
        (0..chosen.len()).collect()
    } else {
        required(definition, candidates, chosen)?
    };
    if descriptors.is_empty() && definition.requires_credentials() {
        return Err(NoChoice::Missing { unfilled: unfilled(definition, chosen) });
    }
    let mappings = descriptors.into_iter().filter_map(|descriptor| {
        let fit = *chosen.get(descriptor)?.as_ref()?;
        Some(Mapping { descriptor, candidate: fit.candidate, values: fit.values.clone() })
    });
    Ok(Choice { mappings: mappings.collect() })
}

fn unfilled(definition: &Definition, chosen: &[Option<&Fit<'_>>]) -> Vec<Unfilled> {
    let descriptors = definition.descriptors().iter().zip(chosen);
    let empty = descriptors.filter(|(_, fit)| fit.is_none());
    empty.map(|(descriptor, _)| Unfilled::new(descriptor.id())).collect()
}

/// The descriptors whose credentials are sent: one for each distinct credential, the first that chose it.
fn required(
    definition: &Definition,
    candidates: &[Candidate<'_>],
    chosen: &[Option<&Fit<'_>>],
) -> Result<Vec<usize>, NoChoice> {
    let mut taken = Vec::new();
    for requirement in definition.requirements() {
        let part = evaluate(requirement, definition, chosen).map_err(|shortfall| {
            NoChoice::Requirement { shortfall, unfilled: unfilled(definition, chosen) }
        })?;
        taken.extend(part);
    }
    let raw = |descriptor: usize| {
        let fit = chosen.get(descriptor).copied().flatten()?;
        candidates.get(fit.candidate).map(|candidate| candidate.raw)
    };
    let grouped: Vec<usize> = definition
        .descriptors()
        .iter()
        .enumerate()
        .filter(|(_, descriptor)| !descriptor.groups().is_empty())
        .map(|(index, _)| index)
        .collect();
    let mut sent: Vec<usize> = Vec::new();
    let mut seen = BTreeSet::new();
    for descriptor in taken {
        if !seen.insert(descriptor) {
            continue;
        }
        let credential = raw(descriptor);
        if sent.iter().any(|earlier| raw(*earlier) == credential) {
            continue;
        }
        let first = grouped.iter().copied().find(|other| raw(*other) == credential);
        sent.push(first.unwrap_or(descriptor));
    }
    Ok(sent)
}

/// The descriptors that a requirement takes. Definitions bound how deep requirements nest.
fn evaluate(
    requirement: &Requirement,
    definition: &Definition,
    chosen: &[Option<&Fit<'_>>],
) -> Result<Vec<usize>, Shortfall> {
    let mut nested = Vec::new();
    let members: Vec<Vec<usize>> = match &requirement.source {
        Source::Group(group) => group_members(group, definition, chosen),
        Source::Nested(requirements) => {
            let mut members = Vec::with_capacity(requirements.len());
            for inner in requirements {
                members.push(evaluate(inner, definition, chosen).unwrap_or_else(|shortfall| {
                    nested.push(shortfall);
                    Vec::new()
                }));
            }
            members
        }
    };
    let total = members.len();
    let available: Vec<Vec<usize>> =
        members.into_iter().filter(|member| !member.is_empty()).collect();
    let (needed, limit) = bounds(&requirement.rule, total);
    if available.len() < needed {
        return Err(Shortfall {
            name: requirement.name.clone(),
            group: match &requirement.source {
                Source::Group(group) => Some(group.clone()),
                Source::Nested(_) => None,
            },
            needed,
            available: available.len(),
            nested,
        });
    }
    Ok(available.into_iter().take(limit).flatten().collect())
}

/// One member for each descriptor of the group: itself, or nothing when it found no credential.
fn group_members(
    group: &str,
    definition: &Definition,
    chosen: &[Option<&Fit<'_>>],
) -> Vec<Vec<usize>> {
    let descriptors = definition.descriptors().iter().zip(chosen).enumerate();
    let members = descriptors
        .filter(|(_, (descriptor, _))| descriptor.groups().iter().any(|own| own == group));
    members.map(|(index, (_, fit))| fit.map(|_| index).into_iter().collect()).collect()
}

/// How many members must be there, and how many are taken.
fn bounds(rule: &Rule, total: usize) -> (usize, usize) {
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    match rule {
        Rule::All => (total, usize::MAX),
        Rule::Pick { count: Some(count), .. } => (size(*count), size(*count)),
        // A `max` of 0 has no effect.
        Rule::Pick { count: None, min, max } => {
            (min.map_or(0, size), max.filter(|max| *max > 0).map_or(usize::MAX, size))
        }
    }
}
