//! The documents of this node: every version of them, and the newest kept at hand.

use std::sync::Arc;

use bytes::Bytes;
use pecan_credentials::did::Did;
use pecan_credentials::did::document::{Document, Relationship};
use pecan_credentials::did::web;
use pecan_credentials::proof::SigningKey;
use pecan_platform::Env;
use pecan_platform::sql::{SqlError, Tx};
use time::OffsetDateTime;

use super::error::StoredError;
use super::known::Known;
use super::store;
use crate::PublicUrl;
use crate::recent::Recent;

/// How much of our documents, and of the knowledge that a DID is not ours, is kept in memory: bytes of DIDs and JSON.
const RECENT_BYTES_MAX: u64 = 8 << 20;
/// What an entry weighs beside these.
const ENTRY_BYTES: u32 = 256;

/// The documents of this node. Cheap to clone.
#[derive(Clone)]
pub struct OwnDocuments {
    env: Env,
    /// `did:web:<host>:<path>`, unless the host of the public URL is an address.
    root: Option<Did>,
    recent: Arc<Recent<Did, Option<Arc<OwnDocument>>>>,
}

/// The newest version of a document of this node.
pub struct OwnDocument {
    known: Known,
    text: Bytes,
    version: i64,
    /// When the DID was made, in Unix seconds.
    created_at: i64,
    /// When this version was made, in Unix seconds.
    updated_at: i64,
}

impl OwnDocument {
    fn parse(row: store::Version) -> Result<Self, StoredError> {
        let document = Document::parse(&row.raw)?;
        Ok(Self {
            known: Known::new(document),
            text: row.raw.into(),
            version: row.number,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }

    /// The document.
    pub fn document(&self) -> &Arc<Document> {
        self.known.document()
    }

    /// Whether nobody may change it any more (contract/credentials.md 3.3).
    pub fn is_deactivated(&self) -> bool {
        let document = self.document();
        document.controllers().is_empty()
            && document.methods_for(Relationship::CapabilityInvocation).next().is_none()
    }

    /// When the DID was made.
    pub fn created_at(&self) -> OffsetDateTime {
        from_seconds(self.created_at)
    }

    /// When this version was made.
    pub fn updated_at(&self) -> OffsetDateTime {
        from_seconds(self.updated_at)
    }

    /// The assertion key that was added last.
    pub fn newest_signing_key(&self) -> Option<SigningKey> {
        self.known.newest_signing_key()
    }

    pub(super) fn known(&self) -> &Known {
        &self.known
    }
}

impl OwnDocuments {
    pub(super) fn new(env: Env, public_url: &PublicUrl) -> Self {
        let root = web::from_url(public_url.as_str()).ok();
        // SECURITY: DIDs count as well; those that are not ours come from strangers, and may be long.
        let weigh = |did: &Did, document: &Option<Arc<OwnDocument>>| {
            let bytes = document.as_ref().map_or(0, |document| document.text.len());
            u32::try_from(bytes + did.as_str().len())
                .unwrap_or(u32::MAX)
                .saturating_add(ENTRY_BYTES)
        };
        Self { env, root, recent: Arc::new(Recent::new(RECENT_BYTES_MAX, weigh)) }
    }

    /// The newest version, from memory for up to two seconds.
    pub async fn find(&self, did: &Did) -> Result<Option<Arc<OwnDocument>>, StoredError> {
        let now = self.env.clock.now();
        let read = self.env.db.read("did.find", async |tx| Self::newest(tx, did).await);
        self.recent.find_or(did, now, async { Ok(read.await?.map(Arc::new)) }).await
    }

    /// The text of the document at `<base>/iam/<id>/did.json`, or at the root; `None` if there is none or it is deactivated.
    pub async fn find_published(&self, id: Option<&str>) -> Result<Option<Bytes>, StoredError> {
        let did = match (&self.root, id) {
            (None, _) => None,
            (Some(root), None) => Some(root.clone()),
            (Some(root), Some(id)) => Did::parse(&format!("{root}:iam:{id}")).ok(),
        };
        let Some(did) = did else { return Ok(None) };
        let document = self.find(&did).await?.filter(|document| !document.is_deactivated());
        Ok(document.map(|document| document.text.clone()))
    }

    /// Whether a DID, had it a document, would have it here: its URL is one that this node serves.
    pub(super) fn would_have(&self, did: &Did) -> bool {
        let below = |root: &Did| did.as_str().strip_prefix(root.as_str())?.strip_prefix(":iam:");
        self.root.as_ref().and_then(below).is_some_and(|id| !id.contains(':'))
    }

    /// The newest version, as a transaction sees it.
    pub(crate) async fn newest(
        tx: &mut Tx<'_>,
        did: &Did,
    ) -> Result<Option<OwnDocument>, StoredError> {
        store::find_newest(tx, did).await?.map(OwnDocument::parse).transpose()
    }

    /// Adds a version after `previous`, which nobody else may follow meanwhile: the caller holds the lock of the subject.
    pub(crate) async fn add_version(
        tx: &mut Tx<'_>,
        document: &Document,
        previous: Option<&OwnDocument>,
        now: OffsetDateTime,
    ) -> Result<(), SqlError> {
        let updated_at = now.unix_timestamp();
        let version = store::Version {
            number: previous.map_or(0, |previous| previous.version + 1),
            created_at: previous.map_or(updated_at, |previous| previous.created_at),
            updated_at,
            raw: document.to_value().to_string(),
        };
        store::insert(tx, document.id(), &version).await
    }

    /// Notices a committed change.
    pub(crate) fn forget(&self) {
        self.recent.forget();
    }
}

fn from_seconds(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
