//! The processor: the contexts that are allowed, compiled once, for any number of documents.

use std::sync::Arc;

use serde_json::Value;

use crate::canonicalize::{Budget, canonicalize};
use crate::context::{ActiveContext, Cache, Session};
use crate::contexts::Contexts;
use crate::document::Document;
use crate::error::Error;
use crate::expand::{self, Expander};
use crate::rdf::Dataset;
use crate::to_rdf::to_rdf;
use crate::uncovered::{Reason, Uncovered};

/// Expands and canonicalises documents. Share one by `Arc`: it gets faster with use.
#[derive(Debug)]
pub struct Processor {
    contexts: Contexts,
    cache: Cache,
}

/// The RDF of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rdf<'a> {
    /// What it says.
    pub dataset: Dataset<'a>,
    /// What it says in JSON only.
    pub uncovered: Vec<Uncovered>,
}

/// A canonical document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canonical {
    /// Sorted canonical N-Quads: what is hashed and signed.
    pub nquads: String,
    /// What the document says and the N-Quads do not. Who relies on a signature has to look at this.
    pub uncovered: Vec<Uncovered>,
}

impl Processor {
    /// Takes the contexts that documents may name. All others are refused.
    pub fn new(contexts: Contexts) -> Self {
        Self { contexts, cache: Cache::new() }
    }

    /// The contexts that documents may name.
    pub fn contexts(&self) -> &Contexts {
        &self.contexts
    }

    /// How many compiled contexts are kept for further documents.
    pub fn cached_contexts(&self) -> usize {
        self.cache.len()
    }

    /// The canonical N-Quads of a document, by URDNA2015.
    pub fn canonicalize(&self, document: &Document<'_>) -> Result<Canonical, Error> {
        let Rdf { dataset, uncovered } = self.to_rdf(document)?;
        let nquads = canonicalize(&dataset, Budget::default())?;
        Ok(Canonical { nquads, uncovered })
    }

    /// The quads of a document.
    pub fn to_rdf<'a>(&'a self, document: &Document<'a>) -> Result<Rdf<'a>, Error> {
        let expanded = self.expand_items(document)?;
        let dataset = to_rdf(expanded.items, expanded.elements, document.rdf_direction)?;
        let mut uncovered = expanded.uncovered;
        if dataset.iris().any(|iri| iri.contains('>')) {
            uncovered.push(Uncovered { path: String::new(), reason: Reason::AmbiguousIri });
        }
        Ok(Rdf { dataset, uncovered })
    }

    /// The expanded form of a document.
    pub fn expand(&self, document: &Document<'_>) -> Result<Value, Error> {
        Ok(expand::print(&self.expand_items(document)?.items))
    }

    fn expand_items<'a>(&'a self, document: &Document<'a>) -> Result<expand::Document<'a>, Error> {
        let Document { value, without, base, contexts, expand_context, rdf_direction } = *document;
        let mut session = Session::new(&self.cache, &self.contexts, contexts, base);
        let active = around(&mut session, expand_context)?;
        Expander::new(&mut session, without, rdf_direction.is_some()).document(&active, value)
    }
}

/// The context around a document.
fn around(
    session: &mut Session<'_>,
    expand_context: Option<&Value>,
) -> Result<Arc<ActiveContext>, Error> {
    let root = session.root();
    match expand_context {
        None => Ok(root),
        Some(context) => session.enter(&root, context.get("@context").unwrap_or(context)),
    }
}
