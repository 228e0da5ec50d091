//! A presentation that is being made.

use pecan_jose::jws;
use pecan_jsonld::processor::Processor;
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use super::{VERIFIABLE_PRESENTATION, data_integrity, jwt};
use crate::contexts::CREDENTIALS_V1;
use crate::credential::Credential;
use crate::did::Did;
use crate::proof::sign::PrepareError;
use crate::proof::{Purpose, SigningKey, Unsigned};

/// How long a presentation lasts if the caller does not say.
pub const LIFETIME_DEFAULT: Duration = Duration::minutes(15);

/// What a presentation will say.
#[derive(Clone, Debug)]
pub struct Draft {
    /// `id`: a DID URL below the signer.
    pub id: String,
    /// The holder, where the receiver has to see one: self-attested credentials count only with it.
    pub holder: Option<Did>,
    /// Contexts besides the one of the data model, by URL.
    pub contexts: Vec<String>,
    /// Types besides `VerifiablePresentation`.
    pub types: Vec<String>,
    /// The credentials, in order.
    pub credentials: Vec<Credential>,
    /// Whom it is for: `aud` or `domain`.
    pub audience: Option<String>,
    /// `nonce`.
    pub nonce: Option<String>,
    /// `challenge`; a JWT without nonce has it as `nonce`.
    pub challenge: Option<String>,
    /// When it begins, written as whole seconds.
    pub created_at: OffsetDateTime,
    /// When it ends, written as whole seconds.
    pub expires_at: OffsetDateTime,
    /// What it is made for. A JWT does not say.
    pub purpose: Purpose,
    /// More claims of a JWT. Those that follow from the fields above win.
    pub claims: Map<String, Value>,
}

/// Why a draft does not become a presentation.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum DraftError {
    /// A JWT in a JSON-LD presentation would not be covered by the signature.
    #[error("a JWT credential cannot be in a JSON-LD presentation")]
    JwtInJsonLd,
    /// The document cannot be signed.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
}

impl Draft {
    /// Prepares the JWT.
    pub fn into_jwt(self, key: &SigningKey) -> jws::Unsigned {
        jwt::unsigned(self, key)
    }

    /// Prepares the JSON-LD document; refuses, with every place named, what a signature would not cover.
    pub fn into_json_ld(
        self,
        key: &SigningKey,
        processor: &Processor,
    ) -> Result<Unsigned, DraftError> {
        data_integrity::unsigned(self, key, processor)
    }

    pub(super) fn all_contexts(&self) -> Vec<String> {
        with_first(CREDENTIALS_V1, &self.contexts)
    }

    pub(super) fn all_types(&self) -> Vec<String> {
        with_first(VERIFIABLE_PRESENTATION, &self.types)
    }
}

fn with_first(first: &str, others: &[String]) -> Vec<String> {
    let others = others.iter().filter(|other| *other != first).cloned();
    std::iter::once(first.to_owned()).chain(others).collect()
}
