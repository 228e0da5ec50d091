//! Checks a presentation and its credentials (contract/credentials.md 6.4).

use pecan_credentials::credential::Credential;
use pecan_credentials::key_id::KeyIdError;
use pecan_credentials::presentation::{BindingError, Presentation};
use time::OffsetDateTime;

use super::credential::{CredentialError, Times};
use super::signature::SignatureError;
use super::{FAILED, Signature, Verifier, all_in_order};
use crate::FailureKind;

/// Why a presentation is not accepted. `Display` is the whole text: `presentation(s) or credential(s) verification failed: …`.
#[derive(Debug, thiserror::Error)]
pub enum PresentationError {
    /// There is no telling who signed.
    #[error("cannot determine subject of VP: {0}")]
    Signer(#[source] KeyIdError),
    /// The credentials are not the signer's to present.
    #[error("{FAILED}: {}", binding(.0))]
    Binding(#[source] BindingError),
    /// The signature does not count.
    #[error("{FAILED}: {0}")]
    Signature(#[source] SignatureError),
    /// A credential is not accepted.
    #[error("{FAILED}: invalid VC (id={id}): {cause}")]
    Credential {
        /// Its id; empty if it has none.
        id: String,
        /// What is wrong with it.
        #[source]
        cause: CredentialError,
    },
}

fn binding(cause: &BindingError) -> String {
    match cause {
        BindingError::NotSubject => "credential(s) must be presented by subject".to_owned(),
        BindingError::Signer(_)
        | BindingError::Subject(_)
        | BindingError::DifferentSubjects
        | BindingError::NotHolder => cause.to_string(),
    }
}

impl PresentationError {
    /// Whose fault it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Signer(_) | Self::Binding(_) | Self::Signature(_) | Self::Credential { .. } => {
                FailureKind::Invalid
            }
        }
    }
}

/// What the owner of a presentation wants to know about it.
#[derive(Clone, Copy, Debug)]
pub struct PresentationQuestion {
    /// Whether it counts at this time; now, if absent.
    pub valid_at: Option<OffsetDateTime>,
    /// Whether its credentials are checked too.
    pub verify_credentials: bool,
}

impl Verifier {
    /// Checks a presentation and its credentials at a time (contract/credentials.md 6.4): not audience, nonce or replay.
    pub async fn presentation(
        &self,
        presentation: &Presentation,
        at: OffsetDateTime,
    ) -> Result<(), PresentationError> {
        self.envelope(presentation, at).await?;
        self.contents(presentation, Times { at, now: at }).await
    }

    /// Answers a question about a presentation.
    pub async fn answer(
        &self,
        presentation: &Presentation,
        question: PresentationQuestion,
    ) -> Result<(), PresentationError> {
        let now = self.env.clock.now();
        let at = question.valid_at.unwrap_or(now);
        self.envelope(presentation, at).await?;
        if question.verify_credentials {
            self.contents(presentation, Times { at, now }).await?;
        }
        Ok(())
    }

    // In this order: the first failing check decides the answer that the peer sees.
    async fn envelope(
        &self,
        presentation: &Presentation,
        at: OffsetDateTime,
    ) -> Result<(), PresentationError> {
        presentation.signer().map_err(PresentationError::Signer)?;
        presentation.check_binding().map_err(PresentationError::Binding)?;
        let signature = self.signatures.presentation(presentation, at).await;
        signature.map_err(PresentationError::Signature)
    }

    async fn contents(
        &self,
        presentation: &Presentation,
        times: Times,
    ) -> Result<(), PresentationError> {
        let credentials = presentation.credentials().iter();
        let checks = credentials.map(|credential| self.presented(presentation, credential, times));
        all_in_order(checks.collect()).await.map(|_| ())
    }

    async fn presented(
        &self,
        presentation: &Presentation,
        credential: &Credential,
        times: Times,
    ) -> Result<(), PresentationError> {
        // The signature of the presentation, checked before, stands for a credential that has none of its own.
        let signature =
            if presentation.attests(credential) { Signature::Trusted } else { Signature::Checked };
        self.credential_at(credential, signature, times).await.map_err(|cause| {
            PresentationError::Credential {
                id: credential.id().unwrap_or_default().to_owned(),
                cause,
            }
        })
    }
}
