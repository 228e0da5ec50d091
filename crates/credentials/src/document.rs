//! Where a JSON-LD document lies in memory: by itself, or in the presentation it came in, which is parsed only once.

use std::sync::Arc;

use serde_json::Value;

use crate::one_or_many::items;

/// The member of a presentation that holds its credentials.
pub(crate) const CREDENTIALS: &str = "verifiableCredential";

/// A parsed JSON-LD document.
#[derive(Debug)]
pub(crate) enum Document {
    /// The document itself.
    Alone(Value),
    /// A credential in a presentation.
    Embedded {
        /// The presentation's document.
        envelope: Arc<Value>,
        /// The place among its credentials.
        index: usize,
    },
}

impl Document {
    /// The document.
    pub(crate) fn value(&self) -> &Value {
        match self {
            Self::Alone(value) => value,
            // INVARIANT: the index was found in this very envelope, which nobody changes.
            Self::Embedded { envelope, index } => {
                items(envelope, CREDENTIALS).get(*index).unwrap_or(&Value::Null)
            }
        }
    }
}
