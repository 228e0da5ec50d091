//! Checks a search as the search of did:nuts would (contract/credentials.md 5.2). There is nothing here that it could find.

use pecan_jsonld::document::Document;
use pecan_jsonld::uncovered::Reason;
use serde_json::Value;

use super::Verifier;
use crate::FailureKind;

/// Why a search makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// It has more than one subject.
    #[error("can't match on multiple VC subjects")]
    SeveralSubjects,
    /// It cannot be expanded.
    #[error("failed to convert query to JSON-LD expanded form: {0}")]
    Document(#[source] pecan_jsonld::error::Error),
    /// It names a property that its contexts do not define.
    #[error(
        "failed to convert query to JSON-LD expanded form: invalid property: Dropping property that did not expand into an absolute IRI or keyword."
    )]
    UndefinedProperty,
}

impl QueryError {
    /// Whose fault it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::SeveralSubjects | Self::Document(_) | Self::UndefinedProperty => {
                FailureKind::Invalid
            }
        }
    }
}

impl Verifier {
    /// Checks that a query is a partial credential whose members all mean something.
    pub fn check_query(&self, query: &Value) -> Result<(), QueryError> {
        if query.get("credentialSubject").and_then(Value::as_array).is_some_and(|it| it.len() > 1) {
            return Err(QueryError::SeveralSubjects);
        }
        if query.is_null() {
            return Ok(());
        }
        let rdf = self.signatures.processor.to_rdf(&Document::new(query));
        let uncovered = rdf.map_err(QueryError::Document)?.uncovered;
        if uncovered.iter().any(|place| place.reason == Reason::UndefinedProperty) {
            return Err(QueryError::UndefinedProperty);
        }
        Ok(())
    }
}
