//! Everything that the recordings hold of signed documents ends here as it ended there.

use std::collections::{BTreeMap, BTreeSet};

use pecan_credentials::credential::Credential;
use pecan_credentials::date_time;
use pecan_credentials::presentation::Presentation;
use pecan_jose::jwk::PublicKey;
use pecan_jose::jws::Jws;
use pecan_jose::jwt::Claims;
use pecan_jsonld::processor::Processor;
use pecan_vectors::Suite;
use serde_json::Value;
use time::OffsetDateTime;

use crate::world::processor;

/// What was recorded to show a refusal, and the two proofs with a purpose that no signature covers.
const REFUSED: [(&str, &str); 7] = [
    ("vcr/125-create-vp-bad-proofpurpose.json", "proof has an unknown purpose"),
    ("vcr/126-create-vp-tampered-credential.json", "invalid signature"),
    ("vcr/136-verify-vp-tampered-proof.json", "invalid signature"),
    ("vcr/140-verify-vp-jwt-bad-signature.json", "invalid signature"),
    ("vcr/168-verify-vp-with-an-undefined-proofpurpose.json", "proof has an unknown purpose"),
    ("vcr/62-load-tampered-never-stored.json", "invalid signature"),
    ("vcr/64-load-jwt-tampered.json", "invalid signature"),
];

/// The keys in every recorded DID document and vector.
fn keys(files: &[(String, Value)]) -> BTreeMap<String, PublicKey> {
    let mut keys = BTreeMap::new();
    for (_, json) in files {
        each_value(json, &mut |value| {
            let (Some(id), Some(jwk)) = (value["id"].as_str(), value.get("publicKeyJwk")) else {
                return;
            };
            if let Ok(key) = PublicKey::from_jwk(jwk) {
                keys.insert(id.to_owned(), key);
            }
        });
        let jwk = json.get("publicKeyJwk").and_then(|jwk| PublicKey::from_jwk(jwk).ok());
        let id =
            json["document"].pointer("/proof/verificationMethod").or(json.pointer("/header/kid"));
        if let (Some(key), Some(id)) = (jwk, id.and_then(Value::as_str)) {
            keys.insert(id.to_owned(), key);
        }
    }
    keys
}

/// Visits every value, also those in strings that hold JSON or a token.
fn each_value(value: &Value, visit: &mut dyn FnMut(&Value)) {
    visit(value);
    match value {
        Value::Object(members) => members.values().for_each(|value| each_value(value, visit)),
        Value::Array(items) => items.iter().for_each(|value| each_value(value, visit)),
        Value::String(text) if text.starts_with(['{', '[']) => {
            if let Ok(inner) = serde_json::from_str(text) {
                each_value(&inner, visit);
            }
        }
        Value::String(text) => {
            let claims = Jws::parse(text).ok().and_then(|jws| Claims::parse(jws.payload()).ok());
            if let Some(claims) = claims {
                each_value(&Value::Object(claims.into_members()), visit);
            }
        }
        _ => {}
    }
}

/// Why a document is skipped.
const UNRECORDED: &str = "key was not recorded";

/// What became of a signed document; none if it is none.
fn outcome(
    value: &Value,
    keys: &BTreeMap<String, PublicKey>,
    processor: &Processor,
) -> Option<Result<(), String>> {
    let text = |error: &dyn std::error::Error| Some(Err(error.to_string()));
    let is_token = value.is_string();
    let claims = value
        .as_str()
        .and_then(|token| Jws::parse(token).ok())
        .and_then(|jws| Some(Claims::parse(jws.payload()).ok()?.into_members()));
    let holds = |name: &str| claims.as_ref().is_some_and(|claims| claims.contains_key(name));
    let is_presentation =
        holds("vp") || (value.get("type").is_some_and(|kind| kind == "VerifiablePresentation"));
    if is_presentation {
        let presentation = Presentation::from_value(value.clone()).ok()?;
        let key_id = presentation.key_id().ok()?.into_owned();
        let now = presentation.created_at()?;
        let Some(key) = keys.get(&key_id) else { return Some(Err(UNRECORDED.to_owned())) };
        let verified = presentation.verify_signature(key, now, processor);
        return verified.map_or_else(|error| text(&error), |()| Some(Ok(())));
    }
    if !holds("vc")
        && (is_token || value.get("proof").is_none_or(|proof| proof.get("jws").is_none()))
    {
        return None;
    }
    let credential = match Credential::from_value(value.clone()) {
        Ok(credential) => credential,
        Err(error) => return text(&error),
    };
    let key_id = credential.key_id().ok()?.into_owned();
    let now = signed_at(&credential)?;
    let Some(key) = keys.get(&key_id) else { return Some(Err(UNRECORDED.to_owned())) };
    let verified = credential.verify_signature(key, now, processor);
    verified.map_or_else(|error| text(&error), |()| Some(Ok(())))
}

fn signed_at(credential: &Credential) -> Option<OffsetDateTime> {
    match credential.proof() {
        Some(proof) => date_time::parse(proof.members()["created"].as_str()?).ok(),
        None => credential.issued_at(),
    }
}

#[test]
fn recorded_documents_verify_unless_they_were_meant_not_to() {
    let Some(suite) = Suite::find("contract/golden") else { return };
    let files: Vec<(String, Value)> = suite
        .files("", ".json")
        .into_iter()
        .map(|file| (file.clone(), suite.json(&file)))
        .collect();
    let (keys, processor) = (keys(&files), processor());
    let (mut seen, mut refused) = (BTreeSet::new(), BTreeMap::new());
    let (mut verified, mut skipped) = (0, 0);
    for (file, json) in &files {
        each_value(json, &mut |value| {
            if !(value.is_string() || value.is_object()) || !seen.insert(value.to_string()) {
                return;
            }
            match outcome(value, &keys, &processor) {
                Some(Ok(())) => verified += 1,
                Some(Err(why)) if why == UNRECORDED => skipped += 1,
                Some(Err(why)) => {
                    refused.entry(file.clone()).or_insert(why);
                }
                None => {}
            }
        });
    }
    let others = refused.len();
    println!("contract/golden: {verified} verified, {others} refused, {skipped} without a key");
    assert!(verified >= 60, "{verified}");
    let expected = REFUSED.map(|(file, why)| (file.to_owned(), why.to_owned()));
    assert_eq!(refused, BTreeMap::from(expected));
}
