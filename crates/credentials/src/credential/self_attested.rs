//! Credentials that a holder states about itself, without a signature of their own.
//!
//! They count only in a presentation that the holder signed: see
//! [`Presentation::attests`](crate::presentation::Presentation::attests).

use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::date_time;
use crate::did::Did;

/// Fills in what is missing in a credential without proof; leaves one with a proof as it is.
///
/// `id` is a bare UUID by custom. The subject's id is filled in only if there is one subject.
pub fn fill(credential: &mut Map<String, Value>, id: &str, signer: &Did, now: OffsetDateTime) {
    if credential.get("proof").is_some_and(|proof| !is_empty(proof)) {
        return;
    }
    set_missing(credential, "id", id);
    set_missing(credential, "issuer", signer.as_str());
    set_missing(credential, "issuanceDate", &date_time::format(now));
    let subject = match credential.get_mut("credentialSubject") {
        Some(Value::Object(subject)) => Some(subject),
        Some(Value::Array(subjects)) => match subjects.as_mut_slice() {
            [Value::Object(subject)] => Some(subject),
            _ => None,
        },
        _ => None,
    };
    if let Some(subject) = subject {
        set_missing(subject, "id", signer.as_str());
    }
}

fn set_missing(members: &mut Map<String, Value>, name: &str, text: &str) {
    if members.get(name).is_none_or(is_empty) {
        members.insert(name.to_owned(), Value::from(text));
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}
