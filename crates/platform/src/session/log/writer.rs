//! Decides on the operations of many requests and writes them together, in one row.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::super::id::Id;
use super::Log;
use super::index::Entry;
use super::row::{self, Place};
use super::rows::Row;
use super::store::{self, Draft};
use crate::sql::SqlError;
use crate::tasks::Tasks;

/// Operations that are written together.
const BATCH_MAX: usize = 256;
/// Bytes of values after which a row is full: to read one value again, SQLite reads its row.
const BATCH_BYTES_MAX: usize = 48 * 1024;
/// The most bytes that are made ready for a row before they are there.
const ROW_BYTES_MAX: usize = BATCH_BYTES_MAX + 16 * 1024;

/// What one request asks for.
pub(super) struct Operation {
    pub(super) id: Id,
    pub(super) verb: Verb,
    /// Unix time in milliseconds.
    pub(super) now: i64,
    pub(super) answer: Sender,
}

impl Operation {
    /// What it adds to a row.
    fn bytes(&self) -> usize {
        match &self.verb {
            Verb::Put { value, .. } => value.len(),
            Verb::Take => 0,
        }
    }
}

type Sender = oneshot::Sender<Result<Answer, SqlError>>;

pub(super) enum Verb {
    Put {
        value: Bytes,
        /// Unix time in milliseconds.
        expires_at: i64,
        /// Whether an unexpired value gives way.
        replaces: bool,
    },
    Take,
}

pub(super) enum Answer {
    /// Whether the value was stored.
    Written(bool),
    /// What was there, unexpired.
    Taken(Option<Entry>),
}

/// Takes operations from the queue and writes them.
pub(super) struct Writer {
    log: Arc<Log>,
    /// The number of the last row that was tried.
    last: i64,
}

impl Writer {
    /// `last`: the number of the last row in the table.
    pub(super) fn new(log: Arc<Log>, last: i64) -> Self {
        Self { log, last }
    }

    /// Starts the one task that writes.
    pub(super) fn start(self, queue: mpsc::Receiver<Operation>, tasks: &Tasks) {
        tasks.spawn("session.write", self.run(queue, tasks.stopping()));
    }

    /// Writes until nobody can ask any more, or until the end; then what is still in the queue.
    async fn run(
        mut self,
        mut queue: mpsc::Receiver<Operation>,
        stopping: impl Future<Output = ()>,
    ) {
        let mut stopping = Box::pin(stopping);
        let mut received = Vec::with_capacity(BATCH_MAX);
        let mut waiting = VecDeque::with_capacity(BATCH_MAX);
        let mut is_busy = false;
        loop {
            if waiting.is_empty() && !receive(&mut queue, &mut received, &mut stopping).await {
                return;
            }
            if is_busy {
                // Those who were just answered, and whoever is about to ask, come along. A lone operation waits for nobody.
                tokio::task::yield_now().await;
                while waiting.len() + received.len() < BATCH_MAX {
                    let Ok(operation) = queue.try_recv() else { break };
                    received.push(operation);
                }
            }
            waiting.extend(received.drain(..));
            is_busy = self.write(&mut waiting).await > 1;
        }
    }

    /// Writes what fits into one row; the number of operations.
    async fn write(&mut self, waiting: &mut VecDeque<Operation>) -> usize {
        // Also after a failure, of which nobody knows what it left behind: no row is written twice.
        self.last += 1;
        let bytes = waiting.iter().map(Operation::bytes).sum::<usize>().min(ROW_BYTES_MAX);
        let mut batch = Batch::new(&self.log, self.last, bytes);
        while batch.draft.contents.len() < BATCH_BYTES_MAX {
            let Some(operation) = waiting.pop_front() else { break };
            batch.add(operation);
        }
        let count = batch.answers.len();
        batch.commit().await;
        count
    }
}

/// Waits for operations. `false`: there will be no more.
async fn receive(
    queue: &mut mpsc::Receiver<Operation>,
    received: &mut Vec<Operation>,
    stopping: &mut (impl Future<Output = ()> + Unpin),
) -> bool {
    if !queue.is_closed() {
        tokio::select! {
            biased;
            count = queue.recv_many(received, BATCH_MAX) => return count > 0,
            () = stopping => queue.close(),
        }
    }
    queue.recv_many(received, BATCH_MAX).await > 0
}

