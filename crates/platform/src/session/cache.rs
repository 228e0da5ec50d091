//! Values of a slower store, in memory.
//!
//! Only what is read again is kept: values that were put or found, never used nonces. Where other nodes write to the same
//! store, an entry is believed for [`SHARED_AGE_MAX`]: so late is a revocation by another node noticed. The writer of the store
//! tells of each change after it is committed and before it is answered, whoever still waits for the answer.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use moka::ops::compute::Op;
use moka::sync::Cache as Entries;

use super::id::Id;

/// The most bytes of all entries.
const BYTES_MAX: u64 = 64 * 1024 * 1024;
/// What an entry costs beside its value.
const ENTRY_BYTES: u32 = 256;
/// How long an entry is believed when other nodes may change the value, in milliseconds.
const SHARED_AGE_MAX: u64 = 2_000;
/// Counters of changes; keys share them.
const STRIPES: usize = 1024;

/// What was put and found.
pub(super) struct Cache {
    entries: Entries<Id, Entry>,
    is_shared: bool,
    /// How often a key of the stripe was changed. What was read before a change is not kept after it.
    changes: Box<[AtomicU64]>,
}

/// A value as the store has it. Times are Unix times in milliseconds.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) value: Bytes,
    pub(super) expires_at: i64,
    pub(super) read_at: i64,
}

impl Cache {
    /// An empty cache. `is_shared`: whether others write to the store.
    pub(super) fn new(is_shared: bool) -> Self {
        let weight = |_: &Id, entry: &Entry| {
            u32::try_from(entry.value.len()).unwrap_or(u32::MAX).saturating_add(ENTRY_BYTES)
        };
        let entries = Entries::builder().max_capacity(BYTES_MAX).weigher(weight).build();
        let changes = (0..STRIPES).map(|_| AtomicU64::new(0)).collect();
        Self { entries, is_shared, changes }
    }

    /// The value of a key, unless it has expired or may have changed.
    pub(super) fn find(&self, id: Id, now: i64) -> Option<Bytes> {
        let entry = self.entries.get(&id)?;
        let is_young = !self.is_shared || now.abs_diff(entry.read_at) < SHARED_AGE_MAX;
        (is_young && entry.expires_at > now).then_some(entry.value)
    }

    /// How often the key may have changed; to be asked before its value is read from the store.
    pub(super) fn changes(&self, id: Id) -> u64 {
        self.stripe(id).load(Ordering::SeqCst)
    }

    /// Keeps a value that was read, unless the key may have changed since `seen`.
    ///
    /// INVARIANT: computations on one key take turns, and a change is counted before it is computed. So what was read before
    /// a change is either not kept, or removed by that change.
    pub(super) fn keep(&self, id: Id, seen: u64, entry: Entry) {
        let is_unchanged = || self.changes(id) == seen;
        self.entries
            .entry(id)
            .and_compute_with(|_| if is_unchanged() { Op::Put(entry) } else { Op::Nop });
    }

    /// The store has another value now, or none.
    pub(super) fn change(&self, id: Id, entry: Option<Entry>) {
        self.stripe(id).fetch_add(1, Ordering::SeqCst);
        self.entries.entry(id).and_compute_with(|_| entry.map_or(Op::Remove, Op::Put));
    }

    fn stripe(&self, id: Id) -> &AtomicU64 {
        self.changes.get(id.bits() % STRIPES).expect("there are as many stripes as remainders")
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Key, Space};
    use super::*;

    fn entry(value: &'static str, read_at: i64) -> Entry {
        Entry { value: Bytes::from_static(value.as_bytes()), expires_at: 100_000, read_at }
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept() {
        let cache = Cache::new(false);
        let id = Id::of(Key { space: Space("s"), name: "a" });
        let seen = cache.changes(id);
        cache.change(id, Some(entry("new", 0)));
        cache.keep(id, seen, entry("old", 0));
        assert_eq!(cache.find(id, 0).unwrap(), "new");

        let seen = cache.changes(id);
        cache.change(id, None);
        cache.keep(id, seen, entry("taken", 0));
        assert_eq!(cache.find(id, 0), None);
    }

    #[test]
    fn an_entry_ends_with_its_value_and_is_soon_doubted_when_others_write() {
        let id = Id::of(Key { space: Space("s"), name: "a" });
        for (is_shared, now, is_found) in [
            (false, 2_000, true),
            (false, 99_999, true),
            (false, 100_000, false),
            (true, 1_999, true),
            (true, 2_000, false),
            (true, -2_000, false),
        ] {
            let cache = Cache::new(is_shared);
            cache.keep(id, 0, entry("a", 0));
            assert_eq!(cache.find(id, now).is_some(), is_found, "{is_shared} {now}");
        }
    }
}
