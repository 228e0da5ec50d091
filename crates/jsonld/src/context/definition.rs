//! What a context says about one term.

use std::sync::Arc;

use serde_json::Value;

use super::Direction;
use crate::iri::Form;
use crate::keyword::Keyword;

/// What a term stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mapping {
    /// Nothing: what it names is ignored.
    Null,
    Keyword(Keyword),
    Iri(Arc<str>, Form),
}

/// What the values of a term are taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Coercion {
    Id,
    Vocab,
    Json,
    None,
    Datatype(Arc<str>, Form),
}

/// Something that a term may leave to the context, remove, or set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Setting<T> {
    #[default]
    Inherited,
    Removed,
    Set(T),
}

impl<T: Clone> Setting<T> {
    /// The value, where the context has `inherited`.
    pub(crate) fn or(&self, inherited: Option<&T>) -> Option<T> {
        match self {
            Self::Inherited => inherited.cloned(),
            Self::Removed => None,
            Self::Set(value) => Some(value.clone()),
        }
    }
}

/// How the values of a term are packed: a set of containers.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Container(u8);

impl Container {
    pub(crate) const GRAPH: Self = Self(1);
    pub(crate) const ID: Self = Self(2);
    pub(crate) const INDEX: Self = Self(4);
    pub(crate) const LANGUAGE: Self = Self(8);
    pub(crate) const LIST: Self = Self(16);
    pub(crate) const SET: Self = Self(32);
    pub(crate) const TYPE: Self = Self(64);
    /// Those whose values are maps by something else than the language.
    pub(crate) const MAPS: Self = Self(2 | 4 | 64);
    /// Those that name graphs.
    pub(crate) const NAMED_GRAPHS: Self = Self(2 | 4);

    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "@graph" => Self::GRAPH,
            "@id" => Self::ID,
            "@index" => Self::INDEX,
            "@language" => Self::LANGUAGE,
            "@list" => Self::LIST,
            "@set" => Self::SET,
            "@type" => Self::TYPE,
            _ => return None,
        })
    }

    pub(super) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether it includes any of `other`.
    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether the combination has a meaning, [JSON-LD 1.1 §9.15](https://www.w3.org/TR/json-ld11/#context-definitions).
    pub(super) fn is_meaningful(self) -> bool {
        let alone = self.without(Self::SET);
        match alone {
            Self::GRAPH | Self::ID | Self::INDEX | Self::LANGUAGE | Self::TYPE | Self(0) => true,
            Self::LIST => self == Self::LIST,
            _ => {
                let packed = alone.without(Self::GRAPH);
                alone.has(Self::GRAPH) && matches!(packed, Self::ID | Self::INDEX)
            }
        }
    }
}

/// Where a definition comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// What relative context URLs in it are relative to.
    pub(super) base: Option<Arc<str>>,
    /// Whether a context document says it, not the document at hand: then its `@base` does not count.
    pub(super) is_remote: bool,
    /// Whether it is part of a context that is kept for other documents.
    pub(super) is_shared: bool,
}

/// A context that holds below a term or a type.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Scoped {
    pub(super) context: Value,
    pub(super) origin: Origin,
}

/// The definition of a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    pub(crate) mapping: Mapping,
    pub(super) is_prefix: bool,
    pub(super) is_protected: bool,
    pub(crate) is_reverse: bool,
    pub(crate) coercion: Option<Coercion>,
    pub(crate) language: Setting<Arc<str>>,
    pub(crate) direction: Setting<Direction>,
    pub(crate) container: Container,
    pub(crate) scoped: Option<Arc<Scoped>>,
    pub(crate) index: Option<Arc<str>>,
    pub(super) nest: Option<Arc<str>>,
}

impl Term {
    /// Whether both say the same, whatever their protection.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let Self {
            mapping,
            is_prefix,
            is_protected: _,
            is_reverse,
            coercion,
            language,
            direction,
            container,
            scoped,
            index,
            nest,
        } = self;
        *mapping == other.mapping
            && *is_prefix == other.is_prefix
            && *is_reverse == other.is_reverse
            && *coercion == other.coercion
            && *language == other.language
            && *direction == other.direction
            && *container == other.container
            && scoped.as_ref().map(|s| (&s.context, &s.origin.base))
                == other.scoped.as_ref().map(|s| (&s.context, &s.origin.base))
            && *index == other.index
            && *nest == other.nest
    }
}
