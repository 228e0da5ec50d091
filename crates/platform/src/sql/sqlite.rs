//! A SQLite database: one connection that writes, a few that read.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::error::SqlError;
use super::pool::{Connect, Lease, Pool};
use crate::BoxFuture;

/// Connections that read, beside the one that writes.
const READERS: usize = 4;
/// How long a writer waits for one of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection that found another process in the way waits before it tries again.
const BUSY_PAUSE: Duration = Duration::from_millis(20);
/// The primary result code for that.
const SQLITE_BUSY: u32 = 5;
/// Statements that a connection keeps prepared.
const STATEMENTS_MAX: usize = 256;
/// The page cache of the writer, in KiB (negative: as SQLite wants it). Sessions, which are written most, are only appended.
const WRITER_CACHE_KIB: &str = "-8192";
/// That of each reader.
const READER_CACHE_KIB: &str = "-4096";
/// Pages of the journal after which they are copied to the database: fewer copies of pages that change often.
const CHECKPOINT_PAGES: &str = "4000";
/// Read and write for the owner only: it holds what tokens stand for.
const FILE_MODE: u32 = 0o600;

/// A SQLite database.
pub(crate) struct Sqlite {
    writer: Pool<SqliteConnectOptions>,
    /// None for a database in memory, which lives in its one connection.
    readers: Option<Pool<SqliteConnectOptions>>,
    file: Option<PathBuf>,
}

impl Sqlite {
    pub(super) fn open(path: &Path) -> Result<Self, SqlError> {
        create(path).map_err(|cause| {
            SqlError::new(format!("SQLite database cannot be opened: {}", cause.kind()))
        })?;
        let options = options().filename(path).journal_mode(SqliteJournalMode::Wal);
        let reader =
            options.clone().pragma("query_only", "on").pragma("cache_size", READER_CACHE_KIB);
        Ok(Self {
            writer: Pool::new(options, 1),
            readers: Some(Pool::new(reader, READERS)),
            file: Some(path.to_owned()),
        })
    }

    pub(super) fn in_memory() -> Self {
        let options = options().filename(":memory:").in_memory(true).shared_cache(false);
        Self { writer: Pool::new(options, 1), readers: None, file: None }
    }

    /// Where it is; none for one in memory.
    pub(super) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The connection that writes.
    pub(super) async fn writer(&self) -> Result<Lease<'_, SqliteConnectOptions>, SqlError> {
        self.writer.lease().await
    }

    /// A connection that reads.
    pub(super) async fn reader(&self) -> Result<Lease<'_, SqliteConnectOptions>, SqlError> {
        self.readers.as_ref().unwrap_or(&self.writer).lease().await
    }
}

impl Connect for SqliteConnectOptions {
    type Connection = SqliteConnection;

    /// The thread of the connection ends the statement, and a transaction that is dropped is rolled back before the next one.
    const SURVIVES_DOUBT: bool = true;

    /// SQLite does not wait for another process where the first one of all changes a new file to a journal: it says busy at once.
    fn connect(&self) -> BoxFuture<'_, Result<SqliteConnection, SqlError>> {
        Box::pin(async move {
            let attempts = async {
                loop {
                    match SqliteConnection::connect_with(self).await {
                        Err(error) if is_busy(&error) => tokio::time::sleep(BUSY_PAUSE).await,
                        opened => return opened,
                    }
                }
            };
            match tokio::time::timeout(BUSY_TIMEOUT, attempts).await {
                Ok(opened) => Ok(opened?),
                Err(_) => Err(SqlError::new("SQLite database stays locked by another process")),
            }
        })
    }
}

/// Whether another process is in the way (`SQLITE_BUSY` with any detail in the higher bits).
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == SQLITE_BUSY)
}

/// Makes the file, so that nobody else can read it. Its journals take the same mode.
fn create(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn options() -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .foreign_keys(true)
        // A commit survives the end of the process; that of the machine may undo the last ones, never half of one.
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(STATEMENTS_MAX)
        .pragma("cache_size", WRITER_CACHE_KIB)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .disable_statement_logging()
}
