//! Reads the members of a JWK.

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::Error;
use crate::base64url;

/// The private members of all key types, RFC 7518 §6.2.2, §6.3.2, §6.4.1 and RFC 8037 §2.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The most characters of one member: a modulus of 8192 bits has 1366.
const MEMBER_CHARACTERS_MAX: usize = 2048;

/// A JWK, being read.
#[derive(Clone, Copy)]
pub(super) struct Members<'a>(&'a Map<String, Value>);

impl<'a> Members<'a> {
    pub(super) fn of(jwk: &'a Value) -> Result<Self, Error> {
        jwk.as_object().map(Self).ok_or(Error::NotAnObject)
    }

    pub(super) fn refuse_private(self) -> Result<(), Error> {
        match PRIVATE.into_iter().find(|name| self.0.contains_key(*name)) {
            Some(name) => Err(Error::PrivateMember { name }),
            None => Ok(()),
        }
    }

    pub(super) fn has(self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn find_text(self, name: &'static str) -> Result<Option<&'a str>, Error> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Error::WrongType { name }),
        }
    }

    pub(super) fn text(self, name: &'static str) -> Result<&'a str, Error> {
        self.find_text(name)?.ok_or(Error::MissingMember { name })
    }

    /// A list of texts, without repetition.
    pub(super) fn find_texts(self, name: &'static str) -> Result<Option<Vec<&'a str>>, Error> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let wrong = Error::WrongType { name };
        let Value::Array(elements) = value else { return Err(wrong) };
        elements.iter().map(Value::as_str).collect::<Option<_>>().map(Some).ok_or(wrong)
    }

    /// The bytes of a member in base64url.
    pub(super) fn bytes(self, name: &'static str) -> Result<Zeroizing<Vec<u8>>, Error> {
        let text = self.text(name)?;
        if text.len() > MEMBER_CHARACTERS_MAX {
            return Err(Error::WrongLength { name });
        }
        base64url::decode(text).map(Zeroizing::new).map_err(|_| Error::NotBase64Url { name })
    }

    /// The bytes of a member that has a fixed length: RFC 7518 §6.2.1.2, §6.2.2.1.
    pub(super) fn bytes_of_length(
        self,
        name: &'static str,
        length: usize,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let bytes = self.bytes(name)?;
        if bytes.len() == length { Ok(bytes) } else { Err(Error::WrongLength { name }) }
    }

    /// An integer in as few octets as possible, RFC 7518 §2 (`Base64urlUInt`).
    pub(super) fn integer(self, name: &'static str) -> Result<Zeroizing<Vec<u8>>, Error> {
        let bytes = self.bytes(name)?;
        match bytes.first() {
            None | Some(0) => Err(Error::WrongLength { name }),
            Some(_) => Ok(bytes),
        }
    }
}
