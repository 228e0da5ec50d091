//! What a first use costs, and what the three writes of a token request cost: memory and SQLite, alone and among others.
//!
//! `put_new` is the time of one operation; `token_request` the CPU time of the process for all three, sweeping included.
//! The clock moves one millisecond with each operation, so that what is stored expires.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pecan_platform::clock::Clock;
use pecan_platform::process;
use pecan_platform::session::{self, Key, MemorySessions, SessionStore, Space};
use pecan_platform::sql::Db;
use pecan_platform::tasks::Tasks;
use time::OffsetDateTime;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

const SPACE: Space = Space("nonceonce");
/// The names of this run: no two are equal.
static NEXT: AtomicU64 = AtomicU64::new(0);

struct Counting;

impl Clock for Counting {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::from_millis(NEXT.load(Ordering::Relaxed))
    }
}

#[derive(Clone, Copy)]
enum Work {
    PutNew,
    TokenRequest,
}

impl Work {
    async fn run(self, store: &dyn SessionStore) {
        match self {
            Self::PutNew => put_new(store, Duration::from_mins(15)).await,
            Self::TokenRequest => {
                put_new(store, Duration::from_secs(30)).await;
                put_new(store, Duration::from_secs(15)).await;
                put(store, Duration::from_mins(1)).await;
            }
        }
    }
}

async fn put_new(store: &dyn SessionStore, lifetime: Duration) {
    let name = format!("{:043}", NEXT.fetch_add(1, Ordering::Relaxed));
    let (key, now) = (Key { space: SPACE, name: &name }, Counting.now());
    let is_new = store.put_new(key, Bytes::from_static(b"1"), now + lifetime, now).await;
    assert!(black_box(is_new).expect("the store answers"));
}

async fn put(store: &dyn SessionStore, lifetime: Duration) {
    const RECORD: [u8; 3_000] = [b'x'; 3_000];
    let name = format!("{:043}", NEXT.fetch_add(1, Ordering::Relaxed));
    let (key, now) = (Key { space: SPACE, name: &name }, Counting.now());
    let stored = store.put(key, Bytes::from_static(&RECORD), now + lifetime, now).await;
    stored.expect("the store answers");
}

/// The time of `count` operations, so many at a time.
#[expect(clippy::disallowed_methods, reason = "it measures")]
async fn run(store: Arc<dyn SessionStore>, work: Work, concurrency: u64, count: u64) -> Duration {
    let started = Instant::now();
    let mut set = JoinSet::new();
    for caller in 0..concurrency {
        let store = Arc::clone(&store);
        // Shares of `count`, which need not be a multiple.
        let share = count / concurrency + u64::from(caller < count % concurrency);
        set.spawn(async move {
            for _ in 0..share {
                work.run(&*store).await;
            }
        });
    }
    set.join_all().await;
    started.elapsed()
}

/// Makes the store of a chunk: memory a new one, since it has a limit; a database the same.
type Factory = Box<dyn Fn() -> Arc<dyn SessionStore>>;

/// Operations on one store in memory; fewer than it takes.
const CHUNK: u32 = 100_000;

fn stores(runtime: &Runtime, folder: &Path, tasks: &Tasks) -> Vec<(&'static str, Factory)> {
    let memory: Factory = Box::new(|| Arc::new(MemorySessions::new()));
    let mut stores = vec![("memory", memory)];
    let mut connections = vec![("sqlite", format!("sqlite:file:{}/bench.db", folder.display()))];
    #[expect(clippy::disallowed_methods, reason = "a server is an option of the run")]
    connections.extend(std::env::var("PECAN_TEST_POSTGRES").ok().map(|url| ("postgres", url)));
    for (name, connection) in connections {
        let db = runtime.block_on(Db::open(&connection)).expect("it opens");
        let store = runtime.block_on(session::start(&db, Arc::new(Counting), tasks));
        let store = store.expect("what is stored can be read");
        stores.push((name, Box::new(move || Arc::clone(&store))));
    }
    stores
}

fn bench(criterion: &mut Criterion) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().expect("threads start");
    let folder = std::env::temp_dir().join(format!("pecan-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("it is made");
    let tasks = Tasks::default();
    let mut group = criterion.benchmark_group("put_new");
    group.throughput(Throughput::Elements(1));
    let stores = stores(&runtime, &folder, &tasks);
    for (name, factory) in &stores {
        for concurrency in [1, 64] {
            group.bench_function(format!("{name}/{concurrency}"), |bencher| {
                bencher.iter_custom(|count| {
                    let chunks = (0..count)
                        .step_by(CHUNK as usize)
                        .map(|done| u64::from(CHUNK).min(count - done));
                    chunks
                        .map(|chunk| {
                            runtime.block_on(run(factory(), Work::PutNew, concurrency, chunk))
                        })
                        .sum()
                });
            });
        }
    }
    group.finish();
    let mut group = criterion.benchmark_group("token_request");
    group.sample_size(10);
    for (name, factory) in &stores {
        for concurrency in [1, 32, 64] {
            group.bench_function(format!("{name}/{concurrency}"), |bencher| {
                bencher.iter_custom(|count| {
                    let (store, before) = (factory(), cpu_seconds());
                    runtime.block_on(run(store, Work::TokenRequest, concurrency, count));
                    Duration::from_secs_f64(cpu_seconds() - before)
                });
            });
        }
    }
    group.finish();
    std::fs::remove_dir_all(&folder).expect("it is ours");
}

fn cpu_seconds() -> f64 {
    process::usage().expect("the kernel counts").cpu_seconds
}

criterion_group!(benches, bench);
criterion_main!(benches);
