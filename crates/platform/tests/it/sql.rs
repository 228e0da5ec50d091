//! Transactions, migrations, connection strings.

use std::pin::Pin;
use std::process::{Command, Stdio};

use pecan_platform::sql::{Db, SqlError, Tx, transaction_is_open};
use tokio::task::JoinSet;

use super::world::{Database, Folder};

const CREATE: &str = "CREATE TABLE thing (name TEXT PRIMARY KEY, number BIGINT, note TEXT)";

async fn insert(tx: &mut Tx<'_>, name: &str, number: Option<i64>) -> Result<u64, SqlError> {
    let values = [name.into(), number.into(), number.map(|_| name).into()];
    tx.execute("INSERT INTO thing (name, number, note) VALUES (?, ?, ?)", &values).await
}

async fn names(db: &Db) -> Vec<String> {
    let rows = db
        .read("names", async |tx| tx.fetch_all("SELECT name FROM thing ORDER BY name", &[]).await);
    rows.await.unwrap().iter().map(|row| row.text(0).unwrap()).collect()
}

async fn create(db: &Db) {
    db.write("create", async |tx| tx.execute(CREATE, &[]).await).await.unwrap();
}

/// A database of each kind, with the table of these tests.
async fn all() -> Vec<(Database, Db)> {
    let mut all = Vec::new();
    for database in Database::all().await {
        let db = database.open().await;
        create(&db).await;
        all.push((database, db));
    }
    all
}

async fn in_memory() -> Db {
    let db = Db::in_memory().await.unwrap();
    create(&db).await;
    db
}

