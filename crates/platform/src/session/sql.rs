//! Sessions in a database that nodes share: a table of which every statement decides for itself.
//!
//! Operations of concurrent requests wait in one queue and are written together (`sql_batch.rs`), so that a commit is paid
//! once for many. A lone operation does not wait for company. What was answered is committed. What is read again is kept in
//! memory (`cache.rs`).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};

use super::cache::{Cache, Entry};
use super::id::{Id, milliseconds};
use super::sql_batch::{Answer, Operation, Verb, Writer};
use super::sql_store::{self, Statements};
use super::{Key, QUEUE_MAX, QUEUE_WAIT, Rule, SessionError, SessionStore, VALUE_BYTES_MAX};
use crate::BoxFuture;
use crate::clock::Clock;
use crate::sql::{Db, SqlError};
use crate::tasks::Tasks;

/// How often expired values are removed.
const SWEEP_PERIOD: Duration = Duration::from_secs(1);
/// Values that are removed at once: others wait so long for their turn.
const SWEEP_BATCH: u32 = 256;
/// Removals of one sweep, so that it ends.
const SWEEP_BATCHES_MAX: usize = 1000;

/// Keeps sessions in a database that other nodes write to as well: see [`start`](super::start).
pub struct SqlSessions {
    db: Db,
    statements: Arc<Statements>,
    cache: Arc<Cache>,
    queue: mpsc::Sender<Operation>,
}

impl SqlSessions {
    /// Starts the tasks that write and that remove what has expired.
    pub fn start(db: &Db, clock: Arc<dyn Clock>, tasks: &Tasks) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        let statements = Arc::new(Statements::new(db.dialect()));
        let cache = Arc::new(Cache::new(db.is_shared()));
        let writer = Writer {
            db: db.clone(),
            statements: Arc::clone(&statements),
            cache: Arc::clone(&cache),
        };
        writer.start(waiting, tasks);
        let store = Self { db: db.clone(), statements, cache, queue };
        store.sweep_from_now_on(clock, tasks);
        store
    }

    fn sweep_from_now_on(&self, clock: Arc<dyn Clock>, tasks: &Tasks) {
        let (db, statements) = (self.db.clone(), Arc::clone(&self.statements));
        tasks.every("session.sweep", SWEEP_PERIOD, move || {
            let (db, statements, now) = (db.clone(), Arc::clone(&statements), clock.now());
            Box::pin(async move {
                let swept = sweep(&db, &statements, milliseconds(now)).await;
                swept.map_err(|error| error.to_string())
            })
        });
    }

    async fn ask(&self, id: Id, verb: Verb, now: OffsetDateTime) -> Result<Answer, SessionError> {
        let (answer, answered) = oneshot::channel();
        let operation = Operation { id, verb, now: milliseconds(now), answer };
        let queued = self.queue.send_timeout(operation, QUEUE_WAIT).await;
        queued.map_err(|_| SessionError("session store does not take more work".into()))?;
        let answer = answered.await.map_err(|_| SessionError("session store is closed".into()))?;
        answer.map_err(SessionError::from)
    }
}

impl SessionStore for SqlSessions {
    fn write<'a>(
        &'a self,
        key: Key<'a>,
        value: Bytes,
        expires_at: OffsetDateTime,
        rule: Rule,
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<bool, SessionError>> {
        Box::pin(async move {
            if value.len() > VALUE_BYTES_MAX {
                return Err(SessionError("value is too large for the session store".into()));
            }
            let replaces = rule == Rule::Replace;
            let verb = Verb::Put { value, expires_at: milliseconds(expires_at), replaces };
            match self.ask(Id::of(key), verb, now).await? {
                Answer::Written(is_written) => Ok(is_written),
                Answer::Taken(_) => Ok(false),
            }
        })
    }

    fn find<'a>(
        &'a self,
        key: Key<'a>,
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Option<Bytes>, SessionError>> {
        Box::pin(async move {
            let (id, now) = (Id::of(key), milliseconds(now));
            if let Some(value) = self.cache.find(id, now) {
                return Ok(Some(value));
            }
            let seen = self.cache.changes(id);
            let Some((value, expires_at)) = sql_store::find(&self.db, id).await? else {
                return Ok(None);
            };
            if expires_at <= now {
                return Ok(None);
            }
            self.cache.keep(id, seen, Entry { value: value.clone(), expires_at, read_at: now });
            Ok(Some(value))
        })
    }

    fn take<'a>(
        &'a self,
        key: Key<'a>,
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Option<Bytes>, SessionError>> {
        Box::pin(async move {
            match self.ask(Id::of(key), Verb::Take, now).await? {
                Answer::Taken(value) => Ok(value),
                Answer::Written(_) => Ok(None),
            }
        })
    }

    fn is_known(&self, key: Key<'_>, now: OffsetDateTime) -> bool {
        self.cache.find(Id::of(key), milliseconds(now)).is_some()
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), SessionError>> {
        Box::pin(async move { Ok(self.db.ping().await?) })
    }
}

async fn sweep(db: &Db, statements: &Statements, now: i64) -> Result<(), SqlError> {
    for _ in 0..SWEEP_BATCHES_MAX {
        let removed = sql_store::remove_expired(db, statements, now, SWEEP_BATCH).await?;
        if removed < u64::from(SWEEP_BATCH) {
            break;
        }
        // Requests come between two removals.
        tokio::task::yield_now().await;
    }
    Ok(())
}
