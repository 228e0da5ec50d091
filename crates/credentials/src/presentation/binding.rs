//! Binds the credentials of a presentation to who signed it.
//!
//! Pure comparison: verify the signatures first or afterwards, but do verify them.

use super::model::Presentation;
use crate::credential::{Credential, SubjectError};
use crate::did::Did;
use crate::key_id::KeyIdError;

/// Why credentials are not the signer's to present. The texts reach peers in `error_description`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindingError {
    /// There is no telling who signed.
    #[error(transparent)]
    Signer(#[from] KeyIdError),
    /// A credential is not about one DID.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// The credentials are about different DIDs.
    #[error("not all VCs have the same credentialSubject.id")]
    DifferentSubjects,
    /// The credentials are about somebody else.
    #[error("presentation signer is not credential subject")]
    NotSubject,
    /// The holder is somebody else.
    #[error("presentation holder must equal credential subject")]
    NotHolder,
}

impl Presentation {
    /// The DID that all credentials are about; none if there are no credentials.
    pub fn subject_id(&self) -> Result<Option<Did>, BindingError> {
        let mut common = None;
        for credential in self.credentials() {
            let id = credential.subject_id()?;
            if common.as_ref().is_some_and(|common| *common != id) {
                return Err(BindingError::DifferentSubjects);
            }
            common = Some(id);
        }
        Ok(common)
    }

    /// Checks that signer, holder and the subject of all credentials are one. A presentation of nothing binds nothing.
    // In this order: the first failing check decides the answer that the peer sees.
    pub fn check_binding(&self) -> Result<(), BindingError> {
        let Some(subject) = self.subject_id()? else { return Ok(()) };
        let signer = self.signer()?;
        if signer != subject {
            return Err(BindingError::NotSubject);
        }
        if self.holder().is_some_and(|holder| signer != *holder) {
            return Err(BindingError::NotHolder);
        }
        Ok(())
    }

    /// Tells whether the signature of this presentation stands for the credential, which has none of its own.
    // SECURITY: a JWT has a signature, even where it has no proof; it is never skipped. Nor may a signer name a holder of
    // its choice: the binding is checked elsewhere too, but this must not depend on the order of the checks.
    pub fn attests(&self, credential: &Credential) -> bool {
        let Some(holder) = self.holder() else { return false };
        !credential.is_signed()
            && credential.issuer() == Some(holder)
            && self.signer().is_ok_and(|signer| signer == *holder)
    }
}
