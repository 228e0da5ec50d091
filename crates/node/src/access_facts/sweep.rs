//! Removes facts that have expired. Nobody sees them any more; they only take room.

use std::time::Duration;

use pecan_platform::sql::SqlError;
use pecan_platform::tasks::Tasks;

use super::{AccessFacts, store};

/// How often.
const PERIOD: Duration = Duration::from_mins(1);
/// How many at once: other changes wait meanwhile.
const BATCH_MAX: u32 = 1000;
/// How many times in a row; the next round does the rest.
const BATCHES_MAX: usize = 100;

pub(super) fn watch(facts: &AccessFacts, tasks: &Tasks) {
    let facts = facts.clone();
    tasks.every("access_facts.sweep", PERIOD, move || {
        let facts = facts.clone();
        Box::pin(async move { facts.sweep().await.map(drop).map_err(|error| error.to_string()) })
    });
}

impl AccessFacts {
    /// Removes what has expired; how many. Nodes that share a database may all do it.
    pub async fn sweep(&self) -> Result<u64, SqlError> {
        let now = self.env.clock.now();
        let mut removed = 0;
        for _ in 0..BATCHES_MAX {
            let batch = self.env.db.write("access_facts.sweep", async |tx| {
                store::delete_expired(tx, now, i64::from(BATCH_MAX)).await
            });
            let batch = batch.await?;
            removed += batch;
            if batch < u64::from(BATCH_MAX) {
                break;
            }
        }
        Ok(removed)
    }
}
