//! Background work that somebody owns: named, stopped with the process, restarted when it fails.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time;

use crate::BoxFuture;

/// The pause after the first failure of a task, unless its period is shorter. It doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause after a failure.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// The set of background tasks of a process. Cheap to clone. When the last clone is dropped, the tasks end.
#[derive(Clone, Default)]
pub struct Tasks {
    set: Arc<Set>,
}

#[derive(Default)]
struct Set {
    running: Mutex<JoinSet<()>>,
    periodic: Mutex<Vec<Arc<Mutex<TaskState>>>>,
    is_stopping: watch::Sender<bool>,
}

/// What the health page says of one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskState {
    /// The name under which it was started.
    pub name: &'static str,
    /// Rounds that ended well.
    pub rounds: u64,
    /// The failure of the last round, if it failed.
    pub last_error: Option<String>,
}

impl Tasks {
    /// Runs `round` every `period`, the first time at once, until the set is stopped. A round that fails or panics is logged
    /// under `name` and tried again after a pause that grows.
    pub fn every(
        &self,
        name: &'static str,
        period: Duration,
        round: impl Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync + 'static,
    ) {
        let state = Arc::new(Mutex::new(TaskState { name, rounds: 0, last_error: None }));
        lock(&self.set.periodic).push(Arc::clone(&state));
        let stopping = self.stopping().shared();
        self.start(async move {
            let mut failures = 0;
            while stopping.peek().is_none() {
                let result = guarded(&round).await;
                failures = if result.is_ok() { 0 } else { failures + 1 };
                note(&state, result);
                let pause = pause(period, failures);
                if time::timeout(pause, stopping.clone()).await.is_ok() {
                    return;
                }
            }
        });
    }

    /// Runs `work` once in the background under `name`; a panic is logged. Work without an end watches
    /// [`stopping`](Self::stopping).
    pub fn spawn(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        self.start(async move {
            if AssertUnwindSafe(work).catch_unwind().await.is_err() {
                tracing::error!(task = name, "background task panicked");
            }
        });
    }

    /// Ends when the set is being stopped.
    pub fn stopping(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut is_stopping = self.set.is_stopping.subscribe();
        async move {
            // An error means that the set is gone, which is the same.
            let _ = is_stopping.wait_for(|is_stopping| *is_stopping).await;
        }
    }

    /// How the periodic tasks fare.
    pub fn states(&self) -> Vec<TaskState> {
        lock(&self.set.periodic).iter().map(|state| lock(state).clone()).collect()
    }

    /// Stops all tasks, waiting at most `limit` for their current round.
    pub async fn stop(&self, limit: Duration) {
        self.set.is_stopping.send_replace(true);
        let mut running = std::mem::take(&mut *lock(&self.set.running));
        let ended = time::timeout(limit, async { while running.join_next().await.is_some() {} });
        if ended.await.is_err() {
            tracing::warn!(tasks = running.len(), "background tasks did not stop in time");
        }
    }

    fn start(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut running = lock(&self.set.running);
        // Those that have ended would stay in the set.
        while running.try_join_next().is_some() {}
        running.spawn(work);
    }
}

/// A lock whose holder panicked is still good: no state here is ever half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a round; a panic becomes a failure.
async fn guarded(
    round: &(impl Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync),
) -> Result<(), String> {
    let started = AssertUnwindSafe(async { round().await }).catch_unwind();
    started.await.unwrap_or_else(|_| Err("panicked".to_owned()))
}

fn note(state: &Mutex<TaskState>, result: Result<(), String>) {
    let mut state = lock(state);
    match result {
        Ok(()) => {
            state.rounds += 1;
            state.last_error = None;
        }
        Err(error) => {
            tracing::error!(task = state.name, error, "background task failed");
            state.last_error = Some(error);
        }
    }
}

fn pause(period: Duration, failures: u32) -> Duration {
    let Some(doublings) = failures.checked_sub(1) else { return period };
    let first = FIRST_PAUSE.min(period);
    first.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_PAUSE)
}
