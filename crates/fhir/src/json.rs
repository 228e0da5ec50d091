//! Reads JSON bodies strictly: a member named twice means nothing, and depth is limited.
//!
//! A policy that sees the first of two equal members and a server that takes the last would judge different resources.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

use crate::content::BODY_BYTES_MAX;

/// The most arrays and objects inside one another.
pub const DEPTH_MAX: usize = 64;

/// Why a text was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is longer than [`BODY_BYTES_MAX`].
    #[error("json is larger than {BODY_BYTES_MAX} bytes")]
    TooLarge,
    /// More than [`DEPTH_MAX`] arrays and objects inside one another.
    #[error("json is nested deeper than {DEPTH_MAX}")]
    TooDeep,
    /// An object names a member twice.
    #[error("json names a member twice, before line {line} column {column}")]
    DuplicateMember {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
    },
    /// The text breaks the grammar, is no UTF-8, or has half a surrogate pair or a number out of range.
    #[error("json is invalid at line {line} column {column}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
    },
}

/// Reads one JSON text.
pub(crate) fn parse(text: &[u8]) -> Result<Value, Error> {
    if text.len() > BODY_BYTES_MAX {
        return Err(Error::TooLarge);
    }
    let problem = Cell::new(Problem::Syntax);
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    Strict { problem: &problem, depth: 0 }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| {
            let (line, column) = (error.line(), error.column());
            match problem.get() {
                Problem::Syntax => Error::Syntax { line, column },
                Problem::Depth => Error::TooDeep,
                Problem::Duplicate => Error::DuplicateMember { line, column },
            }
        })
}

/// What a visitor stumbled over, beside the grammar.
#[derive(Clone, Copy)]
enum Problem {
    Syntax,
    Depth,
    Duplicate,
}

/// Builds a [`Value`].
#[derive(Clone, Copy)]
struct Strict<'a> {
    problem: &'a Cell<Problem>,
    depth: usize,
}

impl Strict<'_> {
    /// One level further in.
    // INVARIANT: this limit is below the one of `serde_json`, so the stack is bounded by it.
    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == DEPTH_MAX {
            self.problem.set(Problem::Depth);
            return Err(E::custom("too deep"));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
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
        let inner = self.inner()?;
        let mut elements = Vec::new();
        while let Some(element) = access.next_element_seed(inner)? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            match members.entry(name) {
                Entry::Vacant(place) => place.insert(access.next_value_seed(inner)?),
                // SECURITY: before the value is read, or a hidden member costs work.
                Entry::Occupied(_) => {
                    self.problem.set(Problem::Duplicate);
                    return Err(A::Error::custom("duplicate member"));
                }
            };
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicates_depth_and_grammar_are_refused() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(deep(DEPTH_MAX).as_bytes()).is_ok());
        assert_eq!(parse(deep(DEPTH_MAX + 1).as_bytes()), Err(Error::TooDeep));
        assert_eq!(parse("[".repeat(100_000).as_bytes()), Err(Error::TooDeep));
        assert_eq!(parse(&vec![b' '; BODY_BYTES_MAX + 1]), Err(Error::TooLarge));
        for text in [r#"{"a":1,"a":2}"#, r#"{"a":1,"\u0061":2}"#, r#"[{"b":{"a":1,"c":0,"a":2}}]"#]
        {
            assert!(matches!(parse(text.as_bytes()), Err(Error::DuplicateMember { .. })), "{text}");
        }
        for text in
            ["", "{", "{}{}", "nul", "01", "1e999", r#""\ud800""#, "\u{feff}{}", "'a'", "[1,]"]
        {
            assert!(matches!(parse(text.as_bytes()), Err(Error::Syntax { .. })), "{text}");
        }
        assert!(matches!(parse(b"\"\xff\""), Err(Error::Syntax { .. })));
    }
}
