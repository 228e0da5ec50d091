//! A document to be processed, and the options for it.

use serde_json::Value;

use crate::contexts::Contexts;

/// How a text's direction gets into RDF, which knows none.
///
/// [JSON-LD 1.1 §4.2.4](https://www.w3.org/TR/json-ld11/#base-direction).
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum RdfDirection {
    /// As part of the datatype.
    I18nDatatype,
    /// As a node of its own.
    CompoundLiteral,
}

/// A document, and how it is to be read.
#[derive(Copy, Clone, Debug)]
pub struct Document<'a> {
    /// The document.
    pub value: &'a Value,
    /// A member of the document's top that is left out, such as `proof`.
    pub without: Option<&'a str>,
    /// What relative IRIs are relative to. Without it they stay relative.
    pub base: Option<&'a str>,
    /// Contexts for this document only, besides those of the processor.
    pub contexts: Option<&'a Contexts>,
    /// A context around the document.
    pub expand_context: Option<&'a Value>,
    /// What becomes of directions; without it they are dropped.
    pub rdf_direction: Option<RdfDirection>,
}

impl<'a> Document<'a> {
    /// The document alone.
    pub fn new(value: &'a Value) -> Self {
        Self {
            value,
            without: None,
            base: None,
            contexts: None,
            expand_context: None,
            rdf_direction: None,
        }
    }

    /// Leaves out a member of the document's top.
    #[must_use]
    pub fn without(self, member: &'a str) -> Self {
        Self { without: Some(member), ..self }
    }

    /// Resolves relative IRIs.
    #[must_use]
    pub fn with_base(self, base: &'a str) -> Self {
        Self { base: Some(base), ..self }
    }

    /// Adds contexts for this document only.
    #[must_use]
    pub fn with_contexts(self, contexts: &'a Contexts) -> Self {
        Self { contexts: Some(contexts), ..self }
    }

    /// Reads the document within a context: a context, or a document that holds one.
    #[must_use]
    pub fn with_expand_context(self, context: &'a Value) -> Self {
        Self { expand_context: Some(context), ..self }
    }

    /// Keeps directions.
    #[must_use]
    pub fn with_rdf_direction(self, direction: RdfDirection) -> Self {
        Self { rdf_direction: Some(direction), ..self }
    }
}
