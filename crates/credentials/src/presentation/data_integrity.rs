//! A presentation as JSON-LD: its shape, and the document that a draft becomes.
//!
//! The proof itself is in [`crate::proof`], since credentials have the same.

use pecan_jsonld::processor::Processor;
use serde_json::{Map, Value};

use super::draft::{Draft, DraftError};
use super::model::ParseError;
use crate::credential::Credential;
use crate::document::CREDENTIALS;
use crate::format::Format;
use crate::key_id::KeyIdError;
use crate::one_or_many::{collapse, items};
use crate::proof::{Proof, SigningKey, Unsigned};

/// The members that a presentation has for Nuts, and whether one of it is written alone.
const MEMBERS: [(&str, bool); 6] = [
    ("@context", false),
    ("id", true),
    ("type", true),
    ("holder", true),
    (CREDENTIALS, true),
    ("proof", true),
];

/// Refuses proofs that are no objects, which might be taken for none.
pub(super) fn check_shape(document: &Value) -> Result<(), ParseError> {
    if items(document, "proof").iter().all(Value::is_object) {
        Ok(())
    } else {
        Err(ParseError::Malformed { member: "proof" })
    }
}

/// The key that the one proof names.
pub(super) fn key_id(document: &Value) -> Result<&str, KeyIdError> {
    let proof = Proof::find(document)
        .ok_or_else(|| KeyIdError::ProofCount { count: items(document, "proof").len() })?;
    proof.verification_method().ok_or(KeyIdError::MissingVerificationMethod)
}

/// The known members, lists of one collapsed.
pub(super) fn normalize(document: &Value) -> Value {
    let mut normal = Map::new();
    for (member, is_collapsing) in MEMBERS {
        let list = items(document, member).to_vec();
        if !list.is_empty() {
            let value = if is_collapsing { collapse(list) } else { Value::Array(list) };
            normal.insert(member.to_owned(), value);
        }
    }
    Value::Object(normal)
}

/// The document that says what a draft says, prepared for its proof.
pub(super) fn unsigned(
    draft: Draft,
    key: &SigningKey,
    processor: &Processor,
) -> Result<Unsigned, DraftError> {
    if draft.credentials.iter().any(|credential| credential.format() == Format::JwtVc) {
        return Err(DraftError::JwtInJsonLd);
    }
    let mut document = Map::new();
    document.insert("@context".to_owned(), draft.all_contexts().into());
    document.insert("id".to_owned(), draft.id.as_str().into());
    let types = draft.all_types().into_iter().map(Value::from).collect();
    document.insert("type".to_owned(), collapse(types));
    if let Some(holder) = &draft.holder {
        document.insert("holder".to_owned(), holder.as_str().into());
    }
    if !draft.credentials.is_empty() {
        let credentials = draft.credentials.iter().map(Credential::to_value).collect();
        document.insert(CREDENTIALS.to_owned(), collapse(credentials));
    }
    let options = key
        .options(draft.created_at)
        .purpose(draft.purpose)
        .expires(Some(draft.expires_at))
        .challenge(draft.challenge)
        .domain(draft.audience)
        .nonce(draft.nonce);
    Ok(Unsigned::new(document, options, key, processor)?)
}
