//! Sessions in memory: for one node that may forget them, and for tests.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fs::File;
use std::hash::BuildHasher as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use time::OffsetDateTime;

use super::{Key, Rule, SessionError, SessionStore, Space};
use crate::BoxFuture;
use crate::clock::Clock;
use crate::tasks::Tasks;

/// The most values.
const ENTRIES_MAX: usize = 1_000_000;
/// The most bytes of all names and values together.
const BYTES_MAX: usize = 512 * 1024 * 1024;
/// Parts with a lock of their own. Each takes its share of the limits.
const SHARDS: usize = 64;
/// How often expired values are forgotten.
const SWEEP_PERIOD: Duration = Duration::from_secs(10);
/// What a value costs beside its name and its bytes.
const ENTRY_BYTES: usize = 96;

/// Keeps sessions in memory.
pub struct MemorySessions {
    shards: Vec<Mutex<Shard>>,
    /// Seeded: nobody can aim at one shard.
    hasher: RandomState,
    /// That of the node's database, if it is a file. Held as long as anybody has sessions.
    _lock: Option<File>,
}

#[derive(Default)]
struct Shard {
    spaces: HashMap<Space, HashMap<Box<str>, Entry>>,
    entries: usize,
    bytes: usize,
}

struct Entry {
    value: Bytes,
    expires_at: OffsetDateTime,
}

impl Default for MemorySessions {
    fn default() -> Self {
        Self::new()
    }
}

impl MemorySessions {
    /// An empty store.
    pub fn new() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, hasher: RandomState::new(), _lock: None }
    }

    /// An empty store that forgets in the background what has expired, and holds a lock.
    pub(super) fn start(lock: Option<File>, clock: Arc<dyn Clock>, tasks: &Tasks) -> Arc<Self> {
        let store = Arc::new(Self { _lock: lock, ..Self::new() });
        let swept = Arc::clone(&store);
        tasks.every("session.sweep", SWEEP_PERIOD, move || {
            swept.sweep(clock.now());
            Box::pin(async { Ok(()) })
        });
        store
    }

    /// Forgets what has expired. A full store refuses new values until then.
    fn sweep(&self, now: OffsetDateTime) {
        for shard in &self.shards {
            shard.lock().unwrap_or_else(PoisonError::into_inner).sweep(now);
        }
    }

    fn with<T>(&self, key: Key<'_>, work: impl FnOnce(&mut Shard) -> T) -> T {
        // The remainder is less than the number of shards.
        let hash = self.hasher.hash_one((key.space, key.name));
        let turn = usize::try_from(hash % SHARDS as u64).unwrap_or(0);
        let shard = self.shards.get(turn).expect("there are as many shards as remainders");
        work(&mut shard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl SessionStore for MemorySessions {
    fn write<'a>(
        &'a self,
        key: Key<'a>,
        value: Bytes,
        expires_at: OffsetDateTime,
        rule: Rule,
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<bool, SessionError>> {
        Box::pin(async move {
            self.with(key, |shard| {
                if rule == Rule::OnlyNew && shard.find(key, now).is_some() {
                    return Ok(false);
                }
                shard.insert(key, Entry { value, expires_at }, now).map(|()| true)
            })
        })
    }

    fn find<'a>(
        &'a self,
        key: Key<'a>,
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Option<Bytes>, SessionError>> {
        Box::pin(async move { Ok(self.with(key, |shard| shard.find(key, now))) })
    }

    fn take<'a>(
        &'a self,
        key: Key<'a>,
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Option<Bytes>, SessionError>> {
        Box::pin(async move {
            let entry = self.with(key, |shard| shard.remove(key));
            Ok(entry.filter(|entry| entry.expires_at > now).map(|entry| entry.value))
        })
    }

    fn is_known(&self, key: Key<'_>, now: OffsetDateTime) -> bool {
        self.with(key, |shard| shard.find(key, now).is_some())
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), SessionError>> {
        Box::pin(async { Ok(()) })
    }
}

impl Shard {
    fn find(&self, key: Key<'_>, now: OffsetDateTime) -> Option<Bytes> {
        let entry = self.spaces.get(&key.space)?.get(key.name)?;
        (entry.expires_at > now).then(|| entry.value.clone())
    }

    fn insert(
        &mut self,
        key: Key<'_>,
        entry: Entry,
        now: OffsetDateTime,
    ) -> Result<(), SessionError> {
        self.remove(key);
        if entry.expires_at <= now {
            return Ok(());
        }
        let bytes = size(key.name, &entry);
        if self.is_full(bytes) {
            return Err(SessionError("session store is full".into()));
        }
        self.entries += 1;
        self.bytes += bytes;
        self.spaces.entry(key.space).or_default().insert(key.name.into(), entry);
        Ok(())
    }

    fn is_full(&self, more_bytes: usize) -> bool {
        self.entries >= ENTRIES_MAX / SHARDS || self.bytes + more_bytes > BYTES_MAX / SHARDS
    }

    fn remove(&mut self, key: Key<'_>) -> Option<Entry> {
        let entry = self.spaces.get_mut(&key.space)?.remove(key.name)?;
        self.entries -= 1;
        self.bytes -= size(key.name, &entry);
        Some(entry)
    }

    fn sweep(&mut self, now: OffsetDateTime) {
        let (mut entries, mut bytes) = (0, 0);
        for space in self.spaces.values_mut() {
            space.retain(|name, entry| {
                let is_alive = entry.expires_at > now;
                if is_alive {
                    entries += 1;
                    bytes += size(name, entry);
                }
                is_alive
            });
        }
        (self.entries, self.bytes) = (entries, bytes);
    }
}

fn size(name: &str, entry: &Entry) -> usize {
    name.len() + entry.value.len() + ENTRY_BYTES
}

#[cfg(test)]
mod tests {
    use time::Duration as Span;

    use super::*;

    #[test]
    fn a_full_store_refuses_until_it_is_swept() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let expires_at = now + Span::SECOND;
        let mut shard = Shard::default();
        let insert = |shard: &mut Shard, name: &str, value: &'static [u8], now| {
            let entry = Entry {
                value: Bytes::from_static(value),
                expires_at: expires_at + (now - OffsetDateTime::UNIX_EPOCH),
            };
            shard.insert(Key { space: Space("s"), name }, entry, now)
        };
        for number in 0..ENTRIES_MAX / SHARDS {
            insert(&mut shard, &number.to_string(), b"", now).unwrap();
        }
        assert!(insert(&mut shard, "one more", b"", now).is_err());
        // Replacing takes no more room.
        insert(&mut shard, "7", b"", now).unwrap();
        shard.sweep(expires_at);
        assert_eq!((shard.entries, shard.bytes), (0, 0));
        insert(&mut shard, "one more", b"", expires_at).unwrap();

        let large = Entry { value: Bytes::from(vec![0; BYTES_MAX / SHARDS]), expires_at };
        assert!(shard.insert(Key { space: Space("s"), name: "large" }, large, now).is_err());
        assert_eq!(shard.entries, 1);
    }
}
