//! A folder, a time and databases for one test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use pecan_platform::clock::Clock;
use pecan_platform::sql::Db;
use pecan_platform::tasks::Tasks;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use time::{Duration, OffsetDateTime};
use url::Url;

/// Names a throw-away PostgreSQL server by a connection string; tests make databases there.
const SERVER: &str = "PECAN_TEST_POSTGRES";

/// A folder that is removed with its owner.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("pecan-it-{}", unique()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The connection string of a SQLite database in the folder.
    pub(crate) fn sqlite(&self) -> String {
        format!("sqlite:file:{}/sqlite.db?_pragma=foreign_keys(1)", self.0.display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn unique() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A time, so many seconds after the start of a test.
pub(crate) fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::days(20_000) + Duration::seconds(seconds)
}

/// A clock that is moved by hand.
#[derive(Default)]
pub(crate) struct ManualClock(AtomicI64);

impl ManualClock {
    pub(crate) fn set(&self, seconds: i64) {
        self.0.store(seconds, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> OffsetDateTime {
        at(self.0.load(Ordering::Relaxed))
    }
}

/// An empty database that can be opened more than once. A file is gone after the test; the server is to be thrown away.
pub(crate) struct Database {
    pub(crate) kind: &'static str,
    pub(crate) connection: String,
    _folder: Option<Folder>,
}

impl Database {
    /// One of each kind that is there.
    pub(crate) async fn all() -> Vec<Self> {
        let folder = Folder::new();
        let sqlite = Self { kind: "SQLite", connection: folder.sqlite(), _folder: Some(folder) };
        let mut all = vec![sqlite];
        all.extend(Self::postgres().await);
        all
    }

    /// One of PostgreSQL. None, and a word about it, if there is no server.
    pub(crate) async fn postgres() -> Option<Self> {
        let server = server()?;
        let name = format!("pecan_it_{}", unique().replace('-', "_"));
        let mut connection = PgConnection::connect(&server).await.unwrap();
        let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        let create = format!("CREATE DATABASE {name}");
        for sql in [drop, create] {
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        }
        let mut url = Url::parse(&server).unwrap();
        url.set_path(&name);
        Some(Self { kind: "PostgreSQL", connection: url.into(), _folder: None })
    }

    pub(crate) async fn open(&self) -> Db {
        Db::open(&self.connection).await.unwrap_or_else(|error| panic!("{}: {error}", self.kind))
    }
}

#[expect(clippy::disallowed_methods, reason = "a server is an option of the test run")]
fn server() -> Option<String> {
    let server = std::env::var(SERVER).ok();
    if server.is_none() {
        println!("{SERVER} is not set: skips PostgreSQL");
    }
    server
}

/// Background tasks, and the clock that they see.
pub(crate) fn background() -> (Tasks, Arc<ManualClock>) {
    (Tasks::default(), Arc::default())
}
