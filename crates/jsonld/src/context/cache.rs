//! The compiled contexts that all documents of a processor share.
//!
//! Only what the processor's own documents say ever gets here, so that a document cannot leave anything behind.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::{ActiveContext, Meaning, SHARED_CONTEXTS_MAX, SHARED_TERMS_MAX, Scoped};

/// How one context leads to another.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// The context that is built upon.
    pub(super) around: u64,
    pub(super) step: Step,
}

/// Compiled contexts by how they are reached.
pub(super) type Entries = HashMap<Key, Entry, BuildHasherDefault<KeyHasher>>;

/// Mixes the few numbers of a key.
///
/// They are counters, indices and addresses of this process and not a document's to choose, so no secret is needed to keep them apart.
#[derive(Default)]
pub(super) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        // Multiplication spreads to the high bits, the fold brings those down again.
        let mixed = (self.0 ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ (mixed >> 32);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn write_isize(&mut self, number: isize) {
        self.write_u64(number.cast_unsigned() as u64);
    }
}

/// What is added.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step {
    /// A document of the processor, by its index.
    Own(usize),
    /// A document of the call, by its index.
    Extra(usize),
    /// The context of a term, by its address.
    Property(usize),
    /// The context of a type, by its address.
    Type(usize),
}

/// A context, and what its key points to: an address must not be used again while it is a key.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) context: Arc<ActiveContext>,
    pub(super) _scoped: Option<Arc<Scoped>>,
}

/// Compiled contexts, and the one that everything begins with.
#[derive(Debug)]
pub(crate) struct Cache {
    root: Arc<ActiveContext>,
    next_id: AtomicU64,
    kept: RwLock<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    entries: Entries,
    terms: usize,
}

impl Cache {
    pub(crate) fn new() -> Self {
        let root = ActiveContext { id: 0, is_shared: true, meaning: Meaning::initial() };
        Self {
            root: Arc::new(root),
            next_id: AtomicU64::new(1),
            kept: RwLock::new(Kept::default()),
        }
    }

    /// How many contexts are kept.
    pub(crate) fn len(&self) -> usize {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).entries.len()
    }

    /// The context without definitions.
    pub(super) fn root(&self) -> &Arc<ActiveContext> {
        &self.root
    }

    /// Gives a meaning an identity.
    pub(super) fn activate(&self, meaning: Meaning, is_shared: bool) -> Arc<ActiveContext> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        Arc::new(ActiveContext { id, is_shared, meaning })
    }

    pub(super) fn find(&self, key: &Key) -> Option<Arc<ActiveContext>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.entries.get(key).map(|entry| Arc::clone(&entry.context))
    }

    /// Keeps a context, unless another thread was faster: then that one is the context.
    pub(super) fn keep(&self, key: Key, entry: Entry) -> Arc<ActiveContext> {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = kept.entries.get(&key) {
            return Arc::clone(&entry.context);
        }
        let terms = entry.context.meaning.terms.own_len();
        // SECURITY: documents can lead to ever new contexts. Starting anew bounds the memory, and unlike a cache that is
        // full for ever it does not stay slow after an attack.
        if kept.entries.len() >= SHARED_CONTEXTS_MAX || kept.terms + terms > SHARED_TERMS_MAX {
            *kept = Kept::default();
        }
        let context = Arc::clone(&entry.context);
        kept.terms += terms;
        kept.entries.insert(key, entry);
        context
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(cache: &Cache) -> Entry {
        Entry { context: cache.activate(Meaning::initial(), true), _scoped: None }
    }

    #[test]
    fn a_full_cache_starts_anew() {
        let cache = Cache::new();
        let mut longest = 0;
        for index in 0..3 * SHARED_CONTEXTS_MAX {
            let key = Key { around: 0, step: Step::Own(index) };
            let kept = cache.keep(key, entry(&cache));
            assert_eq!(cache.find(&key).map(|found| found.id), Some(kept.id));
            longest = longest.max(cache.len());
        }
        assert_eq!(longest, SHARED_CONTEXTS_MAX);
        assert!(cache.find(&Key { around: 0, step: Step::Own(0) }).is_none());
    }

    #[test]
    fn the_first_to_keep_a_context_decides() {
        let cache = Cache::new();
        let key = Key { around: 0, step: Step::Type(1) };
        let first = cache.keep(key, entry(&cache));
        assert_eq!(cache.keep(key, entry(&cache)).id, first.id);
    }
}
