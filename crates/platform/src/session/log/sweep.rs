//! Removes what has expired: entries from the index, whole rows from the table.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::super::id::milliseconds;
use super::Log;
use super::index::SHARDS;
use super::rows::Range;
use super::store;
use crate::clock::Clock;
use crate::sql::SqlError;
use crate::tasks::Tasks;

/// How often expired values are removed.
const PERIOD: Duration = Duration::from_secs(1);
/// Rows that are removed at once: others wait so long for their turn.
const ROWS_MAX: usize = 64;
/// Removals of one sweep, so that it ends.
const REMOVALS_MAX: usize = 1000;
/// Rounds in which the whole index is gone through: so many periods longer than it lives is an entry kept in memory.
const ROUNDS: usize = 16;
/// Rounds between two searches for expired rows behind one that lives long.
const ROUNDS_BEHIND: usize = 64;

/// Sweeps from now on.
pub(super) fn start(log: &Arc<Log>, clock: Arc<dyn Clock>, tasks: &Tasks) {
    let log = Arc::clone(log);
    let rounds = Arc::new(AtomicUsize::new(0));
    tasks.every("session.sweep", PERIOD, move || {
        let (log, now) = (Arc::clone(&log), milliseconds(clock.now()));
        let round = rounds.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move { sweep(&log, round, now).await.map_err(|error| error.to_string()) })
    });
}

async fn sweep(log: &Log, round: usize, now: i64) -> Result<(), SqlError> {
    for shard in (round % ROUNDS..SHARDS).step_by(ROUNDS) {
        log.index.sweep(shard, now);
    }
    for _ in 0..REMOVALS_MAX {
        let Some(range) = next(log, round, now) else { break };
        store::remove(&log.db, range).await?;
        log.rows.remove(range);
        // Requests come between two removals.
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// INVARIANT: a row expires no sooner than what its entries replaced, so that in any order nothing that was replaced or taken
/// comes back.
fn next(log: &Log, round: usize, now: i64) -> Option<Range> {
    let oldest = log.rows.expired_at_start(now, ROWS_MAX);
    if oldest.is_some() || !round.is_multiple_of(ROUNDS_BEHIND) {
        return oldest;
    }
    log.rows.expired_behind(now, ROWS_MAX)
}
