//! The background round: lists that are in use are downloaded again before they get old, so that no request waits for them.

use std::sync::Arc;

use pecan_platform::tasks::Tasks;
use time::{Duration, OffsetDateTime};

use super::super::{Verifier, all_in_order, store};
use super::copies::Copies;

/// How often it is looked which lists are due.
const PERIOD: std::time::Duration = std::time::Duration::from_mins(1);
/// The age from which a list is downloaded again.
const AGE_MIN: Duration = Duration::minutes(10);
/// How long a list is kept in memory that nobody looks at.
const IDLE_MAX: Duration = Duration::hours(1);
/// How long a copy is stored that nobody downloads again.
const STORED_MAX: Duration = Duration::days(30);
/// The most copies that are stored.
const STORED_COUNT_MAX: i64 = 2_000;

impl Verifier {
    /// Keeps the status lists that are in use from getting old.
    pub fn watch(&self, tasks: &Tasks) {
        let verifier = self.clone();
        tasks.every("status-list.refresh", PERIOD, move || {
            let verifier = verifier.clone();
            Box::pin(async move { verifier.refresh_status_lists().await })
        });
    }

    /// One round of the background work: downloads lists that are in use again before they get old.
    pub async fn refresh_status_lists(&self) -> Result<(), String> {
        self.statuses.copies.refresh(self.env.clock.now()).await
    }
}

impl Copies {
    /// Refreshes what is in use, forgets what is not.
    pub(super) async fn refresh(&self, now: OffsetDateTime) -> Result<(), String> {
        let mut due = Vec::new();
        for (url, copy) in &self.held {
            let idle = now.unix_timestamp() - copy.used_at();
            if idle > IDLE_MAX.whole_seconds() {
                self.held.invalidate(&*url);
            } else if now - copy.downloaded_at >= AGE_MIN {
                due.push((url, copy.used_at()));
            }
        }
        let total = due.len();
        let downloads = due.into_iter().map(|(url, used_at)| self.again(url, used_at, now));
        let failed =
            all_in_order(downloads.collect()).await?.into_iter().filter(|failed| *failed).count();
        self.prune(now).await?;
        if failed == 0 {
            Ok(())
        } else {
            Err(format!("{failed} of {total} status lists could not be downloaded"))
        }
    }

    /// Downloads a list again; whether that failed. One that fails must not keep the others from being tried.
    async fn again(
        &self,
        url: Arc<String>,
        used_at: i64,
        now: OffsetDateTime,
    ) -> Result<bool, String> {
        let used_at = OffsetDateTime::from_unix_timestamp(used_at).unwrap_or(now);
        Ok(self.replace(&url, used_at, now).await.is_err())
    }

    async fn prune(&self, now: OffsetDateTime) -> Result<(), String> {
        let pruned = self.env.db.write("status-list.prune", async |tx| {
            store::prune_lists(tx, now - STORED_MAX, STORED_COUNT_MAX).await
        });
        pruned.await.map_err(|failure| failure.to_string())
    }
}
