//! The entries of a term definition that say nothing about other terms.
//!
//! [JSON-LD 1.1 API §4.2.2](https://www.w3.org/TR/json-ld11-api/#algorithm-0), steps 4 and 19 to 26.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Direction;
use super::definition::{Coercion, Container, Mapping, Setting, Term};
use crate::error::Error;
use crate::keyword::Keyword;

/// A definition on the way: the object form of what the context says.
pub(super) struct Draft<'l> {
    pub(super) name: &'l str,
    /// Absent where the context says null or just an IRI.
    pub(super) members: Option<&'l Map<String, Value>>,
    /// What `@id` would be.
    pub(super) id: Option<&'l Value>,
    pub(super) is_simple: bool,
    pub(super) term: Term,
}

impl<'l> Draft<'l> {
    pub(super) fn member(&self, name: &str) -> Option<&'l Value> {
        self.members.and_then(|members| members.get(name))
    }

    pub(super) fn invalid(&self) -> Error {
        Error::InvalidTermDefinition { term: self.name.to_owned() }
    }

    pub(super) fn invalid_iri(&self) -> Error {
        Error::InvalidIriMapping { term: self.name.to_owned() }
    }
}

/// `@type` may only be said to be a set, or be protected.
pub(super) fn check_type_definition(value: &Value) -> Result<(), Error> {
    let is_allowed = value.as_object().is_some_and(|members| {
        !members.is_empty()
            && members.iter().all(|(name, value)| match name.as_str() {
                "@container" => value == "@set",
                "@protected" => true,
                _ => false,
            })
    });
    if is_allowed { Ok(()) } else { Err(Error::KeywordRedefinition { keyword: "@type".into() }) }
}

/// `@container`: how the values are packed.
pub(super) fn read_container(draft: &mut Draft<'_>) -> Result<(), Error> {
    let Some(value) = draft.member("@container") else { return Ok(()) };
    let invalid = || Error::InvalidContainerMapping { term: draft.name.to_owned() };
    let names = match value {
        Value::Array(names) => names.as_slice(),
        Value::Null if draft.term.is_reverse => &[],
        _ => std::slice::from_ref(value),
    };
    let mut container = Container::default();
    for name in names {
        let one = name.as_str().and_then(Container::parse).ok_or_else(invalid)?;
        container = container.with(one);
    }
    if draft.term.is_reverse {
        let is_allowed = [Container::default(), Container::SET, Container::INDEX];
        if !is_allowed.contains(&container) {
            return Err(Error::InvalidReverseProperty { term: draft.name.to_owned() });
        }
    } else if names.is_empty() || !container.is_meaningful() {
        return Err(invalid());
    }
    if container.has(Container::TYPE) {
        match draft.term.coercion {
            None => draft.term.coercion = Some(Coercion::Id),
            Some(Coercion::Id | Coercion::Vocab) => {}
            Some(Coercion::Json | Coercion::None | Coercion::Datatype(..)) => {
                return Err(Error::InvalidTypeMapping { term: draft.name.to_owned() });
            }
        }
    }
    draft.term.container = container;
    Ok(())
}

/// `@language` and `@direction`, which typed terms have not.
pub(super) fn read_language(draft: &mut Draft<'_>) -> Result<(), Error> {
    let is_typed = draft.member("@type").is_some();
    if let Some(value) = draft.member("@language").filter(|_| !is_typed) {
        draft.term.language = match value {
            Value::Null => Setting::Removed,
            Value::String(text) => Setting::Set(Arc::from(text.as_str())),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                return Err(Error::InvalidLanguageMapping { term: draft.name.to_owned() });
            }
        };
    }
    if let Some(value) = draft.member("@direction").filter(|_| !is_typed) {
        draft.term.direction = match value {
            Value::Null => Setting::Removed,
            value => match value.as_str().and_then(Direction::parse) {
                Some(direction) => Setting::Set(direction),
                None => return Err(Error::InvalidBaseDirection),
            },
        };
    }
    Ok(())
}

/// `@nest`: where the member is looked for when a document is compacted.
pub(super) fn read_nest(draft: &mut Draft<'_>) -> Result<(), Error> {
    let Some(value) = draft.member("@nest") else { return Ok(()) };
    match value.as_str() {
        Some(text) if text == "@nest" || Keyword::parse(text).is_none() => {
            draft.term.nest = Some(Arc::from(text));
            Ok(())
        }
        Some(_) | None => Err(Error::InvalidNestValue),
    }
}

/// `@prefix`: whether compact IRIs may begin with the term.
pub(super) fn read_prefix(draft: &mut Draft<'_>) -> Result<(), Error> {
    let Some(value) = draft.member("@prefix") else { return Ok(()) };
    if draft.name.contains([':', '/']) {
        return Err(draft.invalid());
    }
    let Value::Bool(is_prefix) = value else { return Err(Error::InvalidPrefixValue) };
    if *is_prefix && matches!(draft.term.mapping, Mapping::Keyword(_)) {
        return Err(draft.invalid());
    }
    draft.term.is_prefix = *is_prefix;
    Ok(())
}

/// A member that has no meaning in a definition is not guessed at.
pub(super) fn check_members(draft: &Draft<'_>) -> Result<(), Error> {
    let is_known = |name: &String| {
        matches!(
            name.as_str(),
            "@id"
                | "@reverse"
                | "@container"
                | "@context"
                | "@direction"
                | "@index"
                | "@language"
                | "@nest"
                | "@prefix"
                | "@protected"
                | "@type"
        )
    };
    match draft.members {
        Some(members) if !members.keys().all(is_known) => Err(draft.invalid()),
        Some(_) | None => Ok(()),
    }
}
