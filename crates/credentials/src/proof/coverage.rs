//! Refuses a document that says more than its signature covers.
//!
//! Canonicalisation leaves out what it cannot express; whatever reads the JSON afterwards would still see it.

use std::fmt;

use pecan_jsonld::uncovered::{Reason, Uncovered};
use serde_json::Value;

/// The most places that an error text names.
const PATHS_SHOWN_MAX: usize = 20;

/// Parts of a document lie outside its signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct CoverageError {
    /// The places, as JSON Pointers into the document.
    pub uncovered: Vec<Uncovered>,
}

impl fmt::Display for CoverageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("jsonld: invalid property: not covered by the signature:")?;
        for place in self.uncovered.iter().take(PATHS_SHOWN_MAX) {
            write!(f, " `{}`", place.path)?;
        }
        if self.uncovered.len() > PATHS_SHOWN_MAX {
            write!(f, " and {} more", self.uncovered.len() - PATHS_SHOWN_MAX)?;
        }
        Ok(())
    }
}

/// Checks that the signature covers the document, but for what a presentation's credentials are let off.
pub(crate) fn check(document: &Value, uncovered: Vec<Uncovered>) -> Result<(), CoverageError> {
    let uncovered: Vec<Uncovered> =
        uncovered.into_iter().filter(|place| !is_let_off(document, place)).collect();
    if uncovered.is_empty() { Ok(()) } else { Err(CoverageError { uncovered }) }
}

fn is_let_off(document: &Value, place: &Uncovered) -> bool {
    match place.reason {
        // Each credential brings its contexts, by URL.
        Reason::NestedContext => {
            place.path.strip_suffix("/@context").is_some_and(is_embedded_credential)
        }
        // A JWT is a relative IRI here, so it is dropped. It has a signature of its own, and its subject is the signer of
        // the presentation: the worst is that the same signer's presentations swap credentials.
        Reason::RelativeReference => {
            is_embedded_credential(&place.path)
                && document.pointer(&place.path).is_some_and(Value::is_string)
        }
        Reason::UndefinedProperty
        | Reason::RelativeId
        | Reason::JsonLiteralNotObject
        | Reason::InlineContext
        | Reason::FreeFloating
        | Reason::Index
        | Reason::Direction
        | Reason::AmbiguousIri
        | Reason::MalformedLanguage
        | Reason::BlankNodeId
        | Reason::InexactNumber => false,
    }
}

/// Tells whether a path leads to one of the credentials of a presentation.
fn is_embedded_credential(path: &str) -> bool {
    let Some(below) = path.strip_prefix("/verifiableCredential") else { return false };
    below.is_empty()
        || below.strip_prefix('/').is_some_and(|index| index.bytes().all(|b| b.is_ascii_digit()))
}
