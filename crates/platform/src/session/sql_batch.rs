//! Writes the operations of many requests together.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::timeout;

use super::cache::{Cache, Entry};
use super::id::Id;
use super::sql_store::{self, Statements};
use crate::sql::{Db, SqlError};
use crate::tasks::Tasks;

/// Operations that are written together.
pub(super) const BATCH_MAX: usize = 64;
/// Batches at the same time where the database takes several writers.
const WRITERS_SHARED: usize = 4;
/// How long a batch may take.
const BATCH_LIMIT: Duration = Duration::from_secs(10);

/// What one request asks for.
pub(super) struct Operation {
    pub(super) id: Id,
    pub(super) verb: Verb,
    /// Unix time in milliseconds.
    pub(super) now: i64,
    pub(super) answer: oneshot::Sender<Result<Answer, SqlError>>,
}

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
    /// The value that was there.
    Taken(Option<Bytes>),
}

/// Takes operations from the queue and writes them.
#[derive(Clone)]
pub(super) struct Writer {
    pub(super) db: Db,
    pub(super) statements: Arc<Statements>,
    /// Told of each change before it is answered.
    pub(super) cache: Arc<Cache>,
}

/// The queue, shared by the writers.
type Queue = Arc<Mutex<mpsc::Receiver<Operation>>>;

impl Writer {
    /// Starts as many writers as the database has use for.
    pub(super) fn start(self, queue: mpsc::Receiver<Operation>, tasks: &Tasks) {
        let queue = Arc::new(Mutex::new(queue));
        let writers = if self.db.is_shared() { WRITERS_SHARED } else { 1 };
        for _ in 0..writers {
            let (writer, queue) = (self.clone(), Arc::clone(&queue));
            tasks.spawn("session.write", writer.run(queue, tasks.stopping()));
        }
    }

    /// Writes until nobody can ask any more, or until the end; then what is still in the queue.
    async fn run(self, queue: Queue, stopping: impl Future<Output = ()>) {
        let mut stopping = Box::pin(stopping);
        let mut waiting = Vec::with_capacity(BATCH_MAX);
        loop {
            if waiting.is_empty() && !receive(&queue, &mut waiting, &mut stopping).await {
                return;
            }
            self.write(Batch::cut(&mut waiting)).await;
        }
    }

    async fn write(&self, batch: Batch) {
        let Batch { puts, takes, refused } = batch;
        if !puts.is_empty() {
            let result = self.put(puts).await;
            for operation in refused {
                operation.answer(result.clone().map(|()| Answer::Written(false)));
            }
        }
        if !takes.is_empty() {
            self.take(takes).await;
        }
    }

    async fn put(&self, operations: Vec<Operation>) -> Result<(), SqlError> {
        let put = sql_store::put(&self.db, &self.statements, &operations);
        match self.in_time(put).await {
            Ok(written) => {
                for (operation, is_written) in operations.into_iter().zip(written) {
                    if let Verb::Put { value, expires_at, replaces: true } = &operation.verb {
                        let (value, expires_at) = (value.clone(), *expires_at);
                        let entry = Entry { value, expires_at, read_at: operation.now };
                        self.cache.change(operation.id, Some(entry));
                    }
                    operation.answer(Ok(Answer::Written(is_written)));
                }
                Ok(())
            }
            Err(error) => {
                self.fail(operations, &error);
                Err(error)
            }
        }
    }

    async fn take(&self, operations: Vec<Operation>) {
        let ids: Vec<Id> = operations.iter().map(|operation| operation.id).collect();
        match self.in_time(sql_store::take(&self.db, &self.statements, &ids)).await {
            Ok(taken) => {
                for operation in operations {
                    self.cache.change(operation.id, None);
                    let found = taken.iter().find(|taken| taken.id == operation.id.as_bytes());
                    let found = found.filter(|taken| taken.expires_at > operation.now);
                    operation.answer(Ok(Answer::Taken(found.map(|taken| taken.value.clone()))));
                }
            }
            Err(error) => self.fail(operations, &error),
        }
    }

    /// Nobody knows what the database did.
    fn fail(&self, operations: Vec<Operation>, error: &SqlError) {
        for operation in operations {
            self.cache.change(operation.id, None);
            operation.answer(Err(error.clone()));
        }
    }

    /// SQLite has its own limit, and goes on with what is no longer waited for.
    async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, SqlError>>,
    ) -> Result<T, SqlError> {
        if !self.db.is_shared() {
            return work.await;
        }
        let result = timeout(BATCH_LIMIT, work).await;
        result.unwrap_or_else(|_| Err(SqlError::new("database did not answer in time")))
    }
}

/// Waits for operations. `false`: there will be no more.
async fn receive(
    queue: &Queue,
    waiting: &mut Vec<Operation>,
    stopping: &mut (impl Future<Output = ()> + Unpin),
) -> bool {
    let mut queue = queue.lock().await;
    if !queue.is_closed() {
        tokio::select! {
            biased;
            received = queue.recv_many(waiting, BATCH_MAX) => return received > 0,
            () = stopping => queue.close(),
        }
    }
    queue.recv_many(waiting, BATCH_MAX).await > 0
}

impl Operation {
    /// Who no longer waits is not told.
    fn answer(self, answer: Result<Answer, SqlError>) {
        let _ = self.answer.send(answer);
    }
}

/// Operations of which no two are about one key. By id: nodes that write the same rows in the same order never wait in a ring.
struct Batch {
    puts: Vec<Operation>,
    takes: Vec<Operation>,
    /// New values whose key gets one in this very batch.
    refused: Vec<Operation>,
}

impl Batch {
    /// Takes what can be written together; what must come later stays.
    fn cut(waiting: &mut Vec<Operation>) -> Self {
        let mut batch = Self { puts: Vec::new(), takes: Vec::new(), refused: Vec::new() };
        // Stable: of equal keys the first that came is the first here.
        waiting.sort_by_key(|operation| operation.id);
        let mut later = Vec::new();
        let mut last = None;
        for operation in waiting.drain(..) {
            if last != Some(operation.id) {
                last = Some(operation.id);
                match operation.verb {
                    Verb::Put { .. } => batch.puts.push(operation),
                    Verb::Take => batch.takes.push(operation),
                }
            } else if batch.puts.last().is_some_and(|first| loses(&operation, first)) {
                batch.refused.push(operation);
            } else {
                later.push(operation);
            }
        }
        *waiting = later;
        batch
    }
}

/// Whether a new value finds that of `first` in its place.
fn loses(operation: &Operation, first: &Operation) -> bool {
    let Verb::Put { replaces: false, .. } = operation.verb else { return false };
    match first.verb {
        Verb::Put { expires_at, .. } => first.id == operation.id && expires_at > operation.now,
        Verb::Take => false,
    }
}
