//! Shows presentations and their credentials to Presentation Exchange, which works on borrowed parts of them.

use super::envelope::Envelope;
use super::model::Presentation;
use crate::credential::Credential;
use crate::exchange::Candidate;
use crate::exchange::definition::Definition;
use crate::exchange::submission::{self, Fulfilled, PresentationView, Submission, SubmissionError};

impl<'a> From<&'a Credential> for Candidate<'a> {
    fn from(credential: &'a Credential) -> Self {
        Self {
            view: credential.view(),
            format: credential.format(),
            algorithm: credential.jws().map(|jws| jws.header().algorithm().name()),
            proof_types: credential.proof_types(),
            raw: credential.raw_value(),
        }
    }
}

impl<'a> From<&'a Presentation> for PresentationView<'a> {
    fn from(presentation: &'a Presentation) -> Self {
        Self {
            view: presentation.view(),
            format: presentation.format(),
            credentials: presentation.credentials().iter().map(Candidate::from).collect(),
        }
    }
}

impl Envelope {
    /// Checks that the presentations fulfil a definition in the way that the submission says.
    ///
    /// Does not verify them, and does not check whose they are.
    pub fn check_submission(
        &self,
        definition: &Definition,
        submission: &Submission,
    ) -> Result<Fulfilled<'_>, SubmissionError> {
        let views: Vec<_> = self.presentations().iter().map(PresentationView::from).collect();
        match views.as_slice() {
            [only] if !self.is_list() => {
                submission.check(definition, submission::Envelope::Single(only))
            }
            list => submission.check(definition, submission::Envelope::List(list)),
        }
    }
}
