//! The protected header: [RFC 7515 §4](https://www.rfc-editor.org/rfc/rfc7515#section-4).

use serde_json::{Map, Value};

use super::ParseError;
use crate::algorithm::Algorithm;
use crate::{base64url, json};

/// The most bytes of a header in base64url. Certificates in `x5c` are what takes room.
pub const HEADER_BYTES_MAX: usize = 128 * 1024;

/// A header that was read and understood as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    algorithm: Algorithm,
    certificates: Option<Vec<String>>,
    is_payload_encoded: bool,
    members: Map<String, Value>,
}

impl Header {
    /// Reads a header in base64url.
    pub(super) fn parse(text: &str) -> Result<Self, ParseError> {
        if text.len() > HEADER_BYTES_MAX {
            return Err(ParseError::TooLarge { limit: HEADER_BYTES_MAX });
        }
        let json = base64url::decode(text).map_err(|_| ParseError::NotBase64Url)?;
        let members = json::parse_object(&json).map_err(ParseError::InvalidHeader)?;
        let algorithm = match members.get("alg") {
            Some(Value::String(name)) => name.parse()?,
            Some(_) => return Err(ParseError::WrongType { name: "alg" }),
            None => return Err(ParseError::MissingAlgorithm),
        };
        for name in ["kid", "typ", "cty"] {
            check(&members, name, Value::is_string)?;
        }
        check(&members, "jwk", Value::is_object)?;
        let certificates = certificates(&members)?;
        let is_payload_encoded = is_payload_encoded(&members)?;
        Ok(Self { algorithm, certificates, is_payload_encoded, members })
    }

    /// `alg`, RFC 7515 §4.1.1.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// `kid`, RFC 7515 §4.1.4.
    pub fn key_id(&self) -> Option<&str> {
        self.members.get("kid").and_then(Value::as_str)
    }

    /// `typ`, RFC 7515 §4.1.9, as written.
    pub fn typ(&self) -> Option<&str> {
        self.members.get("typ").and_then(Value::as_str)
    }

    /// `jwk`, RFC 7515 §4.1.3: an object, nothing more is known of it.
    pub fn jwk(&self) -> Option<&Value> {
        self.members.get("jwk")
    }

    /// `x5c`, RFC 7515 §4.1.6: texts, nothing more is known of them.
    pub fn x5c(&self) -> Option<&[String]> {
        self.certificates.as_deref()
    }

    /// `b64`, RFC 7797 §3; true when absent.
    pub(super) fn is_payload_encoded(&self) -> bool {
        self.is_payload_encoded
    }

    /// Whether `crit` names anything.
    pub(super) fn has_critical(&self) -> bool {
        self.members.contains_key("crit")
    }

    /// All members, in the order in which they were written.
    pub fn members(&self) -> &Map<String, Value> {
        &self.members
    }
}

fn check(
    members: &Map<String, Value>,
    name: &'static str,
    is_right: fn(&Value) -> bool,
) -> Result<(), ParseError> {
    match members.get(name) {
        Some(value) if !is_right(value) => Err(ParseError::WrongType { name }),
        Some(_) | None => Ok(()),
    }
}

fn certificates(members: &Map<String, Value>) -> Result<Option<Vec<String>>, ParseError> {
    let wrong = || ParseError::WrongType { name: "x5c" };
    match members.get("x5c") {
        None => Ok(None),
        Some(Value::Array(elements)) => elements
            .iter()
            .map(|element| element.as_str().map(str::to_owned).ok_or_else(wrong))
            .collect::<Result<_, _>>()
            .map(Some),
        Some(_) => Err(wrong()),
    }
}

/// Reads `b64` and `crit` together: the first counts only under the second, RFC 7797 §6.
fn is_payload_encoded(members: &Map<String, Value>) -> Result<bool, ParseError> {
    let is_critical = match members.get("crit") {
        None => false,
        // SECURITY: an extension that is not understood changes what is signed; only one is understood.
        Some(Value::Array(names)) => match names.as_slice() {
            [Value::String(name)] if name == "b64" && members.contains_key("b64") => true,
            _ => return Err(ParseError::UnsupportedCritical),
        },
        Some(_) => return Err(ParseError::WrongType { name: "crit" }),
    };
    match members.get("b64") {
        None | Some(Value::Bool(true)) => Ok(true),
        Some(Value::Bool(false)) if is_critical => Ok(false),
        Some(Value::Bool(false)) => Err(ParseError::UnencodedPayload),
        Some(_) => Err(ParseError::WrongType { name: "b64" }),
    }
}
