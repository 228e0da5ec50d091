//! Whom a credential is about.

use serde_json::Value;

use crate::did::Did;

/// Why there is no one DID that a credential is about. The texts reach peers in `error_description`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// No subject at all.
    #[error("unable to get subject DID from VC: there must be at least 1 credentialSubject")]
    NoSubject,
    /// A subject without `id`.
    #[error("unable to get subject DID from VC: credential subjects have no ID")]
    NoId,
    /// Subjects with different ids.
    #[error("unable to get subject DID from VC: not all credential subjects have the same ID")]
    DifferentIds,
    /// An id that is no DID.
    #[error("unable to get subject DID from VC: invalid DID")]
    NotADid,
}

/// The DID that is the `id` of every subject.
pub(super) fn common_id(subjects: &[Value]) -> Result<Did, SubjectError> {
    let mut common = None;
    for subject in subjects {
        let id = subject.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
        let id = id.ok_or(SubjectError::NoId)?;
        if common.is_some_and(|common| common != id) {
            return Err(SubjectError::DifferentIds);
        }
        common = Some(id);
    }
    Did::parse(common.ok_or(SubjectError::NoSubject)?).map_err(|_| SubjectError::NotADid)
}
