//! Finds out what a text means where an IRI is expected.
//!
//! [JSON-LD 1.1 API §5.2](https://www.w3.org/TR/json-ld11-api/#iri-expansion).

use std::sync::Arc;

use super::definition::{Mapping, Term};
use super::{Base, Meaning};
use crate::iri::{self, Form};
use crate::keyword::{Keyword, has_keyword_form};
use crate::rdf::Text;

/// An IRI, or what is left of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Iri<'a> {
    pub(crate) text: Text<'a>,
    pub(crate) form: Form,
}

impl<'a> Iri<'a> {
    pub(crate) fn borrowed(text: &'a str) -> Self {
        Self { text: Text::Borrowed(text), form: Form::of(text) }
    }

    fn owned(text: String) -> Self {
        let form = Form::of(&text);
        Self { text: Text::Owned(text), form }
    }

    /// A keyword where an IRI should be: a text that never reaches RDF.
    pub(crate) fn keyword(keyword: Keyword) -> Self {
        Self { text: Text::Borrowed(keyword.as_str()), form: Form::Malformed }
    }

    /// Whether it may be a subject, an object or the name of a graph.
    pub(crate) fn is_resource(&self) -> bool {
        matches!(self.form, Form::Absolute | Form::Blank)
    }
}

/// What a text means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expanded<'a> {
    /// Nothing: a term that is mapped to null, or a text in the form of a keyword.
    Null,
    Keyword(Keyword),
    Iri(Iri<'a>),
}

impl<'a> Expanded<'a> {
    pub(crate) fn of_term(term: &Term) -> Self {
        match &term.mapping {
            Mapping::Null => Self::Null,
            Mapping::Keyword(keyword) => Self::Keyword(*keyword),
            Mapping::Iri(text, form) => {
                Self::Iri(Iri { text: Text::Shared(Arc::clone(text)), form: *form })
            }
        }
    }

    /// The IRI, or the text of a keyword that stands in its place.
    pub(crate) fn into_iri(self) -> Option<Iri<'a>> {
        match self {
            Self::Null => None,
            Self::Keyword(keyword) => Some(Iri::keyword(keyword)),
            Self::Iri(iri) => Some(iri),
        }
    }
}

/// What a text that is no absolute IRI is relative to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Against {
    /// The vocabulary: names of members.
    Vocab,
    /// The base: ids.
    Base,
    /// The vocabulary and, without one, the base: types.
    VocabOrBase,
}

/// Both texts in one, in an allocation of just the right size: this is done for every member below a vocabulary.
fn join(before: &str, after: &str) -> String {
    let mut text = String::with_capacity(before.len() + after.len());
    text.push_str(before);
    text.push_str(after);
    text
}

impl Meaning {
    /// Expands a text; `base` is that of the document.
    pub(crate) fn expand_iri<'a>(
        &self,
        text: &'a str,
        against: Against,
        base: Option<&str>,
    ) -> Expanded<'a> {
        if text.starts_with('@') {
            if let Some(keyword) = Keyword::parse(text) {
                return Expanded::Keyword(keyword);
            }
            if has_keyword_form(text) {
                return Expanded::Null;
            }
        }
        if against == Against::Base {
            if let Some(keyword) = self.keyword(text) {
                return Expanded::Keyword(keyword);
            }
        } else if let Some(term) = self.find(text) {
            return Expanded::of_term(term);
        }
        self.expand_no_term(text, against, base)
    }

    /// Expands a text that is neither a keyword nor, for vocabulary, a term.
    pub(crate) fn expand_no_term<'a>(
        &self,
        text: &'a str,
        against: Against,
        base: Option<&str>,
    ) -> Expanded<'a> {
        if let Some(iri) = self.expand_with_colon(text) {
            return Expanded::Iri(iri);
        }
        if against != Against::Base
            && let Some(vocab) = &self.vocab
        {
            return Expanded::Iri(Iri::owned(join(vocab, text)));
        }
        if against != Against::Vocab
            && let Some(base) = self.base(base)
        {
            return Expanded::Iri(Iri::owned(iri::resolve(base, text)));
        }
        Expanded::Iri(Iri { text: Text::Borrowed(text), form: Form::Relative })
    }

    /// A compact or absolute IRI, or a blank node identifier.
    fn expand_with_colon<'a>(&self, text: &'a str) -> Option<Iri<'a>> {
        let (prefix, suffix) = text.split_once(':')?;
        if prefix.is_empty() {
            return None;
        }
        if prefix == "_" {
            return Some(Iri { text: Text::Borrowed(text), form: Form::Blank });
        }
        if suffix.starts_with("//") {
            return Some(Iri::borrowed(text));
        }
        if let Some(term) = self.find(prefix)
            && term.is_prefix
            && let Mapping::Iri(namespace, _) = &term.mapping
        {
            return Some(Iri::owned(join(namespace, suffix)));
        }
        iri::has_scheme(text).then(|| Iri::borrowed(text))
    }

    /// The base to resolve against, where the document has `document`.
    pub(super) fn base<'b>(&'b self, document: Option<&'b str>) -> Option<&'b str> {
        match &self.base {
            Base::Document => document,
            Base::Null => None,
            Base::Iri(base) => Some(base),
        }
    }
}
