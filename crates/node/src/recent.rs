//! What was read from the database a moment ago, so that a busy node does not ask again for every request.
//!
//! An entry is at most [`AGE_MAX`] old, and never older than the last change that this node made itself. Does not bound how
//! many requests read the same row at once: that costs a read each, every two seconds.

use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};

use moka::sync::Cache;
use time::{Duration, OffsetDateTime};

/// How long a change made by another node on the same database may go unnoticed here.
pub(crate) const AGE_MAX: Duration = Duration::seconds(2);

/// A bounded memory of one kind of row.
pub(crate) struct Recent<K, V> {
    entries: Cache<K, Entry<V>>,
    /// How often this node changed rows of this kind.
    changes: AtomicU64,
}

#[derive(Clone)]
struct Entry<V> {
    value: V,
    read_at: OffsetDateTime,
    /// INVARIANT: taken before the row was read, so a change that was committed meanwhile makes the entry useless.
    changes: u64,
}

impl<K, V> Recent<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// A memory whose entries weigh at most `limit` together.
    pub(crate) fn new(limit: u64, weigh: fn(&K, &V) -> u32) -> Self {
        let entries = Cache::builder()
            .max_capacity(limit)
            .weigher(move |key, entry: &Entry<V>| weigh(key, &entry.value))
            .build();
        Self { entries, changes: AtomicU64::new(0) }
    }

    /// The value of a key: the one remembered, or the one that `read` finds, which is polled only then.
    pub(crate) async fn find_or<E>(
        &self,
        key: &K,
        now: OffsetDateTime,
        read: impl Future<Output = Result<V, E>>,
    ) -> Result<V, E> {
        let changes = self.changes.load(Ordering::Acquire);
        if let Some(entry) = self.entries.get(key)
            && entry.changes == changes
            && (Duration::ZERO..AGE_MAX).contains(&(now - entry.read_at))
        {
            return Ok(entry.value);
        }
        let value = read.await?;
        self.entries.insert(key.clone(), Entry { value: value.clone(), read_at: now, changes });
        Ok(value)
    }

    /// Forgets everything. Called after a change was committed.
    pub(crate) fn forget(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-25 09:00:00 UTC);

    async fn read(recent: &Recent<u8, u8>, now: OffsetDateTime, found: u8) -> u8 {
        recent.find_or(&0, now, async move { Ok::<_, ()>(found) }).await.unwrap()
    }

    #[tokio::test]
    async fn a_value_is_remembered_for_two_seconds() {
        let recent = Recent::new(10, |_, _| 1);
        assert_eq!(read(&recent, NOW, 1).await, 1);
        assert_eq!(read(&recent, NOW + Duration::milliseconds(1_999), 2).await, 1);
        assert_eq!(read(&recent, NOW + Duration::seconds(2), 3).await, 3);
    }

    #[tokio::test]
    async fn a_clock_that_was_set_back_does_not_keep_a_value_alive() {
        let recent = Recent::new(10, |_, _| 1);
        assert_eq!(read(&recent, NOW, 1).await, 1);
        assert_eq!(read(&recent, NOW - Duration::hours(1), 2).await, 2);
    }

    #[tokio::test]
    async fn a_change_during_the_read_makes_what_was_read_useless() {
        let recent = Recent::new(10, |_, _| 1);
        let reading = async {
            recent.forget();
            Ok::<_, ()>(1)
        };
        assert_eq!(recent.find_or(&0, NOW, reading).await, Ok(1));
        assert_eq!(read(&recent, NOW, 2).await, 2);
    }
}
