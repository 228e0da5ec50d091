//! Sessions in a database that this process alone writes (SQLite): a log of what was stored, and an index of it in memory.
//!
//! The index decides everything; the table `session_log` is only appended to, one row for all operations that wait
//! (`writer.rs`), and read when a value is no longer in memory (`values.rs`) and at the start (`load`). Appending touches the
//! right edge of one B-tree, so a commit costs the same however much is stored. What has expired is removed by ranges of
//! whole rows (`sweep.rs`).
//!
//! INVARIANT: what was answered is committed, and the index is changed between commit and answer by one task alone. It is
//! right only while no other process appends: the store holds a lock on the database as long as it lives (`../lock.rs`).

mod index;
mod row;
mod rows;
mod store;
mod sweep;
mod values;
mod writer;

use std::fs::File;
use std::sync::Arc;

use bytes::Bytes;
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};

use self::index::{Entry, Index};
use self::rows::{Row, Rows};
use self::values::Values;
use self::writer::{Answer, Operation, Verb, Writer};
use super::id::{Id, milliseconds};
use super::lock;
use super::{Key, QUEUE_MAX, QUEUE_WAIT, Rule, SessionError, SessionStore, VALUE_BYTES_MAX};
use crate::BoxFuture;
use crate::clock::Clock;
use crate::sql::{Db, SqlError};
use crate::tasks::Tasks;

/// Rows that are read at once at the start.
const LOAD_ROWS: u32 = 256;

/// Keeps sessions in the database of the node, which is its own.
pub(super) struct LogSessions {
    log: Arc<Log>,
    queue: mpsc::Sender<Operation>,
}

/// What the store, its writer and its sweeper share.
struct Log {
    db: Db,
    index: Index,
    rows: Rows,
    values: Values,
    /// Held as long as anybody may write. None for a database in memory.
    _lock: Option<File>,
}

impl LogSessions {
    /// Locks the database, reads what is stored, and starts the tasks that write and that remove what has expired.
    ///
    /// SECURITY: it fails when the log cannot be read as it was written: a used nonce that was lost would be accepted again.
    pub(super) async fn start(
        db: &Db,
        clock: Arc<dyn Clock>,
        tasks: &Tasks,
    ) -> Result<Self, SessionError> {
        let lock = db.file().map(lock::exclusive).transpose()?;
        let log = Log {
            db: db.clone(),
            index: Index::new(),
            rows: Rows::default(),
            values: Values::new(),
            _lock: lock,
        };
        let last = log.load(milliseconds(clock.now())).await?;
        let log = Arc::new(log);
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        Writer::new(Arc::clone(&log), last).start(waiting, tasks);
        sweep::start(&log, clock, tasks);
        Ok(Self { log, queue })
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

impl Log {
    /// Fills the index from the table; the number of the last row.
    async fn load(&self, now: i64) -> Result<i64, SqlError> {
        let mut last = 0;
        loop {
            let stored = store::rows_after(&self.db, last, LOAD_ROWS).await?;
            for row in &stored {
                last = row.sequence;
                self.load_row(row, now).ok_or_else(|| {
                    SqlError::new(format!(
                        "row {last} of the table `session_log` is damaged, so used nonces may be unknown: restore the \
                         database, or empty the table once no token or nonce from before is valid any more"
                    ))
                })?;
            }
            if stored.len() < LOAD_ROWS as usize {
                return Ok(last);
            }
        }
    }

    /// None if the row is not as it was written.
    fn load_row(&self, stored: &store::Stored, now: i64) -> Option<()> {
        let mut offset = 0_u32;
        for item in row::items(&stored.entries)? {
            let place = row::Place { row: stored.sequence, offset, length: item.length() };
            offset = offset.checked_add(item.length())?;
            let entry = Entry { expires_at: item.expires_at, place };
            // The later row counts, also when its entry expired before the one that it replaced.
            let is_alive = !item.is_removal() && item.expires_at > now;
            self.index.set(item.id, is_alive.then_some(entry));
        }
        self.rows.push(Row { sequence: stored.sequence, expires_at: stored.expires_at });
        (i64::from(offset) == stored.contents_length).then_some(())
    }

    /// The value of an entry. None if it has expired meanwhile and is gone.
    async fn value(&self, entry: Entry) -> Result<Option<Bytes>, SqlError> {
        let place = entry.place;
        if place.length == 0 {
            return Ok(Some(Bytes::new()));
        }
        if let Some(value) = self.values.find(place) {
            return Ok(Some(value));
        }
        let value = store::value(&self.db, place).await?;
        if let Some(value) = &value {
            self.values.keep(place, value.clone());
        }
        Ok(value)
    }
}

impl SessionStore for LogSessions {
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
            match self.log.index.find(Id::of(key)) {
                Some(entry) if entry.expires_at > milliseconds(now) => {
                    Ok(self.log.value(entry).await?)
                }
                Some(_) | None => Ok(None),
            }
        })
    }

    fn take<'a>(
        &'a self,
        key: Key<'a>,
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Option<Bytes>, SessionError>> {
        Box::pin(async move {
            match self.ask(Id::of(key), Verb::Take, now).await? {
                Answer::Taken(Some(entry)) => Ok(self.log.value(entry).await?),
                Answer::Taken(None) | Answer::Written(_) => Ok(None),
            }
        })
    }

    fn is_known(&self, key: Key<'_>, now: OffsetDateTime) -> bool {
        let entry = self.log.index.find(Id::of(key));
        entry.is_some_and(|entry| entry.expires_at > milliseconds(now))
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), SessionError>> {
        Box::pin(async move { Ok(self.log.db.ping().await?) })
    }
}
