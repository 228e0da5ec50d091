//! Expands JSON-LD with known contexts and canonicalises RDF to bytes.
