//! Status lists of our issuers: the signed credential that shows the bits (contract/credentials.md 9).
//!
//! The bits in the database are what counts; the signed credential is made from them when it is missing, behind them, or near its end.

use std::sync::Arc;

use bytes::Bytes;
use moka::sync::Cache;
use pecan_credentials::contexts::{CREDENTIALS_V1, STATUS_LIST_2021};
use pecan_credentials::credential::{Draft, VERIFIABLE_CREDENTIAL};
use pecan_credentials::did::Did;
use pecan_credentials::proof::sign::PrepareError;
use pecan_credentials::status::Bitstring;
use pecan_credentials::status::bitstring::DecodeError;
use pecan_credentials::status::status_list_2021::{self, CREDENTIAL_TYPE, REVOCATION};
use pecan_jsonld::processor::Processor;
use pecan_platform::Env;
use pecan_platform::random::uuid;
use pecan_platform::sql::SqlError;
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;

use super::own_status::{Bits, weigh};
use super::store::{self, ListKey, ListRow, SignedList};
use crate::key::{KeyError, Keys};
use crate::recent::{AGE_MAX, Recent};
use crate::subject::{SigningKeyError, Subjects};
use crate::{FailureKind, PublicUrl};

/// How long a signed list counts.
const LIFETIME: Duration = Duration::hours(24);
/// What must be left of it for a reader.
const REMAINING_MIN: Duration = Duration::hours(6);
/// The most lists in memory. A signed list takes one to thirty kilobytes.
const CACHED_MAX: u64 = 1_000;
/// The most memory for the bits of lists, in bytes.
const BITS_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// How often a list is signed again because a revocation came in between.
const SIGNINGS_MAX: usize = 10;

/// The status lists of the issuers of this node. Cheap to clone.
#[derive(Clone)]
pub struct StatusLists {
    pub(super) env: Env,
    pub(super) public_url: PublicUrl,
    subjects: Subjects,
    keys: Keys,
    processor: Arc<Processor>,
    cache: Cache<ListKey, Arc<Published>>,
    pub(super) bits: Arc<Recent<ListKey, Bits>>,
    /// One list is signed at a time, so that a thousand readers of one that ran out make one signature. Holds when the vault failed,
    /// so that they do not each wait for it either.
    signing: Arc<Mutex<Option<OffsetDateTime>>>,
}

