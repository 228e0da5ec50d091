//! Connections that are lent and come back.
//!
//! The pool of the driver asks a connection whether it lives each time that it comes back; this one knows.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::error::SqlError;
use crate::BoxFuture;

/// How long a request waits for a free connection, and how long for a new one.
const WAIT: Duration = Duration::from_secs(5);
/// A connection that was idle for longer is asked whether it still lives.
const TRUSTED_IDLE: Duration = Duration::from_secs(5);

/// How to make a connection.
pub(crate) trait Connect: Send + Sync + 'static {
    /// What is made.
    type Connection: sqlx::Connection + 'static;

    /// Whether a connection is good after its user left in the middle of a statement.
    const SURVIVES_DOUBT: bool;

    /// Makes one.
    fn connect(&self) -> BoxFuture<'_, Result<Self::Connection, SqlError>>;
}

/// A bounded number of connections, made when they are needed.
pub(crate) struct Pool<F: Connect> {
    factory: F,
    permits: Semaphore,
    /// Last in, first out: what is not needed stays idle.
    idle: Mutex<Vec<Idle<F::Connection>>>,
}

struct Idle<C> {
    connection: C,
    since: Instant,
}

/// A connection that is in use.
pub(crate) struct Lease<'p, F: Connect> {
    pool: &'p Pool<F>,
    connection: Option<F::Connection>,
    is_in_doubt: bool,
    _permit: SemaphorePermit<'p>,
}

impl<F: Connect> Pool<F> {
    pub(super) fn new(factory: F, size: usize) -> Self {
        Self { factory, permits: Semaphore::new(size), idle: Mutex::default() }
    }

    /// A connection, as soon as one is free.
    pub(super) async fn lease(&self) -> Result<Lease<'_, F>, SqlError> {
        let permit = match self.permits.try_acquire() {
            Ok(permit) => permit,
            Err(_) => timeout(WAIT, self.permits.acquire())
                .await
                .ok()
                .and_then(Result::ok)
                .ok_or_else(|| SqlError::new("no free connection to the database in time"))?,
        };
        let connection = match self.living().await {
            Some(connection) => connection,
            None => timeout(WAIT, self.factory.connect())
                .await
                .map_err(|_| SqlError::new("database did not take a connection in time"))??,
        };
        Ok(Lease { pool: self, connection: Some(connection), is_in_doubt: false, _permit: permit })
    }

    /// An idle connection that still works.
    async fn living(&self) -> Option<F::Connection> {
        loop {
            let Idle { mut connection, since } = self.idle().pop()?;
            if since.elapsed() <= TRUSTED_IDLE {
                return Some(connection);
            }
            let answer = timeout(WAIT, sqlx::Connection::ping(&mut connection)).await;
            if matches!(answer, Ok(Ok(()))) {
                return Some(connection);
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle<F::Connection>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: Connect> Lease<'_, F> {
    /// From now on the connection is closed when it comes back, until [`settle`](Self::settle).
    pub(super) fn doubt(&mut self) {
        self.is_in_doubt = !F::SURVIVES_DOUBT;
    }

    /// No statement and no transaction is under way.
    pub(super) fn settle(&mut self) {
        self.is_in_doubt = false;
    }
}

const LENT: &str = "it is taken out only when it comes back";

impl<F: Connect> Deref for Lease<'_, F> {
    type Target = F::Connection;

    fn deref(&self) -> &Self::Target {
        self.connection.as_ref().expect(LENT)
    }
}

impl<F: Connect> DerefMut for Lease<'_, F> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.connection.as_mut().expect(LENT)
    }
}

impl<F: Connect> Drop for Lease<'_, F> {
    #[expect(
        clippy::disallowed_methods,
        reason = "how long a connection was idle is no business of the node"
    )]
    fn drop(&mut self) {
        if self.is_in_doubt {
            return;
        }
        if let Some(connection) = self.connection.take() {
            self.pool.idle().push(Idle { connection, since: Instant::now() });
        }
    }
}
