//! Makes the proof of a JSON-LD document.
//!
//! [Data Integrity §4.2](https://www.w3.org/TR/vc-data-integrity/#add-proof). Keeps the order of the contexts and puts
//! the one that defines the proof last.

use pecan_jose::algorithm::Algorithm;
use pecan_jose::jws::{self, HeaderFields};
use pecan_jose::signer::{self, Signer};
use pecan_jsonld::canonicalize::{Budget, canonicalize};
use pecan_jsonld::document::Document;
use pecan_jsonld::processor::{Processor, Rdf};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::verify::payload;
use super::{CoverageError, NotATerm, Options, coverage, naming};
use crate::contexts::JWS_2020;
use crate::did::DidUrl;

/// Which key signs: its id, and the algorithm it signs with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    /// The verification method in the signer's DID document.
    pub id: DidUrl,
    /// The algorithm that belongs to the key.
    pub algorithm: Algorithm,
}

impl SigningKey {
    /// The protected header of a token that this key signs.
    pub(crate) fn token_header(&self) -> HeaderFields {
        HeaderFields {
            algorithm: self.algorithm,
            key_id: Some(self.id.to_string()),
            typ: Some("JWT".to_owned()),
            extra: Map::new(),
        }
    }

    /// Starts the options of a proof that this key makes.
    pub(crate) fn options(&self, created_at: OffsetDateTime) -> Options<'static> {
        Options::new(&self.id, created_at)
    }
}

/// Why a document cannot be signed.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum PrepareError {
    /// The document cannot be canonicalised.
    #[error("document cannot be canonicalized")]
    Document(#[from] pecan_jsonld::error::Error),
    /// The document says more than a signature would cover.
    #[error(transparent)]
    Coverage(#[from] CoverageError),
    /// The document has a keyword or an IRI where verifiers ask for a term.
    #[error(transparent)]
    Naming(#[from] NotATerm),
}

/// A document that only waits for its signature.
pub struct Unsigned {
    document: Map<String, Value>,
    options: Options<'static>,
    jws: jws::Unsigned,
}

impl Unsigned {
    /// Prepares a document without proof. Every part of it must be something that the signature covers.
    pub fn new(
        document: Map<String, Value>,
        options: Options<'static>,
        key: &SigningKey,
        processor: &Processor,
    ) -> Result<Self, PrepareError> {
        let document = Value::Object(document);
        let Rdf { dataset, uncovered } = processor.to_rdf(&Document::new(&document))?;
        coverage::check(&document, uncovered)?;
        naming::check(&document, &dataset)?;
        let nquads =
            canonicalize(&dataset, Budget::default()).map_err(pecan_jsonld::error::Error::from)?;
        let header = HeaderFields {
            algorithm: key.algorithm,
            key_id: Some(key.id.to_string()),
            typ: None,
            extra: Map::new(),
        };
        let jws = jws::Unsigned::detached_unencoded(header, &payload(&options, &nquads));
        let Value::Object(document) = document else { unreachable!("made from a map above") };
        Ok(Self { document, options, jws })
    }

    /// The bytes to sign.
    pub fn signing_input(&self) -> &[u8] {
        self.jws.signing_input()
    }

    /// The signed document.
    pub fn attach(self, signature: &[u8]) -> Value {
        let jws = self.jws.attach(signature);
        finish(self.document, self.options, jws)
    }

    /// Signs with a key that is at hand.
    pub fn sign(self, signer: &dyn Signer) -> Result<Value, signer::SignError> {
        let jws = self.jws.sign(signer)?;
        Ok(finish(self.document, self.options, jws))
    }
}

fn finish(mut document: Map<String, Value>, options: Options<'static>, jws: String) -> Value {
    if let Some(Value::Array(contexts)) = document.get_mut("@context")
        && !contexts.iter().any(|context| context == JWS_2020)
    {
        contexts.push(Value::from(JWS_2020));
    }
    document.insert("proof".to_owned(), options.into_proof(jws));
    document.sort_keys();
    Value::Object(document)
}
