//! The context documents that may be used, by exact URL. Nothing else is ever loaded.

use std::collections::HashMap;

use serde_json::Value;

/// Why a context document was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    /// The document is no JSON.
    #[error("context `{url}` is no JSON")]
    Syntax {
        /// Its URL.
        url: String,
        /// What is wrong.
        #[source]
        cause: serde_json::Error,
    },
}

/// Context documents by URL.
#[derive(Clone, Debug, Default)]
pub struct Contexts {
    by_url: HashMap<String, usize>,
    documents: Vec<Value>,
}

impl Contexts {
    /// No documents.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a document, or replaces it. Whether it holds a usable context is found out when it is used.
    pub fn insert(&mut self, url: &str, json: &str) -> Result<(), ContextError> {
        let document = serde_json::from_str(json)
            .map_err(|cause| ContextError::Syntax { url: url.to_owned(), cause })?;
        if let Some(slot) = self.by_url.get(url).and_then(|&index| self.documents.get_mut(index)) {
            *slot = document;
        } else {
            self.by_url.insert(url.to_owned(), self.documents.len());
            self.documents.push(document);
        }
        Ok(())
    }

    /// Whether there is a document for this URL.
    pub fn contains(&self, url: &str) -> bool {
        self.by_url.contains_key(url)
    }

    /// The URLs, in no particular order.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        self.by_url.keys().map(String::as_str)
    }

    pub(crate) fn find(&self, url: &str) -> Option<(usize, &Value)> {
        let index = *self.by_url.get(url)?;
        Some((index, self.documents.get(index)?))
    }
}
