//! Verifies the proof of a JSON-LD document under a resolved key.
//!
//! [Data Integrity §4.4](https://www.w3.org/TR/vc-data-integrity/#verify-proof) and
//! [RFC 7797](https://www.rfc-editor.org/rfc/rfc7797). Does not resolve the key, and does not compare challenge, domain
//! or nonce: those are the business of the protocol.

use pecan_jose::digest::sha256;
use pecan_jose::jwk::PublicKey;
use pecan_jose::{jws, jwt};
use pecan_jsonld::canonicalize::{Budget, canonicalize};
use pecan_jsonld::document::Document;
use pecan_jsonld::processor::{Processor, Rdf};
use pecan_jsonld::rdf::Dataset;
use serde_json::Value;
use time::OffsetDateTime;

use super::options::OptionsError;
use super::{CoverageError, NotATerm, Options, Proof, coverage, naming};
use crate::credential::HiddenStatement;
use crate::key_id::KeyIdError;

/// What is asked of a JSON-LD document besides its signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// All that the document says is covered by the signature. What a node decides on.
    Covered,
    /// The signature alone. Shows that documents of others verify; nothing in them may be relied upon.
    SignatureOnly,
}

/// Why a signature does not count.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum VerifyError {
    /// There is no telling whose key it is, or it is the key of someone else.
    #[error(transparent)]
    KeyId(#[from] KeyIdError),
    /// The proof cannot be read.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// The proof was made later than now, or has ended.
    #[error("proof not valid at given time")]
    NotValidNow,
    /// The JWS is malformed, or names an algorithm that is not in use.
    #[error("invalid signature encoding")]
    Jws(#[from] jws::ParseError),
    /// The JWS does not say that it signs raw bytes, RFC 7797 §3.
    #[error("proof signature must have `b64` false and critical")]
    Encoded,
    /// The document cannot be canonicalised.
    #[error("document cannot be canonicalized")]
    Document(#[from] pecan_jsonld::error::Error),
    /// The document says more than its signature covers.
    #[error(transparent)]
    Coverage(#[from] CoverageError),
    /// The document hides claims from those who read its JSON.
    #[error(transparent)]
    Naming(#[from] NotATerm),
    /// The credential hides what it counts for from those who read its JSON.
    #[error(transparent)]
    Statement(#[from] HiddenStatement),
    /// The signature is not of this key over this text.
    #[error("invalid signature")]
    Signature(#[source] jws::VerifyError),
    /// The token is too old or too new.
    #[error("unable to validate JWT signature: {0}")]
    Time(jwt::TimeError),
    /// The token does not say when it begins, as a presentation must.
    #[error("unable to validate JWT signature: \"nbf\" not satisfied: required claim not found")]
    NotBeforeMissing,
    /// The document is signed, but is no presentation.
    #[error("type `VerifiablePresentation` is required")]
    NotAPresentation,
}

/// Under what a document is verified.
#[derive(Clone, Copy)]
pub(crate) struct Check<'a> {
    pub(crate) key: &'a PublicKey,
    pub(crate) now: OffsetDateTime,
    pub(crate) processor: &'a Processor,
    pub(crate) policy: Policy,
}

/// Verifies a document as it was received.
pub(crate) fn verify(document: &Value, check: Check<'_>) -> Result<(), VerifyError> {
    verify_and(document, check, |_| Ok(()))
}

/// Verifies a document as it was received, and looks at what it says.
pub(crate) fn verify_and(
    document: &Value,
    check: Check<'_>,
    inspect: impl FnOnce(&Dataset<'_>) -> Result<(), VerifyError>,
) -> Result<(), VerifyError> {
    let proof = Proof::find(document).ok_or(KeyIdError::missing_proof(document))?;
    // Cheap checks first: canonicalisation is for proofs that could be good.
    let options = Options::read(proof)?;
    if check.policy == Policy::Covered {
        options.check_purpose()?;
    }
    if !options.is_valid_at(check.now) {
        return Err(VerifyError::NotValidNow);
    }
    let jws = signature(proof)?;
    let without_proof = Document::new(document).without("proof");
    let Rdf { dataset, uncovered } = check.processor.to_rdf(&without_proof)?;
    if check.policy == Policy::Covered {
        // SECURITY: what the N-Quads leave out can be changed without breaking the signature.
        coverage::check(document, uncovered)?;
        naming::check(document, &dataset)?;
        inspect(&dataset)?;
    }
    let nquads =
        canonicalize(&dataset, Budget::default()).map_err(pecan_jsonld::error::Error::from)?;
    jws.verify(check.key, &payload(&options, &nquads)).map_err(VerifyError::Signature)
}

/// Checks the times of the one proof of a document.
pub(crate) fn check_times(document: &Value, now: OffsetDateTime) -> Result<(), VerifyError> {
    let proof = Proof::find(document).ok_or(KeyIdError::missing_proof(document))?;
    if Options::read(proof)?.is_valid_at(now) { Ok(()) } else { Err(VerifyError::NotValidNow) }
}

fn signature(proof: Proof<'_>) -> Result<jws::DetachedJws, VerifyError> {
    let text = match proof.members().get("jws") {
        Some(Value::String(text)) => text,
        Some(_) => return Err(OptionsError::Malformed { member: "jws" }.into()),
        None => return Err(OptionsError::Missing { member: "jws" }.into()),
    };
    let jws = jws::DetachedJws::parse(text)?;
    // SECURITY: the header is part of what is signed; a reader that ignores it accepts `alg: none`.
    if !jws.is_unencoded() {
        return Err(VerifyError::Encoded);
    }
    Ok(jws)
}

/// The payload of the signature: 32 bytes for the options, then 32 for the document.
pub(crate) fn payload(options: &Options<'_>, document_nquads: &str) -> [u8; 64] {
    let mut payload = [0; 64];
    let (first, second) = payload.split_at_mut(32);
    first.copy_from_slice(&sha256(options.to_nquads().as_bytes()));
    second.copy_from_slice(&sha256(document_nquads.as_bytes()));
    payload
}
