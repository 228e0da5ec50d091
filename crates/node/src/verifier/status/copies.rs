//! Copies of status lists: decoded in memory, as text in the database, where they survive a restart.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use moka::sync::Cache;
use pecan_platform::Env;
use pecan_platform::sql::SqlError;
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;

use super::super::signature::Signatures;
use super::super::store;
use super::download::{Download, DownloadError, download, restore};
use super::list::List;
use super::{Reach, StatusError, UnknownError};

/// How long a copy counts without asking again (contract/credentials.md 9.4).
const LIFETIME: Duration = Duration::minutes(15);
/// How long nobody is asked again after a download that failed, or a list that had already ended.
const PAUSE: Duration = Duration::seconds(15);
/// The most memory for decoded lists, in bytes.
const MEMORY_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// What a list takes beside its bits, in bytes.
const OVERHEAD_BYTES: usize = 1024;
/// The most lists that are remembered to have failed, or are being fetched.
const URLS_MAX: u64 = 10_000;
/// The largest credential of a list that is stored, in bytes; larger ones are kept in memory only.
const STORED_BYTES_MAX: usize = 256 * 1024;

/// A list in memory.
pub(super) struct Copy {
    pub(super) list: List,
    /// When it was downloaded.
    pub(super) downloaded_at: OffsetDateTime,
    expires_at: Option<OffsetDateTime>,
    bytes: usize,
    /// The last time that it was looked at, in Unix seconds.
    used_at: AtomicI64,
}

impl Copy {
    fn new(download: Download, downloaded_at: OffsetDateTime, used_at: OffsetDateTime) -> Self {
        let bytes = download.list.bytes() + OVERHEAD_BYTES;
        let Download { list, raw: _, expires_at } = download;
        let used_at = AtomicI64::new(used_at.unix_timestamp());
        Self { list, downloaded_at, expires_at, bytes, used_at }
    }

    /// Whether it counts without asking again.
    pub(super) fn is_fresh(&self, now: OffsetDateTime) -> bool {
        let age = now - self.downloaded_at;
        // A copy of the future is one that was made before the clock was set right.
        let is_young = !age.is_negative() && age < LIFETIME;
        age.abs() < PAUSE || (is_young && self.expires_at.is_none_or(|end| now < end))
    }

    pub(super) fn used_at(&self) -> i64 {
        self.used_at.load(Ordering::Relaxed)
    }

    fn touch(&self, now: OffsetDateTime) {
        self.used_at.store(now.unix_timestamp(), Ordering::Relaxed);
    }
}

/// All copies. Cheap to clone; clones share them.
#[derive(Clone)]
pub(super) struct Copies {
    pub(super) env: Env,
    signatures: Signatures,
    /// By URL.
    pub(super) held: Cache<String, Arc<Copy>>,
    /// When a download failed last, by URL.
    failures: Cache<String, OffsetDateTime>,
    /// One for each URL that is being fetched.
    gates: Cache<String, Arc<Mutex<()>>>,
}

impl Copies {
    pub(super) fn new(env: Env, signatures: Signatures) -> Self {
        let held = Cache::builder()
            .max_capacity(MEMORY_BYTES_MAX)
            .weigher(|url: &String, copy: &Arc<Copy>| {
                u32::try_from(url.len() + copy.bytes).unwrap_or(u32::MAX)
            })
            .build();
        let (failures, gates) = (Cache::new(URLS_MAX), Cache::new(URLS_MAX));
        Self { env, signatures, held, failures, gates }
    }

    /// The list that is published under a URL; `None` if it is not within reach.
    pub(super) async fn find(
        &self,
        url: &str,
        now: OffsetDateTime,
        reach: Reach,
    ) -> Result<Option<Arc<Copy>>, StatusError> {
        if let Some(copy) = self.fresh(url, now) {
            return Ok(Some(copy));
        }
        if reach == Reach::Memory {
            return Ok(None);
        }
        // INVARIANT: one fetch of a list at a time; who waits finds what the first one got.
        let gate = self.gates.get_with_by_ref(url, Arc::default);
        let _turn = gate.lock().await;
        if let Some(copy) = self.fresh(url, now) {
            return Ok(Some(copy));
        }
        let found = self.fetch(url, now).await;
        found.map(Some).map_err(|cause| UnknownError::List(Arc::new(cause)).into())
    }

    /// A copy in memory that is not old, or that nobody can replace at the moment.
    fn fresh(&self, url: &str, now: OffsetDateTime) -> Option<Arc<Copy>> {
        let copy = self.held.get(url)?;
        if !copy.is_fresh(now) && !self.has_just_failed(url, now) {
            return None;
        }
        copy.touch(now);
        Some(copy)
    }

    fn has_just_failed(&self, url: &str, now: OffsetDateTime) -> bool {
        self.failures.get(url).is_some_and(|failed_at| (now - failed_at).abs() < PAUSE)
    }

    /// The best that there is: a stored copy that is not old, a new one, or the old one.
    async fn fetch(&self, url: &str, now: OffsetDateTime) -> Result<Arc<Copy>, DownloadError> {
        let stored = match self.stored(url, now).await {
            Some(copy) if copy.is_fresh(now) => return Ok(self.hold(url, copy)),
            stored => stored,
        };
        let failure = if self.has_just_failed(url, now) {
            DownloadError::JustFailed
        } else {
            match self.replace(url, now, now).await {
                Ok(copy) => return Ok(copy),
                Err(failure) => failure,
            }
        };
        // A list that cannot be replaced counts on, also past its end: not to know is worse.
        match stored {
            Some(copy) => Ok(self.hold(url, copy)),
            None => self.held.get(url).ok_or(failure),
        }
    }

    /// Downloads a list, and keeps it.
    pub(super) async fn replace(
        &self,
        url: &str,
        used_at: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<Arc<Copy>, DownloadError> {
        match download(&self.env, &self.signatures, url, now).await {
            Ok(download) => {
                self.store(url, &download, now).await;
                self.failures.invalidate(url);
                Ok(self.hold(url, Copy::new(download, now, used_at)))
            }
            Err(failure) => {
                self.failures.insert(url.to_owned(), now);
                let cause: &dyn std::error::Error = &failure;
                tracing::warn!(url, cause, "status list cannot be downloaded");
                Err(failure)
            }
        }
    }

    fn hold(&self, url: &str, copy: Copy) -> Arc<Copy> {
        let copy = Arc::new(copy);
        self.held.insert(url.to_owned(), Arc::clone(&copy));
        copy
    }

    /// The copy in the database. A database that fails has none: the list can still be downloaded.
    async fn stored(&self, url: &str, now: OffsetDateTime) -> Option<Copy> {
        let row = self.env.db.read("status-list.find", async |tx| store::find_list(tx, url).await);
        let row = match row.await {
            Ok(row) => row?,
            Err(failure) => {
                log_failure(&failure);
                return None;
            }
        };
        let download = restore(&row.raw, url).ok()?;
        Some(Copy::new(download, row.downloaded_at, now))
    }

    async fn store(&self, url: &str, download: &Download, now: OffsetDateTime) {
        if download.raw.len() > STORED_BYTES_MAX {
            return;
        }
        let raw = download.raw.as_str();
        let stored = self
            .env
            .db
            .write("status-list.store", async |tx| store::put_list(tx, url, raw, now).await);
        if let Err(failure) = stored.await {
            log_failure(&failure);
        }
    }
}

fn log_failure(failure: &SqlError) {
    let cause: &dyn std::error::Error = failure;
    tracing::warn!(cause, "copies of status lists are not at hand");
}
