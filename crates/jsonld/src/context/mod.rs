//! Active contexts: what the names of a document mean at one place in it.
//!
//! A compiled context never changes. It is shared by all documents that name the same context URLs, and by all places in
//! them that its terms lead to; see `cache`.
//!
//! [JSON-LD 1.1 API §4](https://www.w3.org/TR/json-ld11-api/#context-processing-algorithm).

use std::sync::Arc;

mod cache;
mod define;
mod definition;
mod entries;
mod expand_iri;
mod process;
mod session;
mod terms;

pub(crate) use cache::Cache;
pub(crate) use definition::{Coercion, Container, Scoped, Term};
pub(crate) use expand_iri::{Against, Expanded, Iri};
pub(crate) use session::Session;
use terms::Terms;

use crate::keyword::Keyword;

/// The most contexts in one list, and the longest chain of contexts that include each other.
pub const REMOTE_CONTEXTS_MAX: usize = 32;
/// The deepest nesting of contexts in the terms of contexts, and the longest chain of terms that define each other.
pub const CONTEXT_DEPTH_MAX: usize = 32;
/// The most work that the contexts of one document may cause, counted in definitions and JSON values that are looked at.
pub const CONTEXT_WORK_MAX: usize = 1 << 16;
/// The most bytes in the IRIs that one context defines.
pub const CONTEXT_BYTES_MAX: usize = 1 << 21;
/// The most names that a context may give to keywords.
pub const KEYWORD_ALIASES_MAX: usize = 64;
/// The most compiled contexts that a processor keeps. Beyond it, it starts anew.
pub const SHARED_CONTEXTS_MAX: usize = 1024;
/// The most definitions in all compiled contexts that a processor keeps. Beyond it, it starts anew.
pub const SHARED_TERMS_MAX: usize = 1 << 18;

/// In which direction a text is written.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Direction {
    LeftToRight,
    RightToLeft,
}

impl Direction {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "ltr" => Some(Self::LeftToRight),
            "rtl" => Some(Self::RightToLeft),
            _ => None,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::LeftToRight => "ltr",
            Self::RightToLeft => "rtl",
        }
    }
}

/// What relative IRIs are relative to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Base {
    /// The base of the document, if it has one.
    Document,
    /// Nothing.
    Null,
    /// The `@base` of an inline context.
    Iri(Arc<str>),
}

/// What a context says.
#[derive(Clone, Debug)]
pub(crate) struct Meaning {
    terms: Arc<Terms>,
    /// The terms that stand for keywords, because every object is searched for them.
    aliases: Vec<(Arc<str>, Keyword)>,
    base: Base,
    vocab: Option<Arc<str>>,
    pub(crate) language: Option<Arc<str>>,
    pub(crate) direction: Option<Direction>,
    /// The context to return to below the next node, if this one does not propagate.
    pub(crate) previous: Option<Arc<ActiveContext>>,
}

impl Meaning {
    fn initial() -> Self {
        Self {
            terms: Arc::new(Terms::default()),
            aliases: Vec::new(),
            base: Base::Document,
            vocab: None,
            language: None,
            direction: None,
            previous: None,
        }
    }

    /// Whether nothing was changed since this was cloned from `other`.
    fn is_same(&self, other: &Self) -> bool {
        let is_same_previous = match (&self.previous, &other.previous) {
            (Some(mine), Some(theirs)) => Arc::ptr_eq(mine, theirs),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        is_same_previous
            && Arc::ptr_eq(&self.terms, &other.terms)
            && self.base == other.base
            && self.vocab == other.vocab
            && self.language == other.language
            && self.direction == other.direction
    }

    /// The definition of a term.
    pub(crate) fn find(&self, name: &str) -> Option<&Arc<Term>> {
        self.terms.find(name)
    }

    /// The keyword that a member's name stands for.
    pub(crate) fn keyword(&self, name: &str) -> Option<Keyword> {
        if name.starts_with('@') {
            return Keyword::parse(name);
        }
        self.aliases.iter().find(|(alias, _)| **alias == *name).map(|(_, keyword)| *keyword)
    }
}

/// A compiled context.
#[derive(Debug)]
pub(crate) struct ActiveContext {
    /// Unique within the processor.
    id: u64,
    /// Whether only documents that the processor owns went into it, so that it may be kept for other documents.
    is_shared: bool,
    pub(crate) meaning: Meaning,
}
