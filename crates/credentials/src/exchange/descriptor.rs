//! A descriptor of a definition: one credential that is asked for.
//!
//! [PEX §5.1](https://identity.foundation/presentation-exchange/spec/v2.0.0/#input-descriptor). Does not choose between the
//! credentials that match.

use super::candidate::Candidate;
use super::field::{Field, FieldFault, Outcome};
use super::filter::Effort;
use super::formats::{FormatFault, Formats};
use super::mismatch::{Mismatch, Unmatchable};
use super::reading::Reading;
use super::value::FieldValue;
use crate::format::Format;

/// The most nodes that matching one credential with one descriptor may visit.
pub const MATCH_STEPS_MAX: usize = 100_000;
/// The most texts that matching one credential with one descriptor may search for patterns.
pub const MATCH_SEARCHES_MAX: usize = 1_000;

/// What one credential of an answer must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Descriptor {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) purpose: Option<String>,
    pub(super) groups: Vec<String>,
    pub(super) formats: Formats,
    pub(super) fields: Vec<Field>,
}

/// A credential that matches a descriptor.
#[derive(Clone, Debug, PartialEq)]
pub struct Match<'a> {
    /// The value of every field, in order; `None` for an optional field without one.
    pub values: Vec<Option<FieldValue<'a>>>,
}

impl Descriptor {
    /// What submissions call it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What people call it.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Why it is asked for.
    pub fn purpose(&self) -> Option<&str> {
        self.purpose.as_deref()
    }

    /// The groups it belongs to, for submission requirements.
    pub fn groups(&self) -> &[String] {
        &self.groups
    }

    /// Its fields, all of which must match.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The formats it accepts, beside those of the definition.
    pub fn formats(&self) -> &Formats {
        &self.formats
    }

    /// Matches a credential with both levels of `format`, then with every field.
    ///
    /// `Ok(None)`: it does not match. An error means that the definition cannot be matched with this credential, so that the
    /// whole choice fails.
    pub fn find_match<'a>(
        &self,
        definition: &Formats,
        candidate: &Candidate<'a>,
        reading: Reading,
    ) -> Result<Option<Match<'a>>, Unmatchable> {
        if !definition.accepts(candidate) || !self.formats.accepts(candidate) {
            return Ok(None);
        }
        Ok(self.match_fields(candidate, reading)?.ok())
    }

    /// The first thing that keeps a credential out; `None` if it matches.
    pub fn explain(&self, definition: &Formats, candidate: &Candidate<'_>) -> Option<Mismatch> {
        for formats in [definition, &self.formats] {
            if let Some(fault) = formats.find_fault(candidate) {
                return Some(format_mismatch(fault, formats, candidate));
            }
        }
        let (index, fault) = match self.match_fields(candidate, Reading::Wider) {
            Ok(Ok(_)) => return None,
            Ok(Err(fault)) => fault,
            Err(unmatchable) => return Some(Mismatch::Unmatchable(unmatchable)),
        };
        let field = self.fields.get(index)?;
        Some(Mismatch::Field {
            index,
            id: field.id().map(str::to_owned),
            paths: field.paths().iter().map(|path| path.as_str().to_owned()).collect(),
            reason: field.reason(fault, candidate.view),
        })
    }

    fn match_fields<'a>(
        &self,
        candidate: &Candidate<'a>,
        reading: Reading,
    ) -> Result<Result<Match<'a>, (usize, FieldFault)>, Unmatchable> {
        let mut effort = Effort { steps: MATCH_STEPS_MAX, searches: MATCH_SEARCHES_MAX, reading };
        let mut matched = Match { values: Vec::new() };
        for (index, field) in self.fields.iter().enumerate() {
            let outcome = field.find(candidate, &mut effort).map_err(|reason| Unmatchable {
                descriptor: self.id.clone(),
                field: index,
                reason,
            })?;
            match outcome {
                Outcome::Match(value) => matched.values.push(value),
                Outcome::Mismatch(fault) => return Ok(Err((index, fault))),
            }
        }
        Ok(Ok(matched))
    }
}

fn format_mismatch(
    fault: FormatFault<'_>,
    formats: &Formats,
    candidate: &Candidate<'_>,
) -> Mismatch {
    let accepted = match fault {
        FormatFault::Format => {
            let accepted = formats.names().into_iter().map(str::to_owned).collect();
            return Mismatch::FormatNotAccepted { found: candidate.format, accepted };
        }
        FormatFault::Proof(accepted) => accepted.to_vec(),
    };
    match candidate.format {
        Format::JwtVc => Mismatch::AlgorithmNotAccepted {
            found: candidate.algorithm.unwrap_or_default().to_owned(),
            accepted,
        },
        Format::LdpVc => {
            Mismatch::ProofTypeNotAccepted { found: candidate.proof_types.to_vec(), accepted }
        }
    }
}

#[cfg(test)]
mod tests;
