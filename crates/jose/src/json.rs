//! Reads JSON strictly: [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259), and no member named twice.
//!
//! Every token and every signed document comes through here. Two readers that disagree on which of two equal names
//! counts would disagree on what was signed, so a text that names a member twice means nothing
//! ([RFC 7515 §4](https://www.rfc-editor.org/rfc/rfc7515#section-4)). Does not keep the text: whoever needs it, has it.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

use crate::excerpt::excerpt;

/// The most bytes of a text that is read.
pub const TEXT_BYTES_MAX: usize = 1024 * 1024;

/// The most arrays and objects inside one another.
// INVARIANT: `serde_json` counts the same way and stops at the next level, so the stack is bounded.
pub const DEPTH_MAX: usize = 127;

/// Why a text was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is longer than [`TEXT_BYTES_MAX`].
    #[error("json is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The bytes are not UTF-8, RFC 8259 §8.1.
    #[error("json is not utf-8")]
    NotUtf8,
    /// More than [`DEPTH_MAX`] arrays and objects inside one another.
    #[error("json is nested too deeply")]
    TooDeep,
    /// The text breaks the grammar, or has half a surrogate pair.
    #[error("invalid json at line {line} column {column}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
    },
    /// A number is too large for a double.
    #[error("number out of range at line {line} column {column}")]
    NumberOutOfRange {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
    },
    /// An object names a member twice, at any depth.
    #[error("member `{name}` occurs twice")]
    DuplicateMember {
        /// The beginning of the name.
        name: String,
    },
    /// The text is another value than the object that was asked for.
    #[error("json is not an object")]
    NotAnObject,
}

/// Reads one JSON text.
pub fn parse(text: &[u8]) -> Result<Value, Error> {
    parse_within(text, TEXT_BYTES_MAX)
}

/// The same with another limit in bytes, for texts that are neither tokens nor signed.
pub fn parse_within(text: &[u8], limit: usize) -> Result<Value, Error> {
    if text.len() > limit {
        return Err(Error::TooLarge { limit });
    }
    let text = std::str::from_utf8(text).map_err(|_| Error::NotUtf8)?;
    let duplicate = RefCell::new(None);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Strict { duplicate: &duplicate }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| match duplicate.into_inner() {
            Some(name) => Error::DuplicateMember { name },
            None => reason(&error),
        })
}

/// Reads one JSON text that must be an object.
pub fn parse_object(text: &[u8]) -> Result<Map<String, Value>, Error> {
    match parse(text)? {
        Value::Object(members) => Ok(members),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(Error::NotAnObject)
        }
    }
}

/// `serde_json` tells its reasons apart by text only; tests below pin the two texts.
fn reason(error: &serde_json::Error) -> Error {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    if text.starts_with("recursion limit exceeded") {
        Error::TooDeep
    } else if text.starts_with("number out of range") {
        Error::NumberOutOfRange { line, column }
    } else {
        Error::Syntax { line, column }
    }
}

/// Builds a [`Value`], and stops at the first member that its object already has.
#[derive(Clone, Copy)]
struct Strict<'a> {
    duplicate: &'a RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = access.next_element_seed(self)? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            match members.entry(name) {
                Entry::Vacant(place) => place.insert(access.next_value_seed(self)?),
                // SECURITY: before the value is read, or a hidden member costs work.
                Entry::Occupied(known) => {
                    *self.duplicate.borrow_mut() = Some(excerpt(known.key()));
                    return Err(A::Error::custom("duplicate member"));
                }
            };
        }
        Ok(Value::Object(members))
    }
}
