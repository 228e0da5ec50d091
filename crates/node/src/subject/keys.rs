//! Adds keys to the documents of a subject: rotation (contract/credentials.md 3.6, 12.8).

use pecan_credentials::did::document::Relationship;
use pecan_credentials::did::verification_method::VerificationMethod;

use super::change::Change;
use super::{Refusal, SubjectError, Subjects};
use crate::key::PreparedKey;

/// Which keys are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NewKeys {
    /// A key that signs.
    pub assertion: bool,
    /// A key that others encrypt for.
    pub encryption: bool,
}

/// What a signing key is for.
const RELATIONSHIPS: [Relationship; 4] = [
    Relationship::AssertionMethod,
    Relationship::Authentication,
    Relationship::CapabilityDelegation,
    Relationship::CapabilityInvocation,
];

impl Subjects {
    /// Adds a key to each document of a subject; old keys stay, the new one signs from now on.
    pub async fn add_keys(
        &self,
        name: &str,
        keys: NewKeys,
    ) -> Result<Vec<VerificationMethod>, SubjectError> {
        if !keys.assertion && !keys.encryption {
            return Err(Refusal::NoKey.into());
        }
        self.add_assertion_keys(name, keys)
            .await
            .map_err(SubjectError::of("could not update DID documents: "))
    }

    async fn add_assertion_keys(
        &self,
        name: &str,
        keys: NewKeys,
    ) -> Result<Vec<VerificationMethod>, Refusal> {
        let now = self.env.clock.now();
        let subject = self.find(name).await?.ok_or(Refusal::NotFound)?;
        if keys.encryption {
            return Err(Refusal::KeyAgreement);
        }
        let mut prepared = Vec::new();
        for did in &subject.dids {
            prepared.push(self.keys.prepare(did).await?);
        }
        let change = Change { name: "subject.add_keys", subject: name, keys: &prepared, now };
        let changed = self
            .change(change, |own| {
                if own.is_deactivated() {
                    return Err(Refusal::Deactivated);
                }
                let document = own.document();
                let added = prepared.iter().filter(|key| key.id().did() == document.id());
                Ok(added.fold((**document).clone(), |document, key| {
                    document.with_method(key.verification_method(), &RELATIONSHIPS)
                }))
            })
            .await;
        if let Err(refusal) = changed {
            for key in prepared {
                self.keys.discard(key).await;
            }
            return Err(refusal);
        }
        Ok(prepared.iter().map(PreparedKey::verification_method).collect())
    }
}
