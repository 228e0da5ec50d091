//! A credential as JSON-LD: its shape, and the document that a draft becomes.
//!
//! The proof itself is in [`crate::proof`], since presentations have the same.

use pecan_jsonld::processor::Processor;
use serde_json::{Map, Value};

use super::draft::Draft;
use super::model::ParseError;
use crate::date_time;
use crate::key_id::KeyIdError;
use crate::one_or_many::{collapse, items};
use crate::proof::sign::PrepareError;
use crate::proof::{Proof, SigningKey, Unsigned};

/// The members that a credential has for Nuts. Others are covered by the signature, but nobody looks at them.
const MEMBERS: [&str; 9] = [
    "@context",
    "id",
    "type",
    "issuer",
    "issuanceDate",
    "expirationDate",
    "credentialStatus",
    "credentialSubject",
    "proof",
];

/// The members that are written alone when there is one.
const COLLAPSING: [&str; 4] = ["type", "credentialSubject", "credentialStatus", "proof"];

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
    let proof = Proof::find(document).ok_or_else(|| KeyIdError::missing_proof(document))?;
    proof.verification_method().ok_or(KeyIdError::MissingVerificationMethod)
}

/// Tells whether a document already is what [`normalize`] makes of it.
pub(super) fn is_normal(document: &Value) -> bool {
    let Some(members) = document.as_object() else { return false };
    members.iter().all(|(name, value)| match name.as_str() {
        "@context" => value.is_array(),
        _ if !MEMBERS.contains(&name.as_str()) || value.is_null() => false,
        collapsing if COLLAPSING.contains(&collapsing) => {
            value.as_array().is_none_or(|list| list.len() >= 2)
        }
        _ => true,
    })
}

/// The document as the reference shows it: known members only, lists of one collapsed, contexts always a list.
pub(super) fn normalize(document: &Value) -> Value {
    let mut normal = Map::new();
    for member in MEMBERS {
        let list = items(document, member);
        let value = match member {
            "@context" => Value::Array(list.to_vec()),
            _ if COLLAPSING.contains(&member) => match list {
                [] => continue,
                [only] => only.clone(),
                [_, _, ..] => Value::Array(list.to_vec()),
            },
            _ => match document.get(member) {
                None | Some(Value::Null) => continue,
                Some(value) => value.clone(),
            },
        };
        normal.insert(member.to_owned(), value);
    }
    Value::Object(normal)
}

/// The document that says what a draft says, prepared for its proof.
pub(super) fn unsigned(
    draft: Draft,
    key: &SigningKey,
    processor: &Processor,
) -> Result<Unsigned, PrepareError> {
    let options = key.options(draft.issued_at);
    Unsigned::new(document(draft), options, key, processor)
}

fn document(draft: Draft) -> Map<String, Value> {
    let mut document = Map::new();
    document.insert("@context".to_owned(), draft.contexts.into());
    if !draft.statuses.is_empty() {
        document.insert("credentialStatus".to_owned(), collapse(draft.statuses));
    }
    let subjects = draft.subjects.into_iter().map(Value::Object).collect();
    document.insert("credentialSubject".to_owned(), collapse(subjects));
    if let Some(expires_at) = draft.expires_at {
        document.insert("expirationDate".to_owned(), date_time::format(expires_at).into());
    }
    document.insert("id".to_owned(), draft.id.into());
    document.insert("issuanceDate".to_owned(), date_time::format(draft.issued_at).into());
    document.insert("issuer".to_owned(), draft.issuer.as_str().into());
    document
        .insert("type".to_owned(), collapse(draft.types.into_iter().map(Value::from).collect()));
    document
}
