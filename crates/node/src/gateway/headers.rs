//! The client's header fields: whether they can be trusted to mean one thing, and what some of them say.

use bytes::Bytes;

use super::{Question, Registration};

/// Fields that may be there once.
const SINGLE: [&str; 5] = ["authorization", "dpop", "host", "content-type", "content-encoding"];

/// Fields that ask a server to take the request for one with another method.
const METHOD_OVERRIDES: [&str; 3] =
    ["x-http-method-override", "x-http-method", "x-method-override"];

/// Fields on which a decision depends, so that a back end must not find them under another spelling.
const DECISIVE: [&str; 9] = [
    "content-type",
    "content-encoding",
    "content-length",
    "transfer-encoding",
    "if-match",
    "if-none-match",
    "if-none-exist",
    "if-modified-since",
    "prefer",
];

/// The fields by which the identity of the client goes to the service behind.
pub(super) const IDENTITY: [&str; 9] = [
    "X-Userinfo",
    "X-Pecan-Client-Id",
    "X-Pecan-Scope",
    "X-Pecan-Organization-Ura",
    "X-Pecan-Organization-Name",
    "X-Pecan-User-Id",
    "X-Pecan-User-Role",
    "X-Pecan-Decision-Id",
    "X-Pecan-Identity",
];

/// Fields that hold what only the client, or a gateway, may know; no policy needs them.
const SECRET: [&str; 7] = [
    "authorization",
    "proxy-authorization",
    "dpop",
    "cookie",
    "x-access-token",
    "x-userinfo",
    "x-pecan-identity",
];

/// Why header fields do not mean one thing; for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum HeaderError {
    #[error("header `{0}` is there twice")]
    Twice(&'static str),
    #[error("header `{0}` would override the method")]
    MethodOverride(&'static str),
    #[error("a back end may take header `{name}` for `{known}`")]
    Alias { name: String, known: &'static str },
    #[error("header `{0}` of the client would remain: the gateway does not set it")]
    Remains(&'static str),
}

/// The value of a field, if it is there.
pub(super) fn find<'q>(question: &'q Question, name: &str) -> Option<&'q Bytes> {
    let found = question.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value)
}

/// The fields that policies may see, in order.
pub(super) fn for_policies(question: &Question) -> impl Iterator<Item = &(String, Bytes)> {
    let is_secret = |name: &str| SECRET.into_iter().any(|secret| name.eq_ignore_ascii_case(secret));
    question.headers.iter().filter(move |(name, _)| !is_secret(name))
}

/// Refuses what gateway, policy and back end could read differently.
pub(super) fn check(question: &Question, gateway: &Registration) -> Result<(), HeaderError> {
    let mut seen = [false; SINGLE.len()];
    for (name, _) in &question.headers {
        for (known, seen) in SINGLE.into_iter().zip(&mut seen) {
            if name.eq_ignore_ascii_case(known) && std::mem::replace(seen, true) {
                return Err(HeaderError::Twice(known));
            }
        }
        if let Some(known) = METHOD_OVERRIDES.into_iter().find(|known| is_folded(name, known)) {
            return Err(HeaderError::MethodOverride(known));
        }
        check_identity(name, gateway)?;
        if let Some(known) = DECISIVE.into_iter().find(|known| is_alias(name, known)) {
            return Err(HeaderError::Alias { name: shown(name), known });
        }
    }
    Ok(())
}

// SECURITY: the service behind believes these fields, so that no client writes into them, under whatever spelling.
fn check_identity(name: &str, gateway: &Registration) -> Result<(), HeaderError> {
    let Some(known) = IDENTITY.into_iter().find(|known| is_folded(name, known)) else {
        return Ok(());
    };
    if !name.eq_ignore_ascii_case(known) {
        return Err(HeaderError::Alias { name: shown(name), known });
    }
    // A gateway that introspects writes this one before it asks.
    let is_own = known == IDENTITY[0] && gateway.abilities.introspects;
    if gateway.abilities.sets_headers || is_own { Ok(()) } else { Err(HeaderError::Remains(known)) }
}

fn is_alias(name: &str, known: &str) -> bool {
    is_folded(name, known) && !name.eq_ignore_ascii_case(known)
}

/// Whether a back end of the CGI kind takes one name for the other: it folds case, and `-`, `_` and `.` into one.
fn is_folded(name: &str, known: &str) -> bool {
    let fold = |byte: u8| match byte {
        b'_' | b'.' => b'-',
        _ => byte.to_ascii_lowercase(),
    };
    name.len() == known.len()
        && name.bytes().zip(known.bytes()).all(|(one, other)| fold(one) == fold(other))
}

/// How much of a name the log repeats, in characters.
const NAME_SHOWN_MAX: usize = 64;

fn shown(name: &str) -> String {
    name.chars().take(NAME_SHOWN_MAX).collect()
}
