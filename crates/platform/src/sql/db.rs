//! The database of a node, and its transactions.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::Connection as _;

use super::connection_string::{self, Target};
use super::dialect::Dialect;
use super::error::SqlError;
use super::migrate;
use super::postgres::Postgres;
use super::sqlite::Sqlite;
use super::tx::{Connection, Text, Tx};
use super::value::{Row, Value};

/// A transaction that takes longer is reported.
const SLOW: Duration = Duration::from_millis(200);

const BEGIN_WRITE_SQLITE: &str = "BEGIN IMMEDIATE";
const BEGIN_WRITE_POSTGRES: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
const BEGIN_READ_SQLITE: &str = "BEGIN";
const BEGIN_READ_POSTGRES: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

tokio::task_local! {
    /// Set while a transaction is open in this task.
    static OPEN: ();
}

/// Whether a transaction is open in the current task. Then nothing may be asked of other parties: they could keep it open.
pub fn transaction_is_open() -> bool {
    OPEN.try_with(|()| ()).is_ok()
}

/// The database of a node. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
}

#[derive(Clone)]
enum Engine {
    Sqlite(Arc<Sqlite>),
    Postgres(Arc<Postgres>),
}

/// What a statement does, and so which connection it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

impl Db {
    /// Opens the database of a connection string (`sqlite:file:…`, `postgres://…`; contract/platform.md 5.1) and migrates it.
    pub async fn open(connection: &str) -> Result<Self, SqlError> {
        match connection_string::parse(connection)? {
            Target::SqliteMemory => Self::in_memory().await,
            Target::SqliteFile(path) => {
                Self::migrated(Engine::Sqlite(Arc::new(Sqlite::open(&path)?))).await
            }
            Target::Postgres { options, keeps_statements } => {
                let postgres = Postgres::new(*options, keeps_statements);
                Self::migrated(Engine::Postgres(Arc::new(postgres))).await
            }
        }
    }

    /// A fresh SQLite database in memory, migrated: for tests. It has one connection, so transactions take turns.
    pub async fn in_memory() -> Result<Self, SqlError> {
        Self::migrated(Engine::Sqlite(Arc::new(Sqlite::in_memory()))).await
    }

    async fn migrated(engine: Engine) -> Result<Self, SqlError> {
        match &engine {
            Engine::Sqlite(sqlite) => migrate::sqlite(&mut *sqlite.writer().await?).await?,
            Engine::Postgres(postgres) => {
                let mut lease = postgres.connection().await?;
                lease.doubt();
                migrate::postgres(&mut lease).await?;
                lease.settle();
            }
        }
        Ok(Self { engine })
    }

