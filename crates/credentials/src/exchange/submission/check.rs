//! Checks a submission against the presentations that came with it.
//!
//! The verifier makes its own choice among the credentials of a presentation, and the submission must say the same. Does not
//! verify signatures, dates or who signed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{ClaimFormat, Entry, Submission};
use crate::exchange::candidate::Candidate;
use crate::exchange::definition::Definition;
use crate::exchange::descriptor::Descriptor;
use crate::exchange::path::{self, Found, Path, Subject};
use crate::exchange::select::{Choice, Mapping, NoChoice, Selection};
use crate::format::PresentationFormat;

/// The most credentials that are matched, those of all presentations together.
pub const PRESENTED_MAX: usize = 256;

/// What a check needs to know of a presentation.
#[derive(Clone, Debug)]
pub struct PresentationView<'a> {
    /// What paths are evaluated on: the JSON-LD document, or the content of the `vp` claim as it was signed.
    pub view: &'a Value,
    /// How the presentation came.
    pub format: PresentationFormat,
    /// Its credentials, in their order.
    pub credentials: Vec<Candidate<'a>>,
}

/// What a `vp_token` or `assertion` holds.
#[derive(Copy, Clone, Debug)]
pub enum Envelope<'e, 'a> {
    /// One presentation; paths begin in it.
    Single(&'e PresentationView<'a>),
    /// A list; paths begin with an index.
    List(&'e [PresentationView<'a>]),
}

/// What fulfils the definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Fulfilled<'a> {
    /// The position of the presentation in the envelope; `None` when there is no presentation and none is needed.
    pub presentation: Option<usize>,
    /// Which of its credentials is for which descriptor.
    pub mappings: Vec<Mapping<'a>>,
}

/// Why a submission does not fulfil a definition.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SubmissionError {
    /// The submission is for another definition.
    #[error("the submission is for definition `{definition_id}`")]
    OtherDefinition {
        /// The id that it names.
        definition_id: String,
    },
    /// A path that is no JSONPath.
    #[error("path of descriptor `{id}`: {reason}")]
    Path {
        /// The id of the entry.
        id: String,
        /// What is wrong with the path.
        reason: path::Error,
    },
    /// A path that visits too much.
    #[error("path of descriptor `{id}`: {reason}")]
    TooCostly {
        /// The id of the entry.
        id: String,
        /// The limit.
        reason: path::TooCostly,
    },
    /// Nothing is at the path, or more than one thing.
    #[error("path of descriptor `{id}` leads to nothing")]
    Nothing {
        /// The id of the entry.
        id: String,
    },
    /// What is at the path is not in the format that the entry says.
    #[error("what descriptor `{id}` points at is not in format `{format}`")]
    OtherFormat {
        /// The id of the entry.
        id: String,
        /// The format that it says.
        format: ClaimFormat,
    },
    /// What is at the path is no credential of the presentation.
    #[error("what descriptor `{id}` points at is no credential of the presentation")]
    NoCredential {
        /// The id of the entry.
        id: String,
    },
    /// The presentations have more than [`PRESENTED_MAX`] credentials.
    #[error("more than {PRESENTED_MAX} credentials")]
    TooManyCredentials,
    /// There is no presentation, but the definition asks for credentials.
    #[error("no presentation")]
    NoPresentation,
    /// No presentation has the credentials that the definition asks for.
    #[error("no presentation has the required credentials")]
    Unfulfilled {
        /// Why, for each presentation.
        presentations: Vec<NoChoice>,
    },
    /// The definition asks for a credential for which the submission has no entry.
    #[error("no entry for descriptor `{id}`")]
    NotClaimed {
        /// The id of the descriptor.
        id: String,
    },
    /// The submission has an entry that the definition does not ask for.
    #[error("entry for descriptor `{id}` is not asked for")]
    NotAskedFor {
        /// The id of the entry.
        id: String,
    },
    /// The submission names another credential than the first one that matches.
    #[error("descriptor `{id}`: another credential of the presentation is the first that matches")]
    OtherCredential {
        /// The id of the descriptor.
        id: String,
    },
}

impl Submission {
    /// Checks that the presentations fulfil the definition in the way that the submission says.
    pub fn check<'a>(
        &self,
        definition: &Definition,
        envelope: Envelope<'_, 'a>,
    ) -> Result<Fulfilled<'a>, SubmissionError> {
        if self.definition_id != definition.id() {
            let definition_id = self.definition_id.clone();
            return Err(SubmissionError::OtherDefinition { definition_id });
        }
        let presentations = envelope.presentations();
        let presented: usize =
            presentations.iter().map(|presentation| presentation.credentials.len()).sum();
        if presented > PRESENTED_MAX {
            return Err(SubmissionError::TooManyCredentials);
        }
        // Entries are told apart by descriptor: the same one twice is one.
        let mut claimed = BTreeMap::new();
        for entry in &self.descriptor_map {
            claimed.insert(entry.id.as_str(), envelope.resolve(entry)?);
        }
        let (presentation, choice) = expected(definition, presentations)?;
        let credentials = presentation.and_then(|index| presentations.get(index));
        let credentials = credentials.map_or(&[][..], |found| found.credentials.as_slice());
        compare(definition, &choice, credentials, &claimed)?;
        Ok(Fulfilled { presentation, mappings: choice.mappings })
    }
}