/// Operations that become one row. Each sees what those before it did; others see it when it is committed.
struct Batch<'l> {
    log: &'l Log,
    draft: Draft,
    changes: HashMap<Id, Option<Entry>>,
    /// Keys that had no entry before.
    added: usize,
    answers: Vec<(Sender, Result<Answer, SqlError>)>,
}

impl<'l> Batch<'l> {
    fn new(log: &'l Log, sequence: i64, expected_bytes: usize) -> Self {
        let (entries, contents) = (Vec::new(), Vec::with_capacity(expected_bytes));
        let draft = Draft { sequence, expires_at: i64::MIN, entries, contents };
        Self { log, draft, changes: HashMap::new(), added: 0, answers: Vec::new() }
    }

    fn add(&mut self, operation: Operation) {
        let Operation { id, verb, now, answer } = operation;
        let current = match self.changes.get(&id) {
            Some(change) => *change,
            None => self.log.index.find(id),
        };
        let living = current.filter(|entry| entry.expires_at > now);
        let result = match verb {
            Verb::Take => {
                self.remove(id, current);
                Ok(Answer::Taken(living))
            }
            Verb::Put { replaces: false, .. } if living.is_some() => Ok(Answer::Written(false)),
            Verb::Put { expires_at, .. } if expires_at <= now => {
                self.remove(id, current);
                Ok(Answer::Written(true))
            }
            Verb::Put { value, expires_at, .. } => {
                self.put(id, &value, expires_at, current).map(|()| Answer::Written(true))
            }
        };
        self.answers.push((answer, result));
    }

    fn put(
        &mut self,
        id: Id,
        value: &[u8],
        expires_at: i64,
        current: Option<Entry>,
    ) -> Result<(), SqlError> {
        if current.is_none() {
            if self.log.index.is_full_with(self.added) {
                return Err(SqlError::new("session store is full"));
            }
            self.added += 1;
        }
        let too_large = |_| SqlError::new("value is too large for the session store");
        let offset = u32::try_from(self.draft.contents.len()).map_err(too_large)?;
        let length = u32::try_from(value.len()).map_err(too_large)?;
        let place = Place { row: self.draft.sequence, offset, length };
        self.draft.contents.extend_from_slice(value);
        row::write(&mut self.draft.entries, id, expires_at, Some(length));
        self.lives_until(expires_at, current);
        self.changes.insert(id, Some(Entry { expires_at, place }));
        Ok(())
    }

    fn remove(&mut self, id: Id, current: Option<Entry>) {
        let Some(entry) = current else { return };
        row::write(&mut self.draft.entries, id, entry.expires_at, None);
        self.lives_until(entry.expires_at, None);
        self.changes.insert(id, None);
    }

    /// INVARIANT: the row stays at least as long as the row of the entry that it replaces may need it.
    fn lives_until(&mut self, expires_at: i64, replaced: Option<Entry>) {
        let replaced = replaced.map_or(i64::MIN, |entry| entry.expires_at);
        self.draft.expires_at = self.draft.expires_at.max(expires_at).max(replaced);
    }

    async fn commit(self) {
        let Self { log, draft, changes, answers, .. } = self;
        if !draft.entries.is_empty() {
            let row = Row { sequence: draft.sequence, expires_at: draft.expires_at };
            // Nobody looks for them before the index has them.
            if !draft.contents.is_empty() {
                log.values.push(draft.sequence, &draft.contents);
            }
            if let Err(error) = store::append(&log.db, &draft).await {
                for (sender, _) in answers {
                    answer(sender, Err(error.clone()));
                }
                return;
            }
            log.rows.push(row);
            for (id, entry) in changes {
                log.index.set(id, entry);
            }
        }
        for (sender, result) in answers {
            answer(sender, result);
        }
    }
}

/// Who no longer waits is not told.
fn answer(sender: Sender, result: Result<Answer, SqlError>) {
    let _ = sender.send(result);
}
