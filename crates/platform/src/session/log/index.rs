//! Which keys are taken, until when, and where their values are.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::id::Id;
use super::row::Place;

/// The most entries; one takes 57 bytes, and up to as much room again while its part grows.
const ENTRIES_MAX: usize = 5_000_000;
/// Parts with a lock of their own: a part is small enough to be swept while others wait.
pub(super) const SHARDS: usize = 256;

/// What is stored under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Unix time in milliseconds.
    pub(super) expires_at: i64,
    pub(super) place: Place,
}

/// All entries that have not expired, and some that have.
pub(super) struct Index {
    shards: Box<[Mutex<HashMap<Id, Entry>>]>,
    entries: AtomicUsize,
}

impl Index {
    pub(super) fn new() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, entries: AtomicUsize::new(0) }
    }

    /// The entry of a key, expired or not.
    pub(super) fn find(&self, id: Id) -> Option<Entry> {
        self.shard(id.bits()).get(&id).copied()
    }

    /// A key has another entry now, or none.
    pub(super) fn set(&self, id: Id, entry: Option<Entry>) {
        let mut shard = self.shard(id.bits());
        match entry {
            Some(entry) => {
                if shard.insert(id, entry).is_none() {
                    self.entries.fetch_add(1, Ordering::Relaxed);
                }
            }
            None => {
                if shard.remove(&id).is_some() {
                    self.entries.fetch_sub(1, Ordering::Relaxed);
                }
            }
        }
    }

    /// Whether there is no room for one more beside so many.
    pub(super) fn is_full_with(&self, others: usize) -> bool {
        self.entries.load(Ordering::Relaxed) + others >= ENTRIES_MAX
    }

    /// Forgets what has expired in one of the [`SHARDS`].
    pub(super) fn sweep(&self, shard: usize, now: i64) {
        let mut shard = self.shard(shard);
        let before = shard.len();
        shard.retain(|_, entry| entry.expires_at > now);
        self.entries.fetch_sub(before - shard.len(), Ordering::Relaxed);
        if shard.len() < shard.capacity() / 4 {
            let twice = shard.len() * 2;
            shard.shrink_to(twice);
        }
    }

    /// A shard by any number.
    fn shard(&self, number: usize) -> MutexGuard<'_, HashMap<Id, Entry>> {
        let shard = self.shards.get(number % SHARDS).expect("there are as many as remainders");
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{Key, Space};
    use super::*;

    fn entry(expires_at: i64) -> Entry {
        Entry { expires_at, place: Place { row: 1, offset: 0, length: 0 } }
    }

    #[test]
    fn entries_are_counted_however_they_go() {
        let index = Index::new();
        let id = |name| Id::of(Key { space: Space("s"), name });
        for (name, expires_at) in [("a", 10), ("b", 10), ("c", 20), ("a", 20)] {
            index.set(id(name), Some(entry(expires_at)));
        }
        assert!(index.is_full_with(ENTRIES_MAX - 3) && !index.is_full_with(ENTRIES_MAX - 4));
        index.set(id("c"), None);
        index.set(id("c"), None);
        for shard in 0..SHARDS {
            index.sweep(shard, 10);
        }
        assert_eq!(index.find(id("b")), None);
        assert_eq!(index.find(id("a")), Some(entry(20)));
        assert!(index.is_full_with(ENTRIES_MAX - 1) && !index.is_full_with(ENTRIES_MAX - 2));
    }
}
