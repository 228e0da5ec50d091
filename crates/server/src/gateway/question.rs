//! From what a dialect read to a question: what all dialects have in common.

use bytes::Bytes;
use http::HeaderMap;
use pecan_node::gateway::{Body, Question, Registration};
use serde_json::{Map, Value};

use super::{base64, certificate, gate};

/// The most header fields of a client's request.
pub(crate) const HEADERS_MAX: usize = 256;

/// Introspection of the token, from a gateway that did it: base64 of the JSON.
const USER_INFO: &str = "x-userinfo";

/// Fields that belong to the connection between gateway and node, or to how a body travelled there: no facts of the client.
const HOP: [&str; 8] = [
    "connection",
    "content-length",
    "expect",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What a dialect read.
pub(crate) struct Told {
    /// The method.
    pub(crate) method: String,
    /// The scheme, if told.
    pub(crate) scheme: Option<String>,
    /// The authority, if told.
    pub(crate) authority: Option<String>,
    /// The request target.
    pub(crate) target: String,
    /// The client's header fields, with those of the gateway among them.
    pub(crate) headers: Vec<(String, Bytes)>,
    /// Names of fields that are the gateway's own words, besides those that always are.
    pub(crate) own_headers: Vec<String>,
    /// The body.
    pub(crate) body: Body,
    /// What introspection said, where the dialect has a place for it.
    pub(crate) introspection: Option<Map<String, Value>>,
    /// What else it carries.
    pub(crate) context: Map<String, Value>,
}

/// Why something is no question. The text is for the operator; a client is told nothing of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    /// A field is not there.
    #[error("`{0}` is missing")]
    Missing(String),
    /// A field is there twice, or has two values.
    #[error("`{0}` has more than one value")]
    Repeated(String),
    /// A field is no text, or text of another form.
    #[error("`{0}` cannot be read")]
    Malformed(String),
    /// More than [`HEADERS_MAX`] fields.
    #[error("more than {0} header fields")]
    TooManyHeaders(usize),
    /// More parameters than are told.
    #[error("more than {0} parameters")]
    TooManyParameters(usize),
    /// A body that is compressed cannot be judged.
    #[error("the body is encoded")]
    Encoded,
    /// A body was announced and has not come.
    #[error("the body did not arrive")]
    NoBody,
    /// A certificate that nobody says to have verified, or that contradicts what is said about it.
    #[error("client certificate: {0}")]
    Certificate(&'static str),
}

/// The question of a gateway.
pub(crate) fn question(gateway: &Registration, told: Told) -> Result<Question, Unreadable> {
    let Told { headers, own_headers, .. } = told;
    if headers.len() > HEADERS_MAX {
        return Err(Unreadable::TooManyHeaders(HEADERS_MAX));
    }
    for (name, value) in &headers {
        // SECURITY: bytes that are no text are read differently by whoever is behind.
        std::str::from_utf8(value).map_err(|_| Unreadable::Malformed(name.clone()))?;
        if is(name, "content-encoding") && !value.trim_ascii().eq_ignore_ascii_case(b"identity") {
            return Err(Unreadable::Encoded);
        }
    }
    let certificate = match &gateway.certificate {
        Some(source) if gateway.abilities.tells_certificate => certificate::read(source, &headers)?,
        Some(_) | None => None,
    };
    let introspection = match told.introspection {
        None if gateway.abilities.introspects => user_info(&headers)?,
        given => given,
    };
    let is_own = |name: &str| {
        is(name, gate::SECRET.as_str())
            || HOP.iter().any(|known| is(name, known))
            || own_headers.iter().any(|known| is(name, known))
            || gateway.certificate.as_ref().is_some_and(|source| certificate::has(source, name))
    };
    Ok(Question {
        method: told.method,
        scheme: told.scheme,
        authority: told.authority,
        target: told.target,
        headers: headers.into_iter().filter(|(name, _)| !is_own(name)).collect(),
        body: told.body,
        certificate,
        introspection,
        context: told.context,
    })
}

/// Whether two names of header fields are one.
pub(crate) fn is(name: &str, other: &str) -> bool {
    name.eq_ignore_ascii_case(other)
}

/// The one value of a field, as text; `None` if it is not there.
pub(crate) fn find_one<'h>(
    headers: &'h [(String, Bytes)],
    name: &str,
) -> Result<Option<&'h str>, Unreadable> {
    let mut found = headers.iter().filter(|(known, _)| is(known, name)).map(|(_, value)| value);
    let Some(value) = found.next() else { return Ok(None) };
    if found.next().is_some() {
        return Err(Unreadable::Repeated(name.to_owned()));
    }
    let text = std::str::from_utf8(value).map_err(|_| Unreadable::Malformed(name.to_owned()))?;
    Ok(Some(text))
}

/// The same for a value that never has a comma of its own: with one, two proxies wrote it, or a client did.
pub(crate) fn find_word(
    headers: &[(String, Bytes)],
    name: &str,
) -> Result<Option<String>, Unreadable> {
    match find_one(headers, name)? {
        Some(text) if text.contains(',') => Err(Unreadable::Repeated(name.to_owned())),
        Some("") | None => Ok(None),
        Some(text) => Ok(Some(text.to_owned())),
    }
}

/// Header fields of a request, in order.
pub(crate) fn fields(headers: &HeaderMap) -> Vec<(String, Bytes)> {
    let field = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.as_str().to_owned(), Bytes::copy_from_slice(value.as_bytes()))
    };
    headers.iter().map(field).collect()
}

fn user_info(headers: &[(String, Bytes)]) -> Result<Option<Map<String, Value>>, Unreadable> {
    let malformed = || Unreadable::Malformed(USER_INFO.to_owned());
    match find_one(headers, USER_INFO)? {
        None | Some("") => Ok(None),
        Some(text) => {
            let json = base64::decode(text.trim()).ok_or_else(malformed)?;
            pecan_jose::json::parse_object(&json).map(Some).map_err(|_| malformed())
        }
    }
}
