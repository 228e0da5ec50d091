//! A document that was parsed, with its keys: each is read once, when it is first asked for.

use std::sync::{Arc, OnceLock};

use pecan_credentials::did::DidUrl;
use pecan_credentials::did::document::{Document, KeyError, Relationship};
use pecan_credentials::proof::SigningKey;
use pecan_jose::jwk::PublicKey;

/// A document and the keys under its `assertionMethod`.
pub(super) struct Known {
    document: Arc<Document>,
    keys: Vec<AssertionKey>,
}

struct AssertionKey {
    id: DidUrl,
    key: OnceLock<Result<Arc<PublicKey>, KeyError>>,
}

impl Known {
    pub(super) fn new(document: Document) -> Self {
        let methods = document.methods_for(Relationship::AssertionMethod);
        let keys = methods
            .map(|method| AssertionKey { id: method.id().clone(), key: OnceLock::new() })
            .collect();
        Self { document: Arc::new(document), keys }
    }

    pub(super) fn document(&self) -> &Arc<Document> {
        &self.document
    }

    /// The key of an absolute key id.
    pub(super) fn assertion_key(&self, key_id: &str) -> Result<Arc<PublicKey>, KeyError> {
        let known = self.keys.iter().find(|known| known.id == *key_id).ok_or(KeyError::NotFound)?;
        self.read(known)
    }

    /// The key that was added last and that can sign.
    pub(super) fn newest_signing_key(&self) -> Option<SigningKey> {
        self.keys.iter().rev().find_map(|known| {
            let algorithm = self.read(known).ok()?.algorithm()?;
            Some(SigningKey { id: known.id.clone(), algorithm })
        })
    }

    fn read(&self, known: &AssertionKey) -> Result<Arc<PublicKey>, KeyError> {
        let read = || self.document.assertion_key(known.id.as_str()).map(Arc::new);
        known.key.get_or_init(read).clone()
    }
}
