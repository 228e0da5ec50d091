//! A presentation as JWT: [VC Data Model §6.3.1](https://www.w3.org/TR/vc-data-model/#json-web-token).

use pecan_jose::jws;
use pecan_jose::jwt::Claims;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::draft::Draft;
use super::model::ParseError;
use crate::credential::Credential;
use crate::date_time;
use crate::document::CREDENTIALS;
use crate::proof::SigningKey;
use crate::token;

/// The claim that holds what has no claim of its own.
pub(super) const CONTENT: &str = "vp";

/// What a token shows: its content as sent, and the registered claims that name the presentation and its holder.
pub(super) fn view(claims: &Claims, mut vp: Map<String, Value>) -> Result<Value, ParseError> {
    for (name, claim, member) in [("jti", claims.id(), "id"), ("iss", claims.issuer(), "holder")] {
        let Some(text) = claim else { continue };
        if !is_uri_reference(text) {
            return Err(ParseError::Malformed { member: name });
        }
        vp.insert(member.to_owned(), Value::from(text));
    }
    // A time that cannot be told must not be taken for one that is absent.
    let times =
        [("exp", claims.expires_at()), ("nbf", claims.not_before()), ("iat", claims.issued_at())];
    for (member, seconds) in times {
        if seconds.is_some() && time(seconds).is_none() {
            return Err(ParseError::Malformed { member });
        }
    }
    Ok(Value::Object(vp))
}

/// Tells whether all characters of a text may be in a URI, RFC 3986 §2, and every `%` begins an octet.
fn is_uri_reference(text: &str) -> bool {
    let is_octet = |rest: &str| {
        rest.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    let is_known =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
    text.bytes().all(is_known) && text.split('%').skip(1).all(is_octet)
}

/// A `NumericDate` that is a time.
pub(super) fn time(seconds: Option<i64>) -> Option<OffsetDateTime> {
    date_time::from_unix_seconds(seconds?).ok()
}

/// The token that says what a draft says.
pub(super) fn unsigned(draft: Draft, key: &SigningKey) -> jws::Unsigned {
    let mut vp = Map::new();
    vp.insert("@context".to_owned(), draft.all_contexts().into());
    vp.insert("type".to_owned(), draft.all_types().into());
    if !draft.credentials.is_empty() {
        let credentials = draft.credentials.iter().map(Credential::to_value).collect();
        vp.insert(CREDENTIALS.to_owned(), Value::Array(credentials));
    }
    let mut claims = draft.claims;
    let created_at = token::numeric_date(draft.created_at);
    // One audience as a plain string: RFC 7519 §4.1.3 allows it, and strict readers want it.
    if let Some(audience) = draft.audience {
        claims.insert("aud".to_owned(), audience.into());
    }
    claims.insert("exp".to_owned(), token::numeric_date(draft.expires_at));
    claims.insert("iat".to_owned(), created_at.clone());
    if let Some(holder) = draft.holder {
        claims.insert("iss".to_owned(), holder.as_str().into());
    }
    claims.insert("jti".to_owned(), draft.id.into());
    claims.insert("nbf".to_owned(), created_at);
    if let Some(nonce) = draft.nonce.or(draft.challenge) {
        claims.insert("nonce".to_owned(), nonce.into());
    }
    claims.insert("sub".to_owned(), key.id.did().as_str().into());
    claims.insert(CONTENT.to_owned(), Value::Object(vp));
    token::unsigned(key.token_header(), claims)
}
