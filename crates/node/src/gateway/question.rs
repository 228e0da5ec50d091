//! What a gateway asks.

use bytes::Bytes;
use serde_json::{Map, Value};
use time::OffsetDateTime;

/// What a gateway tells about one request that a client made. How much of it counts is up to the gateway's registration.
pub struct Question {
    /// The method, as the client sent it.
    pub method: String,
    /// The scheme that the gateway saw, if it told.
    pub scheme: Option<String>,
    /// The authority (`host[:port]`) that the gateway saw, if it told.
    pub authority: Option<String>,
    /// The request target as the client sent it: path with query, or absolute form. Not decoded, not cleaned.
    pub target: String,
    /// The client's header fields, in order; names as received.
    pub headers: Vec<(String, Bytes)>,
    /// The body, as far as the gateway tells it.
    pub body: Body,
    /// The client's certificate, if the gateway tells of one.
    pub certificate: Option<Certificate>,
    /// What a gateway that introspects by itself was answered. Counts only with [`Abilities::introspects`](super::Abilities).
    pub introspection: Option<Map<String, Value>>,
    /// What the dialect carries besides, for policies (`context` of AuthZEN and knooppunt, extensions of Envoy).
    pub context: Map<String, Value>,
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The gateway does not tell bodies. What needs one is denied.
    Untold,
    /// All of it; empty if there is none.
    Whole(Bytes),
    /// It is larger than what is read, or was cut by the gateway.
    TooLarge,
}

/// Facts of a client certificate, read from the certificate itself (gateway.md 2.12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Whether the gateway verified its chain.
    pub is_verified: bool,
    /// Subject as an RFC 4514 string.
    pub subject: String,
    /// Issuer as an RFC 4514 string.
    pub issuer: String,
    /// Serial number in lower-case hexadecimal.
    pub serial: String,
    /// DNS names.
    pub dns_names: Vec<String>,
    /// URIs.
    pub uris: Vec<String>,
    /// Other names: object identifier and value as text.
    pub other_names: Vec<(String, String)>,
    /// SHA-256 of the certificate in lower-case hexadecimal.
    pub sha256: String,
    /// Validity.
    pub not_before: OffsetDateTime,
    /// Validity.
    pub not_after: OffsetDateTime,
}
