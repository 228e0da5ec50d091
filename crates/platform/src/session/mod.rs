//! What lives for seconds or minutes: access tokens, used nonces, proof ids, cached tokens.
//!
//! Once-only values use [`SessionStore::put_new`] and [`SessionStore::take`], never get-then-put.

mod cache;
mod id;
mod lock;
mod log;
pub mod memory;
mod sql;
mod sql_batch;
mod sql_store;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
pub use memory::MemorySessions;
pub use sql::SqlSessions;
use time::OffsetDateTime;

use self::log::LogSessions;
use crate::BoxFuture;
use crate::clock::Clock;
use crate::sql::{Db, SqlError};
use crate::tasks::Tasks;

/// Operations that may wait to be written.
const QUEUE_MAX: usize = 4096;
/// How long an operation waits for a place in the queue.
const QUEUE_WAIT: Duration = Duration::from_secs(5);
/// The largest value that is kept in a database, in bytes.
const VALUE_BYTES_MAX: usize = 1024 * 1024;

/// Keeps sessions in the database of the node: they survive a restart, and nodes with one database share them.
///
/// A database in a file is locked for this process as long as the store and its tasks live. It fails when another process
/// has the lock, or when what is stored cannot be read.
pub async fn start(
    db: &Db,
    clock: Arc<dyn Clock>,
    tasks: &Tasks,
) -> Result<Arc<dyn SessionStore>, SessionError> {
    if db.is_shared() {
        return Ok(Arc::new(SqlSessions::start(db, clock, tasks)));
    }
    Ok(Arc::new(LogSessions::start(db, clock, tasks).await?))
}

/// Keeps sessions in memory: they are gone when the process ends. The database of the node is locked as by [`start`].
pub fn start_in_memory(
    db: &Db,
    clock: Arc<dyn Clock>,
    tasks: &Tasks,
) -> Result<Arc<dyn SessionStore>, SessionError> {
    let lock = db.file().map(lock::exclusive).transpose()?;
    Ok(MemorySessions::start(lock, clock, tasks))
}

/// A room of the store with its own keys, named as in contract/iam.md 2.6 (`serveraccesstoken`, `s2s/nonce`, …).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Space(pub &'static str);

/// The place of one value: room and key. Keys are at most 512 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key<'a> {
    /// The room.
    pub space: Space,
    /// The key within it. A secret (an access token) is never a key: its SHA-256 is.
    pub name: &'a str,
}

/// What becomes of an unexpired value under the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// It gives way.
    Replace,
    /// It stays, and the new value is not stored.
    OnlyNew,
}

/// Keeps values until they expire. Every read compares the expiry with `now`.
pub trait SessionStore: Send + Sync {
    /// Stores a value if `rule` lets it, atomically, also among nodes; whether it was stored. One that has expired is not kept.
    fn write<'a>(
        &'a self,
        key: Key<'a>,
        value: Bytes,
        expires_at: OffsetDateTime,
        rule: Rule,
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<bool, SessionError>>;

    /// Stores a value, replacing an older one.
    fn put<'a>(
        &'a self,
        key: Key<'a>,
        value: Bytes,
        expires_at: OffsetDateTime,
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<(), SessionError>> {
        Box::pin(
            async move { self.write(key, value, expires_at, Rule::Replace, now).await.map(drop) },
        )
    }

    /// Stores a value if there is no unexpired one under its key. `false`: there is one.
    fn put_new<'a>(
        &'a self,
        key: Key<'a>,
        value: Bytes,
        expires_at: OffsetDateTime,
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<bool, SessionError>> {
        self.write(key, value, expires_at, Rule::OnlyNew, now)
    }

    /// The value, unless it has expired.
    fn find<'a>(
        &'a self,
        key: Key<'a>,
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Option<Bytes>, SessionError>>;

    /// Removes the value and returns it, unless it has expired; among parallel callers exactly one gets it.
    fn take<'a>(
        &'a self,
        key: Key<'a>,
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Option<Bytes>, SessionError>>;

    /// Whether a value is there, as far as this process knows without asking another one. `false` proves nothing.
    fn is_known(&self, key: Key<'_>, now: OffsetDateTime) -> bool;

    /// Whether the store answers.
    fn ping(&self) -> BoxFuture<'_, Result<(), SessionError>>;
}

/// Why the store did not answer.
#[derive(Debug, thiserror::Error)]
#[error("session store failed")]
pub struct SessionError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

impl From<SqlError> for SessionError {
    fn from(error: SqlError) -> Self {
        Self(Box::new(error))
    }
}
