//! What every session store promises.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;
use pecan_platform::session::{self, Key, MemorySessions, SessionStore, Space, SqlSessions};
use pecan_platform::sql::Db;
use pecan_platform::tasks::Tasks;
use tokio::task::JoinSet;

use super::world::{Database, at, background};

const SPACE: Space = Space("oauth/nonce");
const KEY: Key<'static> = key("a");

const fn key(name: &'static str) -> Key<'static> {
    Key { space: SPACE, name }
}

fn value(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

/// Two sights of one store, as two nodes have it, and what must live as long.
struct Stores {
    kind: &'static str,
    here: Arc<dyn SessionStore>,
    there: Arc<dyn SessionStore>,
    _background: (Option<Database>, Tasks),
}

impl Stores {
    async fn all() -> Vec<Self> {
        let memory: Arc<dyn SessionStore> = Arc::new(MemorySessions::new());
        let there = Arc::clone(&memory);
        let none = (None, Tasks::default());
        let mut all = vec![Self { kind: "memory", here: memory, there, _background: none }];
        let (tasks, clock) = background();
        let db = Db::in_memory().await.unwrap();
        let here = session::start(&db, clock.clone(), &tasks).await.unwrap();
        let there = Arc::clone(&here);
        all.push(Self { kind: "SQLite in memory", here, there, _background: (None, tasks) });
        // The statements for a database that nodes share are understood by SQLite too.
        let tasks = Tasks::default();
        let here: Arc<dyn SessionStore> = Arc::new(SqlSessions::start(&db, clock, &tasks));
        let there = Arc::clone(&here);
        all.push(Self { kind: "as shared", here, there, _background: (None, tasks) });
        for database in Database::all().await {
            all.push(Self::of(database).await);
        }
        all
    }

    async fn of(database: Database) -> Self {
        let (tasks, clock) = background();
        let db = database.open().await;
        let here = session::start(&db, clock.clone(), &tasks).await.unwrap();
        let there = if db.is_shared() {
            session::start(&database.open().await, clock, &tasks).await.unwrap()
        } else {
            Arc::clone(&here)
        };
        let kind = database.kind;
        Self { kind, here, there, _background: (Some(database), tasks) }
    }
}

/// Runs `work` in parallel, half of it on each sight; how often it said yes.
async fn count<F>(stores: &Stores, work: impl Fn(Arc<dyn SessionStore>) -> F) -> usize
where
    F: Future<Output = bool> + Send + 'static,
{
    let mut set = JoinSet::new();
    for turn in 0..100 {
        let store = if turn % 2 == 0 { &stores.here } else { &stores.there };
        set.spawn(work(Arc::clone(store)));
    }
    set.join_all().await.into_iter().filter(|yes| *yes).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_parallel_first_uses_one_wins() {
    for stores in Stores::all().await {
        let won = count(&stores, |store| async move {
            store.put_new(KEY, value("1"), at(10), at(0)).await.unwrap()
        });
        assert_eq!(won.await, 1, "{}", stores.kind);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_parallel_takers_one_gets_the_value() {
    for stores in Stores::all().await {
        stores.here.put(KEY, value("1"), at(10), at(0)).await.unwrap();
        let got = count(&stores, |store| async move {
            store.take(KEY, at(0)).await.unwrap() == Some(value("1"))
        });
        assert_eq!(got.await, 1, "{}", stores.kind);
        assert_eq!(stores.here.find(KEY, at(0)).await.unwrap(), None, "{}", stores.kind);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_keys_at_once_do_not_wait_in_a_ring() {
    const NAMES: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    for stores in Stores::all().await {
        let mut set = JoinSet::new();
        for turn in 0..40 {
            let store = Arc::clone(if turn % 2 == 0 { &stores.here } else { &stores.there });
            set.spawn(async move {
                for step in 0..NAMES.len() {
                    let key = key(NAMES[(turn * 3 + step * 7) % NAMES.len()]);
                    store.put(key, value("1"), at(10), at(0)).await.unwrap();
                    store.put_new(key, value("2"), at(10), at(0)).await.unwrap();
                    store.take(key, at(0)).await.unwrap();
                }
            });
        }
        set.join_all().await;
    }
}

#[tokio::test]
async fn a_value_lives_until_it_expires() {
    for Stores { kind, here: store, .. } in &Stores::all().await {
        store.put(KEY, value("1"), at(10), at(0)).await.unwrap();
        assert_eq!(store.find(KEY, at(9)).await.unwrap(), Some(value("1")), "{kind}");
        assert_eq!(store.find(KEY, at(10)).await.unwrap(), None, "{kind}");
        assert_eq!(store.take(KEY, at(10)).await.unwrap(), None, "{kind}");
        assert_eq!(store.find(KEY, at(0)).await.unwrap(), None, "{kind}");
    }
}

#[tokio::test]
async fn a_first_use_is_possible_again_after_expiry() {
    for Stores { kind, here: store, .. } in &Stores::all().await {
        for (now, is_first) in [(0, true), (9, false), (10, true), (19, false), (20, true)] {
            let first = store.put_new(KEY, value("1"), at(now + 10), at(now)).await.unwrap();
            assert_eq!(first, is_first, "{kind} {now}");
        }
    }
}

#[tokio::test]
async fn a_later_value_replaces_and_an_expired_one_is_not_kept() {
    for Stores { kind, here: store, .. } in &Stores::all().await {
        assert!(store.put_new(KEY, value("1"), at(10), at(0)).await.unwrap());
        store.put(KEY, value("2"), at(20), at(0)).await.unwrap();
        assert_eq!(store.find(KEY, at(15)).await.unwrap(), Some(value("2")), "{kind}");
        store.put(KEY, value("3"), at(15), at(15)).await.unwrap();
        assert_eq!(store.find(KEY, at(15)).await.unwrap(), None, "{kind}");
        assert!(store.put_new(KEY, value("4"), at(15), at(15)).await.unwrap(), "{kind}");
        assert_eq!(store.find(KEY, at(15)).await.unwrap(), None, "{kind}");
    }
}

#[tokio::test]
async fn rooms_and_names_are_apart() {
    for Stores { kind, here: store, .. } in &Stores::all().await {
        let names = ["", "a", "oauth/nonce", "a\0b", "a'--", "é", &"x".repeat(512)];
        for space in [SPACE, Space("oauth/code")] {
            for name in names {
                let key = Key { space, name };
                assert!(
                    store
                        .put_new(key, Bytes::copy_from_slice(name.as_bytes()), at(9), at(0))
                        .await
                        .unwrap()
                );
            }
        }
        for name in names {
            let found = store.take(Key { space: SPACE, name }, at(0)).await.unwrap();
            assert_eq!(found.unwrap(), name, "{kind}");
        }
        let other = Key { space: Space("oauth/code"), name: "a" };
        assert!(store.find(other, at(0)).await.unwrap().is_some(), "{kind}");
    }
}

#[tokio::test]
async fn the_last_of_a_caller_counts_whatever_was_read_before() {
    for Stores { kind, here: store, .. } in &Stores::all().await {
        for text in ["1", "2", "3"] {
            store.put(KEY, value(text), at(10), at(0)).await.unwrap();
            assert_eq!(store.find(KEY, at(0)).await.unwrap(), Some(value(text)), "{kind}");
        }
        assert_eq!(store.take(KEY, at(0)).await.unwrap(), Some(value("3")), "{kind}");
        assert_eq!(store.find(KEY, at(0)).await.unwrap(), None, "{kind}");
    }
}

#[tokio::test]
async fn another_node_sees_a_change_after_two_seconds_at_most() {
    let Some(database) = Database::postgres().await else { return };
    let Stores { here, there, _background, .. } = Stores::of(database).await;
    here.put(KEY, value("1"), at(100), at(0)).await.unwrap();
    assert_eq!(there.find(KEY, at(0)).await.unwrap(), Some(value("1")));
    assert_eq!(here.take(KEY, at(0)).await.unwrap(), Some(value("1")));
    assert_eq!(there.find(KEY, at(2)).await.unwrap(), None);
    // What must happen once asks the database, not the cache.
    assert_eq!(there.take(KEY, at(0)).await.unwrap(), None);
}

/// Names the database for the process that is killed.
const VICTIM: &str = "PECAN_TEST_VICTIM";

/// Stores a value, says so, and waits for its end: the other half of the test below.
#[tokio::test]
async fn stores_a_value_and_waits_to_be_killed() {
    #[expect(clippy::disallowed_methods, reason = "the parent process tells it where")]
    let Ok(connection) = std::env::var(VICTIM) else { return };
    let (tasks, clock) = background();
    let db = Db::open(&connection).await.unwrap();
    let store = session::start(&db, clock, &tasks).await.unwrap();
    assert!(store.put_new(KEY, value("1"), at(10), at(0)).await.unwrap());
    eprintln!("stored");
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn what_was_answered_is_there_after_the_process_was_killed() {
    for database in Database::all().await {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "session::stores_a_value_and_waits_to_be_killed"])
            .env(VICTIM, &database.connection)
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "stored\n", "{}", database.kind);
        // It gets no chance to close anything in order.
        child.kill().unwrap();
        child.wait().unwrap();

        let (tasks, clock) = background();
        let store = session::start(&database.open().await, clock, &tasks).await.unwrap();
        assert!(!store.put_new(KEY, value("2"), at(10), at(0)).await.unwrap());
        assert_eq!(store.find(KEY, at(0)).await.unwrap(), Some(value("1")), "{}", database.kind);
    }
}

#[tokio::test]
async fn an_abandoned_request_does_not_leave_a_stale_value() {
    for Stores { kind, here: store, .. } in &Stores::all().await {
        store.put(KEY, value("1"), at(10), at(0)).await.unwrap();
        let mut take = store.take(KEY, at(0));
        assert!((&mut take).now_or_never().is_none() || *kind == "memory");
        drop(take);
        // The queue is in order: after the next write the one before is done.
        store.put(key("b"), value("1"), at(10), at(0)).await.unwrap();
        let is_taken = store.take(KEY, at(0)).await.unwrap().is_none();
        assert!(is_taken, "{kind}");
        assert_eq!(store.find(KEY, at(0)).await.unwrap(), None, "{kind}");
    }
}

#[tokio::test]
async fn expired_values_are_removed_in_the_background() {
    let mut databases = vec![Db::in_memory().await.unwrap()];
    if let Some(database) = Database::postgres().await {
        databases.push(database.open().await);
    }
    for db in databases {
        let (tasks, clock) = background();
        let store = SqlSessions::start(&db, clock.clone(), &tasks);
        for name in 0..600 {
            let name = name.to_string();
            let key = Key { space: SPACE, name: &name };
            let expires_at = at(if name.len() == 3 { 10 } else { 100 });
            assert!(store.put_new(key, value("1"), expires_at, at(0)).await.unwrap());
        }
        clock.set(10);
        // Starting one more sweeps at once.
        let more = Tasks::default();
        let _sweeper = SqlSessions::start(&db, clock, &more);
        while more.states()[0].rounds == 0 {
            tokio::task::yield_now().await;
        }
        let left = db
            .read("count", async |tx| tx.fetch_optional("SELECT count(*) FROM session", &[]).await);
        assert_eq!(left.await.unwrap().unwrap().integer(0).unwrap(), 100, "{}", db.is_shared());
    }
}

#[tokio::test]
async fn a_stopped_store_answers_what_was_asked_and_then_refuses() {
    for database in Database::all().await {
        let (tasks, clock) = background();
        let store = session::start(&database.open().await, clock, &tasks).await.unwrap();
        let put = store.put(KEY, value("1"), at(10), at(0));
        let stop = tasks.stop(std::time::Duration::from_mins(1));
        let (put, ()) = tokio::join!(put, stop);
        put.unwrap();
        assert!(store.put(KEY, value("1"), at(10), at(0)).await.is_err());
        assert!(store.find(KEY, at(0)).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_value_that_is_too_large_is_refused() {
    for Stores { kind, here: store, .. } in &Stores::all().await {
        let large = Bytes::from(vec![0; 1024 * 1024 + 1]);
        let is_refused = store.put(KEY, large, at(10), at(0)).await.is_err();
        assert_eq!(is_refused, *kind != "memory", "{kind}");
    }
}
