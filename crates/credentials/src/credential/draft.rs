//! A credential that is being issued.

use pecan_jose::jws;
use pecan_jsonld::processor::Processor;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::{VERIFIABLE_CREDENTIAL, data_integrity, jwt};
use crate::contexts::{CREDENTIALS_V1, NUTS_V1, STATUS_LIST_2021};
use crate::did::Did;
use crate::proof::sign::PrepareError;
use crate::proof::{SigningKey, Unsigned};

/// What a credential will say.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// `id`: a DID URL below the issuer.
    pub id: String,
    /// `issuer`.
    pub issuer: Did,
    /// `@context`, by URL; empty for the contexts of Nuts.
    pub contexts: Vec<String>,
    /// `type`.
    pub types: Vec<String>,
    /// `credentialSubject`.
    pub subjects: Vec<Map<String, Value>>,
    /// `issuanceDate`, written as whole seconds.
    pub issued_at: OffsetDateTime,
    /// `expirationDate`, written as whole seconds.
    pub expires_at: Option<OffsetDateTime>,
    /// `credentialStatus`.
    pub statuses: Vec<Value>,
}

/// Why a draft is no credential. The texts are those of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// No type at all.
    #[error("missing credential type")]
    MissingType,
    /// No subject at all.
    #[error("missing credentialSubject")]
    MissingSubject,
    /// More than one type besides `VerifiableCredential`.
    #[error("can only issue VerifiableCredential with at most 1 extra type")]
    TooManyTypes,
}

impl Draft {
    /// Fills in what follows from the rest: contexts and the type that every credential has. Keeps the order given.
    pub fn complete(mut self) -> Result<Self, DraftError> {
        if self.types.is_empty() {
            return Err(DraftError::MissingType);
        }
        if self.subjects.is_empty() {
            return Err(DraftError::MissingSubject);
        }
        let has_base_type = self.types.iter().any(|kind| kind == VERIFIABLE_CREDENTIAL);
        if self.types.len() > 2 || (self.types.len() == 2 && !has_base_type) {
            return Err(DraftError::TooManyTypes);
        }
        if !has_base_type {
            self.types.push(VERIFIABLE_CREDENTIAL.to_owned());
        }
        if self.contexts.is_empty() {
            self.contexts = vec![CREDENTIALS_V1.to_owned(), NUTS_V1.to_owned()];
        }
        if !self.has_context(CREDENTIALS_V1) {
            self.contexts.insert(0, CREDENTIALS_V1.to_owned());
        }
        if !self.statuses.is_empty() && !self.has_context(STATUS_LIST_2021) {
            self.contexts.push(STATUS_LIST_2021.to_owned());
        }
        Ok(self)
    }

    /// Prepares the JWT.
    pub fn into_jwt(self, key: &SigningKey) -> jws::Unsigned {
        jwt::unsigned(self, key)
    }

    /// Prepares the JSON-LD document; refuses, with every place named, what a signature would not cover.
    pub fn into_json_ld(
        self,
        key: &SigningKey,
        processor: &Processor,
    ) -> Result<Unsigned, PrepareError> {
        data_integrity::unsigned(self, key, processor)
    }

    fn has_context(&self, url: &str) -> bool {
        self.contexts.iter().any(|context| context == url)
    }
}