    /// Runs `work` in a transaction that commits on `Ok` and rolls back on `Err`; timed under `name`. SQL only: no calls out.
    ///
    /// Transactions of this kind take turns in SQLite. In PostgreSQL they are read committed: let unique constraints and
    /// conditional updates decide races.
    pub async fn write<T, E, F>(&self, name: &'static str, work: F) -> Result<T, E>
    where
        E: From<SqlError>,
        F: AsyncFnOnce(&mut Tx<'_>) -> Result<T, E>,
    {
        let _timer = Timer::start(name);
        match &self.engine {
            Engine::Sqlite(sqlite) => {
                let mut lease = sqlite.writer().await?;
                let begun = lease.begin_with(BEGIN_WRITE_SQLITE).await;
                let mut transaction = begun.map_err(SqlError::from)?;
                let value = inside(work, Connection::Sqlite(&mut transaction)).await?;
                transaction.commit().await.map_err(SqlError::from)?;
                Ok(value)
            }
            Engine::Postgres(postgres) => {
                let mut lease = postgres.connection().await?;
                lease.doubt();
                let begun = lease.begin_with(BEGIN_WRITE_POSTGRES).await;
                let mut transaction = begun.map_err(SqlError::from)?;
                let connection = Connection::Postgres(&mut transaction, postgres.keeps_statements);
                let result = inside(work, connection).await;
                let ended = match &result {
                    Ok(_) => transaction.commit().await,
                    Err(_) => transaction.rollback().await,
                };
                match ended {
                    Ok(()) => lease.settle(),
                    Err(error) if result.is_ok() => return Err(SqlError::from(error).into()),
                    // What failed first is what counts; the connection is closed.
                    Err(_) => {}
                }
                result
            }
        }
    }

    /// Like [`write`](Self::write), but reads only: a consistent snapshot.
    pub async fn read<T, E, F>(&self, name: &'static str, work: F) -> Result<T, E>
    where
        E: From<SqlError>,
        F: AsyncFnOnce(&mut Tx<'_>) -> Result<T, E>,
    {
        let _timer = Timer::start(name);
        match &self.engine {
            Engine::Sqlite(sqlite) => {
                let mut lease = sqlite.reader().await?;
                let begun = lease.begin_with(BEGIN_READ_SQLITE).await;
                let mut transaction = begun.map_err(SqlError::from)?;
                // Nothing was written: dropping it ends it.
                inside(work, Connection::Sqlite(&mut transaction)).await
            }
            Engine::Postgres(postgres) => {
                let mut lease = postgres.connection().await?;
                lease.doubt();
                let begun = lease.begin_with(BEGIN_READ_POSTGRES).await;
                let mut transaction = begun.map_err(SqlError::from)?;
                let connection = Connection::Postgres(&mut transaction, postgres.keeps_statements);
                let result = inside(work, connection).await;
                if transaction.rollback().await.is_ok() {
                    lease.settle();
                }
                result
            }
        }
    }

    /// Like [`read`](Self::read), for hot paths: each statement sees what is committed when it starts, so that nothing is
    /// consistent between two. For work of one statement that is the same, and cheaper.
    pub async fn read_one<T, E, F>(&self, name: &'static str, work: F) -> Result<T, E>
    where
        E: From<SqlError>,
        F: AsyncFnOnce(&mut Tx<'_>) -> Result<T, E>,
    {
        let _timer = Timer::start(name);
        match &self.engine {
            Engine::Sqlite(sqlite) => {
                let mut lease = sqlite.reader().await?;
                inside(work, Connection::Sqlite(&mut lease)).await
            }
            // SECURITY: behind a pooler only a transaction keeps a statement and its values on one connection.
            Engine::Postgres(postgres) if !postgres.keeps_statements => self.read(name, work).await,
            Engine::Postgres(postgres) => {
                let mut lease = postgres.connection().await?;
                lease.doubt();
                let value = inside(work, Connection::Postgres(&mut lease, true)).await?;
                lease.settle();
                Ok(value)
            }
        }
    }

    /// Runs one statement that is its own transaction, timed under `name`; the rows that it returns.
    pub(crate) async fn run(
        &self,
        name: &'static str,
        access: Access,
        sql: Text,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, SqlError> {
        let _timer = Timer::start(name);
        match &self.engine {
            Engine::Sqlite(sqlite) => {
                let mut lease = match access {
                    Access::Read => sqlite.reader().await?,
                    Access::Write => sqlite.writer().await?,
                };
                Connection::Sqlite(&mut lease).fetch_all(sql, values).await
            }
            Engine::Postgres(postgres) => {
                let mut lease = postgres.connection().await?;
                lease.doubt();
                let rows = if postgres.keeps_statements {
                    Connection::Postgres(&mut lease, true).fetch_all(sql, values).await?
                } else {
                    let mut transaction = lease.begin_with(BEGIN_WRITE_POSTGRES).await?;
                    let mut connection = Connection::Postgres(&mut transaction, false);
                    let rows = connection.fetch_all(sql, values).await?;
                    transaction.commit().await?;
                    rows
                };
                lease.settle();
                Ok(rows)
            }
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), SqlError> {
        self.run("ping", Access::Read, Text::Common("SELECT 1"), &[]).await.map(drop)
    }

    /// Whether other nodes may use the same database.
    pub fn is_shared(&self) -> bool {
        self.dialect() == Dialect::Postgres
    }

    /// The file of the database, if it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.file(),
            Engine::Postgres(_) => None,
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match &self.engine {
            Engine::Sqlite(_) => Dialect::Sqlite,
            Engine::Postgres(_) => Dialect::Postgres,
        }
    }
}

async fn inside<T, E, F>(work: F, connection: Connection<'_>) -> Result<T, E>
where
    F: AsyncFnOnce(&mut Tx<'_>) -> Result<T, E>,
{
    debug_assert!(!transaction_is_open(), "a transaction within a transaction waits for itself");
    let mut tx = Tx::new(connection);
    OPEN.scope((), work(&mut tx)).await
}

/// Reports a transaction that took long, however it ended.
struct Timer {
    name: &'static str,
    started: Instant,
}

impl Timer {
    #[expect(clippy::disallowed_methods, reason = "it measures; nothing is decided by it")]
    fn start(name: &'static str) -> Self {
        Self { name, started: Instant::now() }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let elapsed = self.started.elapsed();
        if elapsed >= SLOW {
            let milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
            tracing::warn!(transaction = self.name, milliseconds, "slow transaction");
        }
    }
}
