//! What sessions in a database of one process promise besides.

use std::error::Error as _;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use pecan_platform::session::{self, Key, SessionError, SessionStore, Space};
use pecan_platform::sql::{Db, Row, Value};
use pecan_platform::tasks::Tasks;
use tokio::task::JoinSet;

use super::world::{Folder, ManualClock, at};

const SPACE: Space = Space("serveraccesstoken");

const fn key(name: &str) -> Key<'_> {
    Key { space: SPACE, name }
}

fn value(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

/// A store on a file, as one process has it.
struct Opened {
    store: Arc<dyn SessionStore>,
    db: Db,
    tasks: Tasks,
    clock: Arc<ManualClock>,
}

impl Opened {
    async fn at(folder: &Folder, seconds: i64) -> Self {
        let (db, clock) = (Db::open(&folder.sqlite()).await.unwrap(), ManualClock::default());
        clock.set(seconds);
        let (tasks, clock) = (Tasks::default(), Arc::new(clock));
        let store = session::start(&db, clock.clone(), &tasks).await.unwrap();
        Self { store, db, tasks, clock }
    }

    async fn close(self) {
        self.tasks.stop(Duration::from_mins(1)).await;
    }

    /// Closes it and opens it again.
    async fn again(self, folder: &Folder, seconds: i64) -> Self {
        self.close().await;
        Self::at(folder, seconds).await
    }

    async fn execute(&self, sql: &'static str, values: &[Value<'_>]) {
        self.db.write("test", async |tx| tx.execute(sql, values).await).await.unwrap();
    }

    async fn row(&self, sql: &'static str) -> Row {
        let row = self.db.read("test", async |tx| tx.fetch_optional(sql, &[]).await).await;
        row.unwrap().unwrap()
    }

    async fn rows(&self) -> i64 {
        self.row("SELECT count(*) FROM session_log").await.integer(0).unwrap()
    }

    async fn is_first(&self, name: &str, expires_at: i64, now: i64) -> bool {
        self.store.put_new(key(name), value("1"), at(expires_at), at(now)).await.unwrap()
    }

    async fn find(&self, name: &str, now: i64) -> Option<Bytes> {
        self.store.find(key(name), at(now)).await.unwrap()
    }
}

async fn failure(folder: &Folder) -> String {
    let db = Db::open(&folder.sqlite()).await.unwrap();
    let clock = Arc::new(ManualClock::default());
    let result = session::start(&db, clock, &Tasks::default()).await;
    let error: SessionError = result.err().unwrap();
    error.source().unwrap().to_string()
}