/// The first presentation that fulfils the definition, and the credentials that are the first to match.
fn expected<'a>(
    definition: &Definition,
    presentations: &[PresentationView<'a>],
) -> Result<(Option<usize>, Choice<'a>), SubmissionError> {
    if presentations.is_empty() {
        return if definition.requires_credentials() {
            Err(SubmissionError::NoPresentation)
        } else {
            Ok((None, Choice::default()))
        };
    }
    let mut refusals = Vec::new();
    for (index, presentation) in presentations.iter().enumerate() {
        match definition.first_match(&presentation.credentials) {
            Ok(choice) => return Ok((Some(index), choice)),
            Err(refusal) => refusals.push(refusal),
        }
    }
    let explained = refusals.into_iter().zip(presentations).map(|(refusal, presentation)| {
        refusal.explained(definition, &presentation.credentials, &Selection::new())
    });
    Err(SubmissionError::Unfulfilled { presentations: explained.collect() })
}

/// SECURITY: the claims come from the verifier's own choice; an entry can only agree with it.
fn compare(
    definition: &Definition,
    choice: &Choice<'_>,
    credentials: &[Candidate<'_>],
    claimed: &BTreeMap<&str, &Value>,
) -> Result<(), SubmissionError> {
    let mut expected: BTreeMap<&str, &Value> = BTreeMap::new();
    for mapping in &choice.mappings {
        let id = definition.descriptors().get(mapping.descriptor).map(Descriptor::id);
        let credential = credentials.get(mapping.candidate).map(|candidate| candidate.raw);
        expected.extend(id.zip(credential));
    }
    for (id, credential) in &expected {
        match claimed.get(id) {
            None => return Err(SubmissionError::NotClaimed { id: (*id).to_owned() }),
            Some(other) if other != credential => {
                return Err(SubmissionError::OtherCredential { id: (*id).to_owned() });
            }
            Some(_) => {}
        }
    }
    match claimed.keys().find(|id| !expected.contains_key(*id)) {
        Some(id) => Err(SubmissionError::NotAskedFor { id: (*id).to_owned() }),
        None => Ok(()),
    }
}

impl<'e, 'a> Envelope<'e, 'a> {
    fn presentations(self) -> &'e [PresentationView<'a>] {
        match self {
            Self::Single(presentation) => std::slice::from_ref(presentation),
            Self::List(presentations) => presentations,
        }
    }

    /// Follows an entry to the credential that it means, as received.
    fn resolve(self, entry: &Entry) -> Result<&'a Value, SubmissionError> {
        let path = read_path(entry)?;
        let costly = |reason| SubmissionError::TooCostly { id: entry.id.clone(), reason };
        let nothing = || SubmissionError::Nothing { id: entry.id.clone() };
        let (presentation, rest) = match self {
            Self::Single(presentation) => (presentation, path.rest()),
            Self::List(presentations) => {
                let (index, rest) = path.split_index().ok_or_else(nothing)?;
                (element(presentations, index).ok_or_else(nothing)?, rest)
            }
        };
        if rest.is_root() {
            return presentation.resolve_nested(entry);
        }
        presentation.credential(&rest.evaluate(presentation.view).map_err(costly)?, entry)
    }
}

impl<'a> PresentationView<'a> {
    /// Goes on from an entry that means the presentation itself.
    fn resolve_nested(&self, entry: &Entry) -> Result<&'a Value, SubmissionError> {
        // A JWT in a list has always been called `ldp_vp` as well: it is evaluated as its content.
        let is_named = match self.format {
            PresentationFormat::JwtVp => {
                matches!(entry.format, ClaimFormat::JwtVp | ClaimFormat::LdpVp)
            }
            PresentationFormat::LdpVp => entry.format == ClaimFormat::LdpVp,
        };
        if !is_named {
            let id = entry.id.clone();
            return Err(SubmissionError::OtherFormat { id, format: entry.format });
        }
        let Some(nested) = entry.path_nested.as_deref() else {
            return Err(SubmissionError::NoCredential { id: entry.id.clone() });
        };
        let path = read_path(nested)?;
        if path.rest().is_root() {
            return self.resolve_nested(nested);
        }
        let found = path.evaluate(self.view, Subject::AsWritten);
        let costly = |reason| SubmissionError::TooCostly { id: nested.id.clone(), reason };
        let found = match found.map_err(costly)? {
            // From inside a list, a single credential of a JSON-LD presentation is no list, however it was written.
            Found::Node(Value::Array(single))
                if self.format == PresentationFormat::LdpVp && single.len() == 1 =>
            {
                single.first().map_or(Found::Nothing, Found::Node)
            }
            found => found,
        };
        self.credential(&found, nested)
    }

    /// The credential that was found, as received.
    fn credential(&self, found: &Found<'a>, entry: &Entry) -> Result<&'a Value, SubmissionError> {
        let Found::Node(value) = *found else {
            return Err(SubmissionError::Nothing { id: entry.id.clone() });
        };
        // SECURITY: only what is verified as a credential of this presentation counts, wherever else it may stand.
        let Some(candidate) = self.credentials.iter().find(|candidate| candidate.raw == value)
        else {
            return Err(SubmissionError::NoCredential { id: entry.id.clone() });
        };
        if entry.path_nested.is_some() {
            // Inside of a credential there are no credentials.
            return Err(SubmissionError::NoCredential { id: entry.id.clone() });
        }
        if ClaimFormat::from(candidate.format) != entry.format {
            let id = entry.id.clone();
            return Err(SubmissionError::OtherFormat { id, format: entry.format });
        }
        Ok(candidate.raw)
    }
}

fn read_path(entry: &Entry) -> Result<Path, SubmissionError> {
    Path::parse(&entry.path)
        .map_err(|reason| SubmissionError::Path { id: entry.id.clone(), reason })
}

/// The presentation at an index, which counts from the end when it is negative.
fn element<T>(list: &[T], index: i64) -> Option<&T> {
    let distance = usize::try_from(index.unsigned_abs()).ok()?;
    if index < 0 { list.get(list.len().checked_sub(distance)?) } else { list.get(distance) }
}
