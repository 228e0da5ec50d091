//! A credential as JWT: the credential that its claims say.
//!
//! [VC Data Model §6.3.1](https://www.w3.org/TR/vc-data-model/#json-web-token).

use pecan_jose::jws;
use pecan_jose::jwt::Claims;
use serde_json::{Map, Value};

use super::draft::Draft;
use super::model::ParseError;
use crate::date_time;
use crate::one_or_many::take_items;
use crate::proof::SigningKey;
use crate::token;

/// The claim that holds what has no claim of its own.
pub(super) const CONTENT: &str = "vc";

/// The credential that a token means: the content, overlaid with the registered claims.
pub(super) fn view(claims: &Claims, mut vc: Map<String, Value>) -> Result<Value, ParseError> {
    let mut subjects = take_items(&mut vc, "credentialSubject");
    if let Some(id) = claims.subject() {
        for subject in subjects.iter_mut().filter_map(Value::as_object_mut) {
            subject.insert("id".to_owned(), Value::from(id));
        }
    }
    let statuses = take_items(&mut vc, "credentialStatus");
    let mut view = Map::new();
    view.insert("@context".to_owned(), Value::Array(take_items(&mut vc, "@context")));
    view.insert("type".to_owned(), Value::Array(take_items(&mut vc, "type")));
    view.insert("credentialSubject".to_owned(), Value::Array(subjects));
    if !statuses.is_empty() {
        view.insert("credentialStatus".to_owned(), Value::Array(statuses));
    }
    let texts = [
        ("id", claims.id().map(Value::from)),
        ("issuer", claims.issuer().map(Value::from)),
        ("issuanceDate", date("nbf", claims.not_before())?),
        ("expirationDate", date("exp", claims.expires_at())?),
    ];
    for (member, claim) in texts {
        if let Some(text) = claim.or_else(|| vc.remove(member)) {
            view.insert(member.to_owned(), text);
        }
    }
    Ok(Value::Object(view))
}

fn date(claim: &'static str, seconds: Option<i64>) -> Result<Option<Value>, ParseError> {
    let Some(seconds) = seconds else { return Ok(None) };
    let time = date_time::from_unix_seconds(seconds)
        .map_err(|_| ParseError::Malformed { member: claim })?;
    Ok(Some(Value::from(date_time::format(time))))
}

/// The token that says what a draft says.
pub(super) fn unsigned(draft: Draft, key: &SigningKey) -> jws::Unsigned {
    let mut vc = Map::new();
    vc.insert("@context".to_owned(), draft.contexts.into());
    if !draft.statuses.is_empty() {
        vc.insert("credentialStatus".to_owned(), draft.statuses.into());
    }
    // A `sub` of another type would make the token unreadable.
    let subject_id = match draft.subjects.as_slice() {
        [only] => only.get("id").filter(|id| id.is_string()).cloned(),
        [] | [_, _, ..] => None,
    };
    let subjects = draft.subjects.into_iter().map(Value::Object).collect();
    vc.insert("credentialSubject".to_owned(), Value::Array(subjects));
    vc.insert("type".to_owned(), draft.types.into());

    let mut claims = Map::new();
    let issued_at = token::numeric_date(draft.issued_at);
    if let Some(expires_at) = draft.expires_at {
        claims.insert("exp".to_owned(), token::numeric_date(expires_at));
    }
    claims.insert("iat".to_owned(), issued_at.clone());
    claims.insert("iss".to_owned(), draft.issuer.as_str().into());
    claims.insert("jti".to_owned(), draft.id.into());
    claims.insert("nbf".to_owned(), issued_at);
    if let Some(id) = subject_id {
        claims.insert("sub".to_owned(), id);
    }
    claims.insert(CONTENT.to_owned(), Value::Object(vc));
    token::unsigned(key.token_header(), claims)
}
