//! RDF terms, quads and datasets, as small as canonicalisation needs them.
//!
//! Strings are borrowed from the document or shared with a compiled context wherever possible: one credential is about
//! fifteen quads of long IRIs, and copying them would cost more than hashing them.
//!
//! [RDF 1.1 Concepts §3, §4](https://www.w3.org/TR/rdf11-concepts/).

use std::ops::Deref;
use std::sync::Arc;

/// `xsd:string`, the datatype that N-Quads leaves out.
pub const XSD_STRING: &str = "http://www.w3.org/2001/XMLSchema#string";
/// `rdf:langString`, the datatype of a literal with a language.
pub const RDF_LANG_STRING: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString";

/// A string that is borrowed from the document, shared with a compiled context, or made on the way.
#[derive(Clone, Debug)]
pub enum Text<'a> {
    /// Part of the document or a constant.
    Borrowed(&'a str),
    /// Part of a compiled context.
    Shared(Arc<str>),
    /// Made while expanding.
    Owned(String),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Shared(text) => text,
            Self::Owned(text) => text,
        }
    }
}

impl Text<'_> {
    /// The text, unless it is all a context's.
    fn written(&self) -> Option<&str> {
        match self {
            Self::Borrowed(text) => Some(text),
            Self::Owned(text) => Some(text),
            Self::Shared(_) => None,
        }
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Text<'_> {}

/// A blank node: an index into [`Dataset::blank_nodes`].
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlankNode(pub u32);

/// A subject, or the name of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource<'a> {
    /// An IRI, absolute or (JSON-LD keeps undefined types) relative.
    Iri(Text<'a>),
    /// A blank node of this dataset.
    Blank(BlankNode),
}

impl Resource<'_> {
    fn iri(&self) -> Option<&str> {
        match self {
            Self::Iri(iri) => iri.written(),
            Self::Blank(_) => None,
        }
    }
}

/// The object of a quad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object<'a> {
    /// An IRI or a blank node.
    Resource(Resource<'a>),
    /// A literal. `datatype` is [`RDF_LANG_STRING`] exactly if there is a `language`.
    Literal {
        /// The lexical form, unescaped.
        value: Text<'a>,
        /// The datatype's IRI.
        datatype: Text<'a>,
        /// The language tag as written.
        language: Option<Text<'a>>,
    },
}

/// A statement, in the default graph if `graph` is absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quad<'a> {
    /// Who or what it is about.
    pub subject: Resource<'a>,
    /// An IRI; predicates are never blank nodes here.
    pub predicate: Text<'a>,
    /// What is said.
    pub object: Object<'a>,
    /// The graph that holds the statement.
    pub graph: Option<Resource<'a>>,
}

/// Quads and the blank nodes that they mention. May hold a quad twice; canonicalisation writes it once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dataset<'a> {
    /// The statements, in no particular order.
    pub quads: Vec<Quad<'a>>,
    /// The label that each blank node had in its document, without `_:`; empty if it had none.
    pub blank_nodes: Vec<String>,
}

impl Dataset<'_> {
    /// The IRIs of all quads that the document wrote, in whole or in part; those of contexts, which the caller vouches for, are left out.
    pub(crate) fn iris(&self) -> impl Iterator<Item = &str> {
        self.quads.iter().flat_map(|quad| {
            let object = match &quad.object {
                Object::Resource(resource) => resource.iri(),
                Object::Literal { datatype, .. } => datatype.written(),
            };
            let graph = quad.graph.as_ref().and_then(Resource::iri);
            [quad.subject.iri(), quad.predicate.written(), object, graph].into_iter().flatten()
        })
    }

    /// Adds a blank node with the label it had in its document, or an empty one.
    pub fn add_blank_node(&mut self, label: String) -> BlankNode {
        // A dataset is bounded long before `u32`: a document is at most some MiB.
        let index = u32::try_from(self.blank_nodes.len()).unwrap_or(u32::MAX);
        self.blank_nodes.push(label);
        BlankNode(index)
    }
}