#[tokio::test]
async fn a_store_that_is_opened_again_has_what_it_had() {
    let folder = Folder::new();
    let opened = Opened::at(&folder, 0).await;
    assert!(opened.is_first("nonce", 30, 0).await);
    for (name, text) in [("token", "old"), ("token", "new"), ("taken", "1"), ("empty", "")] {
        opened.store.put(key(name), value(text), at(900), at(0)).await.unwrap();
    }
    assert_eq!(opened.store.take(key("taken"), at(0)).await.unwrap(), Some(value("1")));
    // Ends before the one that it replaces.
    opened.store.put(key("short"), value("long"), at(900), at(0)).await.unwrap();
    opened.store.put(key("short"), value("short"), at(20), at(0)).await.unwrap();

    let opened = opened.again(&folder, 10).await;
    assert!(!opened.is_first("nonce", 40, 10).await);
    assert_eq!(opened.find("token", 10).await, Some(value("new")));
    assert_eq!(opened.find("taken", 10).await, None);
    assert_eq!(opened.find("short", 10).await, Some(value("short")));
    assert_eq!(opened.find("empty", 10).await, Some(value("")));
    assert!(opened.is_first("taken", 900, 10).await);

    let opened = opened.again(&folder, 30).await;
    assert_eq!(opened.find("short", 30).await, None);
    assert!(!opened.is_first("taken", 900, 30).await);
    assert!(opened.is_first("nonce", 60, 30).await);
    assert_eq!(opened.store.take(key("token"), at(30)).await.unwrap(), Some(value("new")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_that_no_longer_fit_in_memory_are_read_from_the_file() {
    let folder = Folder::new();
    let opened = Opened::at(&folder, 0).await;
    let text = |number: u32| Bytes::from(number.to_string().repeat(60_000));
    let mut set = JoinSet::new();
    for number in 0..120 {
        let (store, value) = (Arc::clone(&opened.store), text(number));
        set.spawn(async move {
            store.put(key(&number.to_string()), value, at(900), at(0)).await.unwrap();
        });
    }
    set.join_all().await;
    let opened = opened.again(&folder, 0).await;
    for _ in 0..2 {
        for number in 0..120 {
            assert_eq!(opened.find(&number.to_string(), 0).await, Some(text(number)));
        }
    }
    let taken = opened.store.take(key("7"), at(0)).await.unwrap();
    assert_eq!(taken, Some(text(7)));
}

#[tokio::test]
async fn rows_of_which_all_has_expired_are_removed() {
    let folder = Folder::new();
    let opened = Opened::at(&folder, 0).await;
    // In the midst one that lives long: it keeps its own row, and not the many behind it.
    for number in 0..300 {
        let expires_at = if number == 100 { 1_000_000 } else { 30 };
        assert!(opened.is_first(&number.to_string(), expires_at, 0).await);
    }
    assert_eq!(opened.rows().await, 300);
    // Sweeps at once.
    let opened = opened.again(&folder, 30).await;
    while opened.tasks.states()[0].rounds == 0 {
        tokio::task::yield_now().await;
    }
    let rows = opened.rows().await;
    assert!((1..64).contains(&rows), "{rows}");
    assert!(!opened.is_first("100", 40, 30).await);
    assert!(opened.is_first("99", 40, 30).await);
    opened.clock.set(1_000_000);
    let opened = opened.again(&folder, 1_000_000).await;
    while opened.tasks.states()[0].rounds == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(opened.rows().await, 0);
    assert!(opened.is_first("100", 1_000_010, 1_000_000).await);
}

#[tokio::test]
async fn requests_at_once_share_a_row() {
    let folder = Folder::new();
    let opened = Opened::at(&folder, 0).await;
    let mut set = JoinSet::new();
    for number in 0..100 {
        let store = Arc::clone(&opened.store);
        set.spawn(async move {
            store.put_new(key(&(number % 50).to_string()), value("1"), at(9), at(0)).await.unwrap()
        });
    }
    let first = set.join_all().await.into_iter().filter(|is_first| *is_first).count();
    assert_eq!(first, 50);
    assert!(opened.rows().await < 10);
}

/// Names the database for the other process.
const OTHER: &str = "PECAN_TEST_OTHER";

/// Opens a store, says so, and waits for its end: the other half of the test below.
#[tokio::test]
async fn opens_a_store_and_waits_to_be_killed() {
    #[expect(clippy::disallowed_methods, reason = "the parent process tells it where")]
    let Ok(connection) = std::env::var(OTHER) else { return };
    let db = Db::open(&connection).await.unwrap();
    let tasks = Tasks::default();
    let _store = session::start(&db, Arc::new(ManualClock::default()), &tasks).await.unwrap();
    eprintln!("opened");
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn two_processes_do_not_write_one_file() {
    let folder = Folder::new();
    let mut other = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "session_log::opens_a_store_and_waits_to_be_killed"])
        .env(OTHER, folder.sqlite())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(other.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "opened\n");
    let db = Db::open(&folder.sqlite()).await.unwrap();
    let (clock, tasks) = (Arc::new(ManualClock::default()), Tasks::default());
    let in_memory = session::start_in_memory(&db, clock, &tasks).err().unwrap();
    let in_memory = std::error::Error::source(&in_memory).unwrap().to_string();
    for error in [failure(&folder).await, in_memory] {
        assert!(error.starts_with("another process uses this SQLite database"), "{error}");
        assert!(error.contains("sqlite.db.lock"), "{error}");
    }
    other.kill().unwrap();
    other.wait().unwrap();
    assert!(Opened::at(&folder, 0).await.is_first("a", 10, 0).await);
}

#[tokio::test]
async fn sessions_in_memory_keep_other_processes_away_too() {
    let folder = Folder::new();
    let db = Db::open(&folder.sqlite()).await.unwrap();
    let (clock, tasks) = (Arc::new(ManualClock::default()), Tasks::default());
    let _store = session::start_in_memory(&db, clock, &tasks).unwrap();
    let error = failure(&folder).await;
    assert!(error.starts_with("another process uses this SQLite database"), "{error}");
}

#[tokio::test]
async fn a_damaged_log_stops_the_start() {
    const DAMAGES: [&str; 4] = [
        "UPDATE session_log SET entries = substr(entries, 1, 43)",
        "UPDATE session_log SET contents = x''",
        "UPDATE session_log SET entries = x''",
        "UPDATE session_log SET entries = 'text'",
    ];
    for damage in DAMAGES {
        let folder = Folder::new();
        let opened = Opened::at(&folder, 0).await;
        assert!(opened.is_first("a", 10, 0).await);
        opened.execute(damage, &[]).await;
        opened.close().await;
        let error = failure(&folder).await;
        assert!(error.contains("session_log` is damaged"), "{damage}: {error}");
    }
}

#[tokio::test]
async fn a_failed_write_leaves_nothing_behind_and_the_next_one_works() {
    let folder = Folder::new();
    let opened = Opened::at(&folder, 0).await;
    assert!(opened.is_first("a", 10, 0).await);
    opened.execute("ALTER TABLE session_log RENAME TO elsewhere", &[]).await;
    assert!(opened.store.put_new(key("b"), value("1"), at(10), at(0)).await.is_err());
    assert!(opened.store.take(key("a"), at(0)).await.is_err());
    assert_eq!(opened.find("b", 0).await, None);
    opened.execute("ALTER TABLE elsewhere RENAME TO session_log", &[]).await;
    assert!(opened.is_first("b", 10, 0).await);
    assert_eq!(opened.store.take(key("a"), at(0)).await.unwrap(), Some(value("1")));
}

#[tokio::test]
async fn a_hundred_thousand_entries_are_loaded() {
    let folder = Folder::new();
    let opened = Opened::at(&folder, 0).await;
    let expires_at = i64::try_from(at(900).unix_timestamp_nanos() / 1_000_000).unwrap();
    for row in 0..100_u32 {
        let mut entries = Vec::new();
        for entry in 0..1_000_u32 {
            entries.extend([0; 24]);
            entries.extend(row.to_be_bytes());
            entries.extend(entry.to_be_bytes());
            entries.extend(expires_at.to_be_bytes());
            entries.extend(3_u32.to_be_bytes());
        }
        let contents = vec![b'x'; 3_000];
        let values = [
            Value::Integer(i64::from(row) + 10),
            expires_at.into(),
            Value::Blob(&entries),
            Value::Blob(&contents),
        ];
        opened.execute("INSERT INTO session_log VALUES (?, ?, ?, ?)", &values).await;
    }
    assert!(opened.is_first("b", 900, 0).await);
    let opened = opened.again(&folder, 0).await;
    assert!(!opened.is_first("b", 900, 0).await);
    assert!(opened.is_first("a", 900, 0).await);
    let last = opened.row("SELECT max(sequence), count(*) FROM session_log").await;
    assert_eq!((last.integer(0).unwrap(), last.integer(1).unwrap()), (111, 102));
}
