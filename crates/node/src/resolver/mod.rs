//! DID documents, own and remote, and the keys in them.

mod error;
mod known;
mod own;
mod store;
mod web;

use std::sync::Arc;

use pecan_credentials::did::document::Document;
use pecan_credentials::did::{Did, jwk, key, x509};
use pecan_jose::jwk::PublicKey;
use pecan_platform::Env;
use time::OffsetDateTime;

pub use error::{ResolveError, StoredError};
pub use own::{OwnDocument, OwnDocuments};

use crate::PublicUrl;
use known::Known;
use web::Web;

/// Resolves DIDs: own ones from the database, did:web over HTTP, did:key and did:jwk from themselves. Cheap to clone.
#[derive(Clone)]
pub struct Resolver {
    own: OwnDocuments,
    web: Web,
}

/// A document, and when it was made if it is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The document.
    pub document: Arc<Document>,
    /// When the DID was made.
    pub created_at: Option<OffsetDateTime>,
    /// When the document was last changed.
    pub updated_at: Option<OffsetDateTime>,
}

/// A document that is ours, or one that is not.
enum Found {
    Own(Arc<OwnDocument>),
    Other(Arc<Known>),
}

impl Found {
    fn known(&self) -> &Known {
        match self {
            Self::Own(own) => own.known(),
            Self::Other(known) => known,
        }
    }
}

impl Resolver {
    /// A resolver over the ports of `env`, for a node at `public_url`.
    pub fn new(env: Env, public_url: &PublicUrl) -> Self {
        Self { own: OwnDocuments::new(env.clone(), public_url), web: Web::new(env) }
    }

    /// The documents of this node.
    pub fn own(&self) -> &OwnDocuments {
        &self.own
    }

    /// The document of a DID. A deactivated own DID is an error.
    pub async fn resolve(&self, did: &Did) -> Result<Arc<Document>, ResolveError> {
        let found = self.find(did).await?;
        Ok(Arc::clone(found.known().document()))
    }

    /// The document of a DID with what is known about it.
    pub async fn describe(&self, did: &Did) -> Result<Resolution, ResolveError> {
        let found = self.find(did).await?;
        let document = Arc::clone(found.known().document());
        let (created_at, updated_at) = match &found {
            Found::Own(own) => (Some(own.created_at()), Some(own.updated_at())),
            Found::Other(_) => (None, None),
        };
        Ok(Resolution { document, created_at, updated_at })
    }

    /// The key that `key_id` names under `assertionMethod` of its DID. `x5c` is the certificate chain of a JWT by a did:x509.
    pub async fn assertion_key(
        &self,
        key_id: &str,
        x5c: Option<&[String]>,
        now: OffsetDateTime,
    ) -> Result<Arc<PublicKey>, ResolveError> {
        let did = Did::parse(key_id.split('#').next().unwrap_or_default())?;
        match did.method() {
            "x509" => {
                let document = x509::resolve(&did, x5c, now)?.document;
                Ok(Arc::new(document.assertion_key(key_id)?))
            }
            // The one key of a did:jwk may be named by the DID alone (contract/credentials.md 4.3).
            "jwk" if did == *key_id => {
                Ok(Arc::new(jwk::resolve(&did)?.assertion_key(&format!("{did}#0"))?))
            }
            _ => Ok(self.find(&did).await?.known().assertion_key(key_id)?),
        }
    }

    async fn find(&self, did: &Did) -> Result<Found, ResolveError> {
        match did.method() {
            "key" => return Ok(Found::Other(Arc::new(Known::new(key::resolve(did)?)))),
            "jwk" => return Ok(Found::Other(Arc::new(Known::new(jwk::resolve(did)?)))),
            _ => {}
        }
        if let Some(own) = self.own.find(did).await? {
            return if own.is_deactivated() {
                Err(ResolveError::Deactivated)
            } else {
                Ok(Found::Own(own))
            };
        }
        match did.method() {
            // Asking ourselves over HTTP would give the same answer, if it gave one.
            "web" if self.own.would_have(did) => Err(ResolveError::NotFound),
            "web" => Ok(Found::Other(self.web.fetch(did).await?)),
            "x509" => Err(x509::Error::NoCertificates.into()),
            _ => Err(ResolveError::UnsupportedMethod),
        }
    }
}
