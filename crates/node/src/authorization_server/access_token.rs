//! Access tokens: drawn, recorded, found again (contract/iam.md 9.1).
//!
//! A record holds the answers to introspection, ready to be copied out.

use bytes::Bytes;
use pecan_jose::{base64url, digest};
use pecan_oauth::introspection::{Evidence, Introspection};
use pecan_oauth::token::TokenType;
use pecan_platform::random;
use pecan_platform::session::{Key, SessionError, Space};
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use super::AuthorizationServer;

/// How long an access token lives.
pub const ACCESS_TOKEN_LIFETIME: Duration = Duration::seconds(900);

/// The issued access tokens, by [`name`].
pub(super) const TOKENS: Space = Space("serveraccesstoken");

/// An access token that was just issued. A secret: it has no `Debug`.
pub struct AccessToken {
    /// The token.
    pub token: String,
    /// How it is used.
    pub token_type: TokenType,
    /// What was granted.
    pub scope: String,
}

/// What a token is issued on.
pub(super) struct Grant<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) scope: String,
    pub(super) claims: &'a Map<String, Value>,
    pub(super) thumbprint: Option<&'a str>,
    pub(super) evidence: Evidence<'a>,
}

/// What is kept of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// The answer to introspection, and the members that the extended answer has besides.
    Answers { plain: Bytes, evidence: Bytes },
    /// A claim would overwrite a member of the answer, so there is none.
    ReservedClaim { name: String },
}

/// Where a token is stored.
// SECURITY: whoever reads the store finds no tokens, only their hashes.
pub(super) fn name(token: &str) -> String {
    base64url::encode(&digest::sha256(token.as_bytes()))
}

/// A token that was drawn. It stands for something once its record is stored.
pub(super) struct Drawn {
    pub(super) token: AccessToken,
    name: String,
    record: Bytes,
    expires_at: OffsetDateTime,
}

impl AuthorizationServer {
    /// Draws a token, and writes down what it will stand for.
    pub(super) fn draw(&self, grant: Grant<'_>, now: OffsetDateTime) -> Drawn {
        let issued_at = now.unix_timestamp();
        // INVARIANT: the record ends with the second that the answer names.
        let expires_at = now.replace_nanosecond(0).unwrap_or(now) + ACCESS_TOKEN_LIFETIME;
        let introspection = Introspection {
            issuer: grant.issuer,
            client_id: grant.client_id,
            scope: &grant.scope,
            issued_at,
            expires_at: expires_at.unix_timestamp(),
            thumbprint: grant.thumbprint,
            claims: grant.claims,
        };
        let record = match introspection.to_json() {
            Ok(plain) => Record::Answers {
                plain: plain.into(),
                evidence: grant.evidence.to_members().into(),
            },
            Err(reserved) => Record::ReservedClaim { name: reserved.name },
        };
        let token = random::token(self.env.random.as_ref());
        let token_type =
            if grant.thumbprint.is_some() { TokenType::Dpop } else { TokenType::Bearer };
        Drawn {
            name: name(&token),
            record: record.to_bytes(),
            expires_at,
            token: AccessToken { token, token_type, scope: grant.scope },
        }
    }

    /// Stores the record of a token, if there is one.
    pub(super) async fn record(
        &self,
        drawn: Option<&Drawn>,
        now: OffsetDateTime,
    ) -> Result<(), SessionError> {
        let Some(Drawn { name, record, expires_at, .. }) = drawn else { return Ok(()) };
        let key = Key { space: TOKENS, name };
        self.env.sessions.put(key, record.clone(), *expires_at, now).await
    }

    /// Removes the record of a token that nobody gets.
    pub(super) async fn forget(
        &self,
        drawn: &Drawn,
        now: OffsetDateTime,
    ) -> Result<(), SessionError> {
        let key = Key { space: TOKENS, name: &drawn.name };
        self.env.sessions.take(key, now).await.map(drop)
    }
}

/// First byte of a record with answers; then the length of the plain one in four bytes, it, and the evidence.
const ANSWERS: u8 = b'A';
/// First byte of a record with the name of a reserved claim.
const RESERVED_CLAIM: u8 = b'R';

impl Record {
    pub(super) fn to_bytes(&self) -> Bytes {
        match self {
            Self::Answers { plain, evidence } => {
                let length = u32::try_from(plain.len())
                    .expect("the claims come from a body that is limited to a megabyte");
                let mut bytes = Vec::with_capacity(5 + plain.len() + evidence.len());
                bytes.push(ANSWERS);
                bytes.extend_from_slice(&length.to_be_bytes());
                bytes.extend_from_slice(plain);
                bytes.extend_from_slice(evidence);
                bytes.into()
            }
            Self::ReservedClaim { name } => {
                let mut bytes = vec![RESERVED_CLAIM];
                bytes.extend_from_slice(name.as_bytes());
                bytes.into()
            }
        }
    }

    /// Reads a record without copying it; `None` if it was not written by [`to_bytes`](Self::to_bytes).
    pub(super) fn from_bytes(bytes: &Bytes) -> Option<Self> {
        match *bytes.first()? {
            ANSWERS => {
                let length = u32::from_be_bytes(*bytes.get(1..5)?.first_chunk()?);
                let end = 5 + usize::try_from(length).ok()?;
                if end > bytes.len() {
                    return None;
                }
                Some(Self::Answers { plain: bytes.slice(5..end), evidence: bytes.slice(end..) })
            }
            RESERVED_CLAIM => {
                let name = std::str::from_utf8(bytes.get(1..)?).ok()?;
                Some(Self::ReservedClaim { name: name.to_owned() })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_back_as_it_was_written() {
        let answers = Record::Answers {
            plain: Bytes::from_static(b"{\"active\":true}"),
            evidence: Bytes::from_static(b",\"vps\":[]}"),
        };
        for record in [answers, Record::ReservedClaim { name: "iss".to_owned() }] {
            assert_eq!(Record::from_bytes(&record.to_bytes()), Some(record));
        }
    }

    #[test]
    fn bytes_that_are_no_record_are_told() {
        for bytes in
            [&b""[..], b"A", b"A\0\0\0", b"A\0\0\0\x02{", b"A\xff\xff\xff\xff", b"R\xff", b"X"]
        {
            assert_eq!(Record::from_bytes(&Bytes::from_static(bytes)), None, "{bytes:?}");
        }
    }
}