/// What a handler of a web framework asks of the future that it runs.
fn handler<T>(
    work: impl Future<Output = T> + Send + 'static,
) -> Pin<Box<dyn Future<Output = T> + Send>> {
    Box::pin(work)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_that_borrow_run_on_any_thread() {
    for (database, db) in all().await {
        let work = |number: i64| {
            let db = db.clone();
            handler(async move {
                let name = format!("thing {number:02}");
                let result = db.write("insert", async |tx| {
                    insert(tx, &name, Some(number)).await?;
                    insert(tx, &format!("{name} again"), None).await?;
                    Ok::<_, SqlError>(name.len())
                });
                result.await.unwrap()
            })
        };
        let mut set = JoinSet::new();
        for number in 0..20 {
            set.spawn(work(number));
        }
        assert_eq!(set.join_all().await, [8; 20], "{}", database.kind);
        assert_eq!(names(&db).await.len(), 40, "{}", database.kind);
    }
}

#[tokio::test]
async fn a_failed_transaction_leaves_nothing() {
    for (database, db) in all().await {
        let result = db.write("insert", async |tx| {
            insert(tx, "a", Some(1)).await?;
            insert(tx, "a", Some(2)).await
        });
        assert!(result.await.unwrap_err().is_duplicate, "{}", database.kind);
        assert!(names(&db).await.is_empty(), "{}", database.kind);
    }
}

#[tokio::test]
async fn an_abandoned_transaction_leaves_nothing() {
    for (database, db) in all().await {
        let (inserted, is_inserted) = tokio::sync::oneshot::channel();
        let write = db.write("insert", async |tx| {
            insert(tx, "a", Some(1)).await?;
            inserted.send(()).unwrap();
            std::future::pending::<Result<(), SqlError>>().await
        });
        tokio::select! {
            _ = write => panic!("it never ends"),
            inserted = is_inserted => inserted.unwrap(),
        }
        assert!(names(&db).await.is_empty(), "{}", database.kind);
        db.write("insert", async |tx| insert(tx, "b", None).await).await.unwrap();
        assert_eq!(names(&db).await, ["b"], "{}", database.kind);
    }
}

#[tokio::test]
async fn values_come_back_as_they_went_in() {
    for (database, db) in all().await {
        let kind = database.kind;
        db.write("insert", async |tx| {
            insert(tx, "a'; DROP TABLE thing; --", Some(i64::MIN)).await?;
            insert(tx, "b?$1\u{1F600}", None).await
        })
        .await
        .unwrap();
        let sql = "SELECT name, number, note, 1 FROM thing ORDER BY name";
        let read = db.read("read", async |tx| tx.fetch_all(sql, &[]).await);
        let rows = read.await.unwrap();
        assert_eq!(rows[0].text(0).unwrap(), "a'; DROP TABLE thing; --", "{kind}");
        assert_eq!(rows[0].integer(1).unwrap(), i64::MIN, "{kind}");
        assert_eq!(rows[1].optional_text(0).unwrap().unwrap(), "b?$1\u{1F600}", "{kind}");
        assert_eq!(rows[1].optional_integer(1).unwrap(), None, "{kind}");
        assert_eq!(rows[1].optional_text(2).unwrap(), None, "{kind}");
        assert!(rows[0].boolean(3).unwrap(), "{kind}");
        assert!(rows[1].integer(1).is_err(), "{kind}");
        assert!(rows[1].text(7).is_err(), "{kind}");
        assert!(rows[1].blob(1).is_err() || kind == "SQLite", "{kind}");
    }
}

#[tokio::test]
async fn a_snapshot_does_not_see_later_commits_and_single_reads_do() {
    for (database, db) in all().await {
        let other = database.open().await;
        let count = "SELECT name FROM thing";
        let counts = db.read("snapshot", async |tx| {
            let before = tx.fetch_all(count, &[]).await?.len();
            tokio::task::unconstrained(insert_from_outside(&other, "a")).await;
            Ok::<_, SqlError>((before, tx.fetch_all(count, &[]).await?.len()))
        });
        assert_eq!(counts.await.unwrap(), (0, 0), "{}", database.kind);
        let counted = db.read_one("count", async |tx| tx.fetch_all(count, &[]).await);
        assert_eq!(counted.await.unwrap().len(), 1, "{}", database.kind);
    }
}

/// Another task may write while this one reads.
async fn insert_from_outside(db: &Db, name: &'static str) {
    let db = db.clone();
    let mut set = JoinSet::new();
    set.spawn(async move { db.write("insert", async |tx| insert(tx, name, None).await).await });
    set.join_all().await.remove(0).unwrap();
}

#[tokio::test]
async fn readers_cannot_write() {
    for (database, db) in all().await {
        let written = db.read("insert", async |tx| insert(tx, "a", None).await);
        assert!(written.await.is_err(), "{}", database.kind);
        assert!(names(&db).await.is_empty(), "{}", database.kind);
    }
}

#[tokio::test]
async fn an_open_transaction_is_noticed_by_its_task_alone() {
    let db = in_memory().await;
    assert!(!transaction_is_open());
    let inside = db.write("look", async |_| Ok::<_, SqlError>(transaction_is_open()));
    assert!(inside.await.unwrap());
    let inside = db.read("look", async |_| Ok::<_, SqlError>(transaction_is_open()));
    assert!(inside.await.unwrap());
    assert!(!transaction_is_open());
}

#[tokio::test]
async fn what_was_committed_is_there_when_the_database_is_opened_again() {
    for (database, db) in all().await {
        db.write("insert", async |tx| insert(tx, "a", None).await).await.unwrap();
        // The first is still open, as after a crash: nothing was closed in order.
        assert_eq!(names(&database.open().await).await, ["a"], "{}", database.kind);
    }
}

#[tokio::test]
async fn statements_of_many_tasks_take_turns_behind_few_connections() {
    for (database, db) in all().await {
        let mut set = JoinSet::new();
        for number in 0..100 {
            let db = db.clone();
            set.spawn(async move {
                if number % 3 == 0 {
                    let name = number.to_string();
                    db.write("insert", async |tx| insert(tx, &name, None).await).await.unwrap();
                }
                names(&db).await.len()
            });
        }
        set.join_all().await;
        assert_eq!(names(&db).await.len(), 34, "{}", database.kind);
    }
}

#[tokio::test]
async fn it_works_behind_a_pooler_that_keeps_no_statements() {
    let Some(database) = Database::postgres().await else { return };
    let mut connection = url::Url::parse(&database.connection).unwrap();
    connection.query_pairs_mut().append_pair("default_query_exec_mode", "exec");
    let db = Db::open(connection.as_str()).await.unwrap();
    create(&db).await;
    for name in ["a", "b"] {
        db.write("insert", async |tx| insert(tx, name, None).await).await.unwrap();
        assert!(names(&db).await.contains(&name.to_owned()));
        db.ping().await.unwrap();
    }
    let sql = "SELECT name FROM pg_prepared_statements";
    let kept = db.read_one("kept", async |tx| tx.fetch_all(sql, &[]).await);
    assert_eq!(kept.await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_connection_that_the_server_ended_is_replaced() {
    let Some(database) = Database::postgres().await else { return };
    let db = database.open().await;
    let other = database.open().await;
    db.ping().await.unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    other.read_one("end", async |tx| tx.fetch_all(end, &[]).await).await.unwrap();
    // The first that uses it notices, the next is served.
    let _ = db.ping().await;
    db.ping().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_at_once_migrate_once() {
    let mut databases = Database::all().await;
    databases.extend(Database::all().await);
    for database in databases {
        let mut set = JoinSet::new();
        for _ in 0..8 {
            let connection = database.connection.clone();
            set.spawn(async move { Db::open(&connection).await.map(drop) });
        }
        for opened in set.join_all().await {
            opened.unwrap_or_else(|error| panic!("{}: {error}", database.kind));
        }
        database.open().await;
    }
}

/// Opens the database that the environment names, for the test below.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the parent process tells it where")]
async fn opens_what_its_parent_names() {
    if let Ok(connection) = std::env::var("PECAN_TEST_OPEN") {
        Db::open(&connection).await.unwrap();
    }
}

#[tokio::test]
async fn two_processes_that_start_at_once_migrate_once() {
    for database in Database::all().await {
        let start = || {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "sql::opens_what_its_parent_names"])
                .env("PECAN_TEST_OPEN", &database.connection)
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        };
        let children = [start(), start(), start()];
        for mut child in children {
            assert!(child.wait().unwrap().success(), "{}", database.kind);
        }
        database.open().await;
    }
}

#[tokio::test]
async fn a_schema_of_a_newer_program_is_refused() {
    for (database, db) in all().await {
        let insert = "INSERT INTO schema_migration (version, name) VALUES (9999, 'later')";
        db.write("insert", async |tx| tx.execute(insert, &[]).await).await.unwrap();
        let error = Db::open(&database.connection).await.err().unwrap().to_string();
        assert!(error.starts_with("failed to migrate database"), "{error}");
        assert!(error.contains("9999") && error.contains("newer"), "{error}");
    }
}

#[tokio::test]
async fn a_failure_to_open_does_not_quote_the_connection_string() {
    for connection in [
        "postgres://user:hunter2@127.0.0.1:1/hunter2?sslmode=disable",
        "postgres://user:hunter2@127.0.0.1:1/d?sslmode=require&sslrootcert=/hunter2",
        "sqlite:file:/nowhere/hunter2/sqlite.db",
        "sqlite:file:/proc/hunter2",
        "sqlite:file:/",
        "mongodb://hunter2",
    ] {
        let error = Db::open(connection).await.err().unwrap_or_else(|| panic!("{connection}"));
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = Folder::new();
    let path = folder.path().join("sqlite.db");
    std::fs::write(&path, "not a database, but long enough to look like one".repeat(100)).unwrap();
    assert!(Db::open(&folder.sqlite()).await.is_err());
    assert!(std::fs::read(&path).unwrap().starts_with(b"not a database"));
}

#[tokio::test]
async fn a_new_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let db = Db::open(&folder.sqlite()).await.unwrap();
    create(&db).await;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
    }
}
