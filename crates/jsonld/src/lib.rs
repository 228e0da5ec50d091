//! Expands JSON-LD with known contexts and canonicalises RDF to bytes.
//!
//! Processing mode JSON-LD 1.1. Nothing is loaded: a context is among those that the [`Processor`](processor::Processor) was given, or is
//! refused. What the canonical form does not cover is reported, because a signature does not cover it either.

pub mod canonicalize;
pub mod context;
pub mod contexts;
pub mod document;
pub mod error;
mod expand;
mod iri;
mod jcs;
mod keyword;
pub mod nquads;
mod number;
pub mod processor;
pub mod rdf;
mod to_rdf;
mod tree;
pub mod uncovered;

/// The deepest nesting of arrays and objects in a document.
pub const DEPTH_MAX: usize = 128;
/// The most values in a document, arrays and objects counted as one each.
pub const ELEMENTS_MAX: usize = 1 << 17;
/// The most bytes of text in the expanded form of a document, and in its quads: a short document may say a long IRI often.
pub const TEXT_BYTES_MAX: usize = 1 << 24;
/// The most bytes in the paths of what is not covered, and in their overhead.
pub const UNCOVERED_BYTES_MAX: usize = 1 << 20;
