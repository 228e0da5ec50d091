//! Keeps answers to GET requests in memory, and lets one request of many fetch what is missing.
//!
//! A request that carries credentials is never answered from here and its answer is never kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::header::{ACCEPT, AUTHORIZATION, COOKIE};
use http::{HeaderMap, Method};
use moka::sync::Cache;
use time::OffsetDateTime;
use tokio::sync::watch;
use url::Url;

use super::freshness::{self, LIFETIME_MAX};
use super::{Request, Response};

/// The fetches that others wait for, at the same time; beyond that each request fetches for itself.
const FETCHES_MAX: usize = 1024;

/// What an entry takes beside its texts.
const ENTRY_OVERHEAD_BYTES: usize = 256;

/// The answers.
pub(super) struct ResponseCache {
    entries: Cache<Key, Entry>,
    fetches: Fetches,
}

/// An answer is for one URL, its query included, and one `Accept` header.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key(Arc<str>);

#[derive(Clone)]
struct Entry {
    response: Arc<Response>,
    expires: OffsetDateTime,
}

impl ResponseCache {
    /// A cache of at most this size; of size zero it keeps nothing.
    pub(super) fn new(bytes_max: u64) -> Self {
        let entries = Cache::builder()
            .max_capacity(bytes_max)
            .weigher(|key: &Key, entry: &Entry| weight(key, &entry.response))
            // Frees what nobody asks for any more. Whether an entry is fresh is decided by the node's own clock.
            .time_to_live(LIFETIME_MAX)
            .build();
        Self { entries, fetches: Fetches::default() }
    }

    /// The key of a request that the cache may answer.
    pub(super) fn key(&self, request: &Request, url: &Url) -> Option<Key> {
        let is_off = self.entries.policy().max_capacity() == Some(0);
        let has_credentials =
            request.headers.contains_key(AUTHORIZATION) || request.headers.contains_key(COOKIE);
        let may_answer = request.use_cache
            && request.method == Method::GET
            && !is_off
            && !has_credentials
            && freshness::may_answer(&request.headers);
        may_answer.then(|| Key::new(url, &request.headers))
    }

    /// A fresh answer.
    pub(super) fn find(&self, key: &Key, now: OffsetDateTime) -> Option<Response> {
        let entry = self.entries.get(key)?;
        (now < entry.expires).then(|| (*entry.response).clone())
    }

    /// Keeps an answer if it may be kept, and says whether it is.
    pub(super) fn keep(&self, key: &Key, response: &Response, now: OffsetDateTime) -> bool {
        let Some(lifetime) = freshness::lifetime(response.status, &response.headers, now) else {
            return false;
        };
        let entry = Entry { response: Arc::new(response.clone()), expires: now + lifetime };
        self.entries.insert(key.clone(), entry);
        // Left to itself the cache puts off its housekeeping, and grows by whatever is inserted meanwhile.
        self.entries.run_pending_tasks();
        true
    }

    /// The part that a request has in fetching what is missing.
    pub(super) fn join(&self, key: &Key) -> Part {
        self.fetches.join(key)
    }
}

impl Key {
    fn new(url: &Url, headers: &HeaderMap) -> Self {
        let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let url = url.as_str().split('#').next().unwrap_or_default();
        Self(format!("{url} {accept}").into())
    }
}

/// The memory that an entry takes, in bytes.
fn weight(key: &Key, response: &Response) -> u32 {
    let headers: usize =
        response.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum();
    let bytes = key.0.len() + response.body.len() + headers + ENTRY_OVERHEAD_BYTES;
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// Who fetches what, right now.
#[derive(Clone, Default)]
struct Fetches {
    running: Arc<Mutex<HashMap<Key, watch::Receiver<Outcome>>>>,
}

/// What became of a fetch that others wait for. A sender that is gone without another word was given up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Running,
    Kept,
    NotKept,
}

/// The part of one request in fetching an answer.
pub(super) enum Part {
    /// It fetches, others wait for it.
    Lead(Lead),
    /// It waits for another.
    Follow(Follow),
    /// It fetches for itself.
    Alone,
}

/// The right to fetch for others. Dropped unfinished, one of them takes over.
pub(super) struct Lead {
    fetches: Fetches,
    key: Key,
    outcome: watch::Sender<Outcome>,
}

/// Waits for another request.
pub(super) struct Follow(watch::Receiver<Outcome>);

impl Fetches {
    fn join(&self, key: &Key) -> Part {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(outcome) = running.get(key) {
            return Part::Follow(Follow(outcome.clone()));
        }
        if running.len() >= FETCHES_MAX {
            return Part::Alone;
        }
        let (sender, receiver) = watch::channel(Outcome::Running);
        running.insert(key.clone(), receiver);
        Part::Lead(Lead { fetches: self.clone(), key: key.clone(), outcome: sender })
    }
}

impl Lead {
    /// Tells those who wait that the fetch is over, and whether the answer is in the cache.
    pub(super) fn finish(self, is_kept: bool) {
        let outcome = if is_kept { Outcome::Kept } else { Outcome::NotKept };
        self.outcome.send_replace(outcome);
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        // INVARIANT: removed before the sender goes, so that who wakes up finds no dead fetch.
        let mut running = self.fetches.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.remove(&self.key);
    }
}

impl Follow {
    /// Waits for the end of the other fetch. Whether to look into the cache or lead again; if not, the answer is for one only.
    pub(super) async fn wait(mut self) -> bool {
        match self.0.wait_for(|outcome| *outcome != Outcome::Running).await {
            Ok(outcome) => *outcome == Outcome::Kept,
            Err(_given_up) => true,
        }
    }
}