/// A signed list, as it is answered.
#[derive(Debug)]
pub(super) struct Published {
    credential: Bytes,
    expires_at: OffsetDateTime,
    read_at: OffsetDateTime,
}

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum StatusListError {
    /// The issuer is no DID.
    #[error("invalid DID")]
    InvalidDid,
    /// This node has no such list.
    #[error("status list: credential not found")]
    NotFound,
    /// The issuer has no key to sign it with.
    #[error("status list cannot be signed")]
    NoKey(#[from] SigningKeyError),
    /// The key cannot be used.
    #[error("status list cannot be signed")]
    Key(#[from] KeyError),
    /// The list cannot be written as JSON-LD.
    #[error("status list cannot be signed")]
    Document(#[from] PrepareError),
    /// The bits in the database cannot be read.
    #[error("internal error")]
    Damaged(#[from] DecodeError),
    /// Revocations came faster than signatures, or the vault failed a moment ago.
    #[error("status list cannot be signed now")]
    Busy,
    /// The database failed.
    #[error("internal error")]
    Sql(#[from] SqlError),
}

impl StatusListError {
    /// Whose fault it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::InvalidDid => FailureKind::Invalid,
            Self::NotFound => FailureKind::NotFound,
            // An issuer that was deactivated has no list any more, as it has no document.
            Self::NoKey(cause) if cause.kind() == FailureKind::Invalid => FailureKind::NotFound,
            Self::NoKey(_)
            | Self::Key(_)
            | Self::Document(_)
            | Self::Damaged(_)
            | Self::Busy
            | Self::Sql(_) => FailureKind::Internal,
        }
    }
}

impl StatusLists {
    /// Lists of the subjects of this node, below `public_url`.
    pub fn new(
        env: Env,
        public_url: PublicUrl,
        subjects: Subjects,
        keys: Keys,
        processor: Arc<Processor>,
    ) -> Self {
        let (cache, signing) = (Cache::new(CACHED_MAX), Arc::new(Mutex::new(None)));
        let bits = Arc::new(Recent::new(BITS_BYTES_MAX, |_, bits| weigh(bits)));
        Self { env, public_url, subjects, keys, processor, cache, bits, signing }
    }

    /// The signed list of an issuer and a page, as JSON. Mostly answered from memory.
    pub async fn find(&self, issuer: &str, page: i64) -> Result<Bytes, StatusListError> {
        let now = self.env.clock.now();
        let issuer = Did::parse(issuer).map_err(|_| StatusListError::InvalidDid)?;
        let page = u32::try_from(page).map_err(|_| StatusListError::NotFound)?;
        let list = ListKey { issuer, page };
        if let Some(published) = self.cache.get(&list)
            && published.is_fresh(now)
        {
            return Ok(published.credential.clone());
        }
        match self.publish(&list, now).await {
            Ok(published) => Ok(published.credential.clone()),
            Err(cause) => self.last_published(&list, now).await?.ok_or(cause),
        }
    }

    /// The last signed list, as long as it counts and hides no revocation: better than none while it cannot be signed again.
    async fn last_published(
        &self,
        list: &ListKey,
        now: OffsetDateTime,
    ) -> Result<Option<Bytes>, StatusListError> {
        let Some(row) = self.load(list).await? else { return Ok(None) };
        let shows_all =
            row.signed_revision == row.revision && row.expires_at > now.unix_timestamp();
        Ok(row.credential.filter(|_| shows_all).map(Bytes::from))
    }

    /// The signed list that shows every bit of the database, signed now if need be.
    pub(super) async fn publish(
        &self,
        list: &ListKey,
        now: OffsetDateTime,
    ) -> Result<Arc<Published>, StatusListError> {
        if let Some(published) = self.stored(list, now).await? {
            return Ok(published);
        }
        let mut vault_failed_at = self.signing.lock().await;
        if vault_failed_at.is_some_and(|at| (Duration::ZERO..AGE_MAX).contains(&(now - at))) {
            return Err(StatusListError::Busy);
        }
        let published = self.sign_until_all_shows(list, now).await;
        *vault_failed_at = match published {
            Err(StatusListError::Key(_)) => Some(now),
            Ok(_) | Err(_) => None,
        };
        published
    }

    async fn sign_until_all_shows(
        &self,
        list: &ListKey,
        now: OffsetDateTime,
    ) -> Result<Arc<Published>, StatusListError> {
        for _ in 0..SIGNINGS_MAX {
            let row = self.load(list).await?.ok_or(StatusListError::NotFound)?;
            if let Some(published) = self.keep(list, &row, now) {
                return Ok(published);
            }
            self.sign_and_store(list, &row, now).await?;
        }
        Err(StatusListError::Busy)
    }

    /// The list as the database has it, if it can be answered as it is.
    async fn stored(
        &self,
        list: &ListKey,
        now: OffsetDateTime,
    ) -> Result<Option<Arc<Published>>, StatusListError> {
        let row = self.load(list).await?.ok_or(StatusListError::NotFound)?;
        Ok(self.keep(list, &row, now))
    }

    pub(super) async fn load(&self, list: &ListKey) -> Result<Option<ListRow>, SqlError> {
        self.env.db.read("issuer.list", async |tx| store::find_list(tx, list).await).await
    }

    /// Keeps a signed list in memory if it shows all bits and lasts long enough.
    fn keep(&self, list: &ListKey, row: &ListRow, now: OffsetDateTime) -> Option<Arc<Published>> {
        let credential = Bytes::from(row.credential.clone()?);
        let expires_at = OffsetDateTime::from_unix_timestamp(row.expires_at).ok()?;
        let published = Published { credential, expires_at, read_at: now };
        if row.signed_revision != row.revision || !published.is_fresh(now) {
            return None;
        }
        let published = Arc::new(published);
        self.cache.insert(list.clone(), Arc::clone(&published));
        Some(published)
    }

    async fn sign_and_store(
        &self,
        list: &ListKey,
        row: &ListRow,
        now: OffsetDateTime,
    ) -> Result<(), StatusListError> {
        let expires_at = now + LIFETIME;
        let credential = self.sign(list, row, now, expires_at).await?;
        let signed = SignedList {
            credential: &credential,
            revision: row.revision,
            expires_at: expires_at.unix_timestamp(),
        };
        self.env
            .db
            .write("issuer.publish", async |tx| store::store_signed(tx, list, &signed).await)
            .await?;
        Ok(())
    }

    async fn sign(
        &self,
        list: &ListKey,
        row: &ListRow,
        now: OffsetDateTime,
        expires_at: OffsetDateTime,
    ) -> Result<String, StatusListError> {
        let key = self.subjects.signing_key(&list.issuer).await?;
        let bits = Bitstring::decode(&row.encoded)?;
        let subject = status_list_2021::subject(&self.url(list), REVOCATION, &bits);
        let Value::Object(subject) = subject else {
            unreachable!("the subject of a list is an object")
        };
        let draft = Draft {
            id: format!("{}#{}", list.issuer, uuid(self.env.random.as_ref())),
            issuer: list.issuer.clone(),
            contexts: vec![CREDENTIALS_V1.to_owned(), STATUS_LIST_2021.to_owned()],
            types: vec![VERIFIABLE_CREDENTIAL.to_owned(), CREDENTIAL_TYPE.to_owned()],
            subjects: vec![subject],
            issued_at: now,
            expires_at: Some(expires_at),
            statuses: Vec::new(),
        };
        let unsigned = draft.into_json_ld(&key, &self.processor)?;
        let signature = self.keys.sign(&key.id, unsigned.signing_input()).await?;
        let mut credential = unsigned.attach(&signature);
        // Lists of one mean the same to JSON-LD, and are what readers of the reference's lists have seen so far.
        for member in ["credentialSubject", "proof"] {
            if let Some(value) = credential.get_mut(member) {
                *value = Value::Array(vec![value.take()]);
            }
        }
        Ok(credential.to_string())
    }

    pub(super) fn url(&self, list: &ListKey) -> String {
        status_list_2021::list_url(self.public_url.as_str(), &list.issuer, list.page)
    }
}

impl Published {
    fn is_fresh(&self, now: OffsetDateTime) -> bool {
        (Duration::ZERO..AGE_MAX).contains(&(now - self.read_at))
            && self.expires_at - now >= REMAINING_MIN
    }
}
