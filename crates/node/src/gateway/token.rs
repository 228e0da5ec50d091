//! Who asks: the access token of a request, and what it stands for.

use bytes::Bytes;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::routes::Prepared;
use super::{Denied, Gateway, Question, Refusal, Registration, headers};

/// The longest access token that is looked up, in bytes. Ours have 43.
const TOKEN_BYTES_MAX: usize = 4096;

/// How a token was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// RFC 6750 §2.1.
    Bearer,
    /// RFC 9449 §7.1.
    Dpop,
}

/// The client of a request.
pub(super) struct Client<'q> {
    /// The answer to introspection, as text.
    pub(super) json: Bytes,
    /// The same, read.
    pub(super) claims: Map<String, Value>,
    /// The token, as far as the gateway tells it.
    pub(super) token: Option<&'q str>,
    /// How the client sent it; unknown if the gateway introspected.
    pub(super) scheme: Option<Scheme>,
}

impl Client<'_> {
    /// A claim that is a text; empty if there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.claims.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The thumbprint of the key that the token is bound to (RFC 9449 §6.2).
    // SECURITY: a token that is bound in a way that is not understood here is not an unbound one.
    pub(super) fn thumbprint(&self) -> Result<Option<&str>, &'static str> {
        match self.claims.get("cnf") {
            None => Ok(None),
            Some(confirmation) => match confirmation.get("jkt").and_then(Value::as_str) {
                Some(thumbprint) => Ok(Some(thumbprint)),
                None => Err("the token is bound to something that is no key of a DPoP proof"),
            },
        }
    }
}

/// What the client may know of a token that does not count.
pub(super) fn unauthenticated(
    route: &Prepared,
    error: Option<&'static str>,
    reason: &str,
) -> Denied {
    let resource_metadata = Some(route.metadata_url.clone());
    Denied {
        refusal: Refusal::Unauthenticated { error, nonce: None, resource_metadata },
        reason: reason.to_owned(),
    }
}

impl Gateway {
    /// The client of a request: by the token that it sent, or by what the gateway found out about it.
    pub(super) async fn find_client<'q>(
        &self,
        route: &Prepared,
        gateway: &Registration,
        question: &'q Question,
        now: OffsetDateTime,
    ) -> Result<Client<'q>, Denied> {
        let refuse = |reason: &str| unauthenticated(route, Some("invalid_token"), reason);
        let client = match headers::find(question, "authorization") {
            Some(field) => {
                let (scheme, token) = match read(field) {
                    Ok(read) => read,
                    Err(Unread::OtherScheme) => {
                        return Err(unauthenticated(route, None, "no access token was sent"));
                    }
                    Err(Unread::Malformed) => return Err(refuse("the access token is malformed")),
                };
                // SECURITY: whatever goes wrong here is no access, and no server error that a gateway may let pass.
                let active = self.authorization_server.find_active(token, now).await;
                let active = active.map_err(|error| {
                    Denied::forbidden(format!("the access token cannot be looked up: {error}"))
                })?;
                let active = active.ok_or_else(|| refuse("the access token is not active"))?;
                let (token, scheme) = (Some(token), Some(scheme));
                Client { json: active.json, claims: active.claims, token, scheme }
            }
            None => match told(gateway, question, now) {
                None => return Err(unauthenticated(route, None, "no access token was sent")),
                Some(Err(reason)) => return Err(refuse(reason)),
                Some(Ok(claims)) => Client {
                    json: serde_json::to_vec(&claims).unwrap_or_default().into(),
                    claims,
                    token: headers::find(question, "x-access-token")
                        .and_then(|token| std::str::from_utf8(token).ok())
                        .filter(|token| !token.is_empty()),
                    scheme: None,
                },
            },
        };
        // SECURITY: a token for another subject of this node is none for this one.
        if client.text("iss") != route.issuer {
            return Err(refuse("the access token was issued by another authorization server"));
        }
        Ok(client)
    }
}

/// The claims that a gateway found by itself; `None` if it tells none, or is not trusted to.
fn told(
    gateway: &Registration,
    question: &Question,
    now: OffsetDateTime,
) -> Option<Result<Map<String, Value>, &'static str>> {
    let claims = question.introspection.as_ref().filter(|_| gateway.abilities.introspects)?;
    let is_active = claims.get("active") == Some(&Value::Bool(true));
    // An answer without an end could be told for ever.
    let expires_at = claims.get("exp").and_then(Value::as_i64);
    if !is_active || expires_at.is_none_or(|expires_at| expires_at <= now.unix_timestamp()) {
        return Some(Err("the gateway tells of an access token that is not active"));
    }
    Some(Ok(claims.clone()))
}

/// Why a field has no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unread {
    OtherScheme,
    Malformed,
}

/// Scheme and token of an `Authorization` field, RFC 9110 §11.4. The scheme has any case.
fn read(field: &[u8]) -> Result<(Scheme, &str), Unread> {
    let text = std::str::from_utf8(field).map_err(|_| Unread::Malformed)?.trim_ascii();
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    let scheme = if scheme.eq_ignore_ascii_case("bearer") {
        Scheme::Bearer
    } else if scheme.eq_ignore_ascii_case("dpop") {
        Scheme::Dpop
    } else {
        return Err(Unread::OtherScheme);
    };
    let token = token.trim_ascii();
    let is_token68 = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
    };
    if token.is_empty() || token.len() > TOKEN_BYTES_MAX || !token.bytes().all(is_token68) {
        return Err(Unread::Malformed);
    }
    Ok((scheme, token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_schemes_are_read_in_any_case() {
        let cases: [(&[u8], _); 13] = [
            (b"Bearer abc", Ok((Scheme::Bearer, "abc"))),
            (b"bEARER abc", Ok((Scheme::Bearer, "abc"))),
            (b"DPoP abc-._~+/=", Ok((Scheme::Dpop, "abc-._~+/="))),
            (b" dpop  abc ", Ok((Scheme::Dpop, "abc"))),
            (b"Basic abc", Err(Unread::OtherScheme)),
            (b"", Err(Unread::OtherScheme)),
            (b"abc", Err(Unread::OtherScheme)),
            (b"Bearer", Err(Unread::Malformed)),
            (b"Bearer ", Err(Unread::Malformed)),
            (b"Bearer a b", Err(Unread::Malformed)),
            (b"Bearer a, Bearer b", Err(Unread::Malformed)),
            (b"Bearer \xff", Err(Unread::Malformed)),
            (b"Bearer \"a\"", Err(Unread::Malformed)),
        ];
        for (field, expected) in cases {
            assert_eq!(read(field), expected, "{field:?}");
        }
    }
}
