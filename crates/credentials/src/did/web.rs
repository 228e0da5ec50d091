//! did:web: a DID whose document lies at an `https` URL.
//!
//! [The did:web method](https://w3c-ccg.github.io/did-method-web/). Maps between DID and URL, and makes and checks documents; the
//! request is the caller's.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use super::did::{self, Did};
use super::document::{self, DID_V1, Document, Relationship};
use super::verification_method::VerificationMethod;
use crate::contexts::JWS_2020;

/// The characters that are percent-encoded in a DID and plain in the path of a URL.
const ENCODED_IN_DID: &str = "~!$&'()*+,;=:@";
/// Longest host name, in characters, RFC 1035 §2.3.4.
const HOST_CHARS_MAX: usize = 253;
const DOCUMENT: &str = "/did.json";
const WELL_KNOWN_DOCUMENT: &str = "/.well-known/did.json";

/// The URL of the document of a did:web.
pub fn to_url(did: &Did) -> Result<String, Error> {
    if did.method() != "web" {
        return Err(Error::Method);
    }
    let mut parts = did.method_specific_id().split(':');
    let host = decode(parts.next().unwrap_or_default(), |_| true)?;
    check_host(&host)?;
    let mut url = format!("https://{host}");
    let mut is_root = true;
    for segment in parts {
        check_segment(segment)?;
        url.push('/');
        url.push_str(&decode(segment, |each| ENCODED_IN_DID.contains(each))?);
        is_root = false;
    }
    url.push_str(if is_root { WELL_KNOWN_DOCUMENT } else { DOCUMENT });
    Ok(url)
}

/// The did:web that a URL stands for, with or without the name of the document.
pub fn from_url(url: &str) -> Result<Did, Error> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let rest = rest.ok_or(Error::Scheme)?;
    if rest.contains(['?', '#']) {
        return Err(Error::NotPlain);
    }
    let rest = rest
        .strip_suffix(WELL_KNOWN_DOCUMENT)
        .or_else(|| rest.strip_suffix(DOCUMENT))
        .unwrap_or(rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    check_host(host)?;
    let mut did = format!("did:web:{}", encode(host));
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        check_segment(segment)?;
        did.push(':');
        did.push_str(&encode(segment));
    }
    Ok(Did::parse(&did)?)
}

/// A document with these keys, newest first, each for all purposes but key agreement.
pub fn document(did: &Did, keys: impl IntoIterator<Item = VerificationMethod>) -> Document {
    let mut document = Document::new(did.clone()).with_context(DID_V1).with_context(JWS_2020);
    for key in keys {
        document = document.with_method(
            key,
            &[
                Relationship::AssertionMethod,
                Relationship::Authentication,
                Relationship::CapabilityDelegation,
                Relationship::CapabilityInvocation,
            ],
        );
    }
    document
}

/// Reads what was served for a DID.
pub fn parse(did: &Did, body: &[u8]) -> Result<Document, DocumentError> {
    let document = Document::parse(body)?;
    // SECURITY: whoever serves a document speaks for the DID of its address, and for no other.
    if document.id() == did {
        Ok(document)
    } else {
        Err(DocumentError::OtherId { id: document.id().clone() })
    }
}

/// Accepts `host` and `host:port`, where the host is a name.
fn check_host(text: &str) -> Result<(), Error> {
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let is_name = host.len() <= HOST_CHARS_MAX
        && host.split('.').all(|label| {
            !label.is_empty()
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        });
    if !is_name {
        return Err(Error::Host);
    }
    // SECURITY: URL parsers also read `2130706433` and `0x7f.1` as addresses: a name does not end in a number.
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit())
        || last
            .strip_prefix("0x")
            .or_else(|| last.strip_prefix("0X"))
            .is_some_and(|hexadecimal| hexadecimal.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if is_number || host.parse::<Ipv4Addr>().is_ok() {
        return Err(Error::IpAddress);
    }
    match port {
        None => Ok(()),
        // `parse` alone would accept a sign.
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => match port.parse::<u16>() {
            Ok(1..) => Ok(()),
            Ok(0) | Err(_) => Err(Error::Port),
        },
        Some(_) => Err(Error::Port),
    }
}

/// Refuses segments that would make two DIDs of one URL: empty ones, and those that a URL parser takes away.
fn check_segment(segment: &str) -> Result<(), Error> {
    let dots = segment.replace("%2e", ".").replace("%2E", ".");
    match dots.as_str() {
        "" => Err(Error::EmptySegment),
        "." | ".." => Err(Error::DotSegment),
        _ => Ok(()),
    }
}

/// Decodes those percent escapes that stand for one of the wanted characters.
fn decode(text: &str, is_wanted: impl Fn(char) -> bool) -> Result<String, Error> {
    let mut pieces = text.split('%');
    let mut decoded = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2).ok_or(Error::Host)?;
        let byte = u8::from_str_radix(digits, 16).map_err(|_| Error::Host)?;
        let character = char::from(byte);
        if character.is_ascii() && is_wanted(character) {
            decoded.push(character);
        } else {
            decoded.push('%');
            decoded.push_str(digits);
        }
        decoded.push_str(rest);
    }
    Ok(decoded)
}

fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for character in text.chars() {
        if ENCODED_IN_DID.contains(character) {
            write!(encoded, "%{:02X}", u32::from(character)).expect("a string takes all text");
        } else {
            encoded.push(character);
        }
    }
    encoded
}

/// Why a DID has no URL, or a URL no DID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Another method.
    #[error("not a did:web")]
    Method,
    /// A URL that is not `https` (or `http`, in tests).
    #[error("did:web URL is not https")]
    Scheme,
    /// A URL with a query or a fragment.
    #[error("did:web URL has a query or a fragment")]
    NotPlain,
    /// The host is no name, or has something else than a port behind it.
    #[error("did:web has an invalid host")]
    Host,
    /// The host is an IP address.
    #[error("did:web has an IP address as host")]
    IpAddress,
    /// The port is no number from 1 to 65535.
    #[error("did:web has an invalid port")]
    Port,
    /// Two `:` in a row, or one at the end.
    #[error("did:web has an empty path segment")]
    EmptySegment,
    /// `.` or `..` as a segment.
    #[error("did:web has a dot segment")]
    DotSegment,
    /// A character of the URL cannot stand in a DID.
    #[error(transparent)]
    Did(#[from] did::ParseError),
}

/// Why what was served is not the document of a DID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// No document at all.
    #[error(transparent)]
    Parse(#[from] document::ParseError),
    /// The document of another DID.
    #[error("DID document has the id `{id}`")]
    OtherId {
        /// The `id` of the document.
        id: Did,
    },
}

#[cfg(test)]
mod tests;
