//! What a peer sends as `vp_token` or `assertion`: one presentation, or a list of them.
//!
//! [OpenID for Verifiable Presentations §6](https://openid.net/specs/openid-4-verifiable-presentations-1_0-20.html#name-response-parameters).
//! Does not match the presentations with a submission.

use std::borrow::Cow;

use pecan_jose::json;
use serde_json::Value;

use super::model::{CREDENTIALS_MAX, ParseError, Presentation};

/// The most presentations in one envelope: each costs a lookup and a signature check.
pub const PRESENTATIONS_MAX: usize = 16;

/// Presentations that came together, read and not verified.
#[derive(Clone, Debug)]
pub struct Envelope {
    presentations: Vec<Presentation>,
    is_list: bool,
}

/// Why a text is no envelope.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EnvelopeError {
    /// The text starts like a JSON array and is not, or names a member twice.
    #[error("list of presentations is invalid: {0}")]
    Json(#[from] json::Error),
    /// The one presentation cannot be read.
    #[error(transparent)]
    Presentation(#[from] ParseError),
    /// A presentation of a list cannot be read.
    #[error("presentation {index} of list: {cause}")]
    Element {
        /// Its place, from 0.
        index: usize,
        /// What is wrong with it.
        cause: ParseError,
    },
    /// More presentations than [`PRESENTATIONS_MAX`].
    #[error("more than {limit} presentations")]
    TooManyPresentations {
        /// The limit.
        limit: usize,
    },
    /// More credentials in all presentations together than [`CREDENTIALS_MAX`].
    #[error("presentations have more than {limit} credentials")]
    TooManyCredentials {
        /// The limit.
        limit: usize,
    },
}

impl Envelope {
    /// Reads a text: one that starts with `[` is a list of presentations, any other is one presentation.
    ///
    /// A JSON string that holds a JWT is neither. A list may be empty.
    pub fn parse(text: &str) -> Result<Self, EnvelopeError> {
        if !text.starts_with('[') {
            let presentations = vec![Presentation::parse(text)?];
            return Ok(Self { presentations, is_list: false });
        }
        let Value::Array(elements) = json::parse(text.as_bytes())? else {
            unreachable!("JSON that starts with a bracket is an array")
        };
        if elements.len() > PRESENTATIONS_MAX {
            return Err(EnvelopeError::TooManyPresentations { limit: PRESENTATIONS_MAX });
        }
        let mut presentations = Vec::with_capacity(elements.len());
        let mut credential_count = 0;
        for (index, element) in elements.into_iter().enumerate() {
            let presentation = Presentation::from_value(element)
                .map_err(|cause| EnvelopeError::Element { index, cause })?;
            credential_count += presentation.credentials().len();
            if credential_count > CREDENTIALS_MAX {
                return Err(EnvelopeError::TooManyCredentials { limit: CREDENTIALS_MAX });
            }
            presentations.push(presentation);
        }
        Ok(Self { presentations, is_list: true })
    }

    /// The presentations, in the order given.
    pub fn presentations(&self) -> &[Presentation] {
        &self.presentations
    }

    /// Tells whether paths of a submission start with an index: `$[0]`.
    pub fn is_list(&self) -> bool {
        self.is_list
    }

    /// What the paths of a submission are evaluated on: the view of the one presentation, or a list of views.
    pub fn view(&self) -> Cow<'_, Value> {
        match self.presentations.as_slice() {
            [only] if !self.is_list => Cow::Borrowed(only.view()),
            list => Cow::Owned(list.iter().map(|it| it.view().clone()).collect()),
        }
    }
}
