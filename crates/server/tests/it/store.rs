//! A session store that tells what was kept in it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use pecan_platform::BoxFuture;
use pecan_platform::session::{Key, Rule, SessionError, SessionStore};
use time::OffsetDateTime;

/// Passes everything on, and counts what is written.
pub(crate) struct Watched {
    inner: Arc<dyn SessionStore>,
    writes: Mutex<Vec<&'static str>>,
    /// Names in the space of access tokens: written, and taken.
    tokens: Mutex<[Vec<String>; 2]>,
    is_shared: AtomicBool,
}

impl Watched {
    pub(crate) fn new(inner: Arc<dyn SessionStore>) -> Self {
        let (writes, tokens) = (Mutex::default(), Mutex::default());
        Self { inner, writes, tokens, is_shared: AtomicBool::new(false) }
    }

    /// From now on it knows nothing without asking, as if another node had written all.
    pub(crate) fn share(&self) {
        self.is_shared.store(true, Ordering::Relaxed);
    }

    /// The names of access tokens that were written, and of those that were taken, since this was last asked.
    pub(crate) fn take_tokens(&self) -> [Vec<String>; 2] {
        std::mem::take(&mut self.tokens.lock().unwrap())
    }

    /// The spaces that were written to since this was last asked, in order.
    pub(crate) fn take_writes(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.writes.lock().unwrap())
    }

    fn note_token(&self, key: Key<'_>, verb: usize) {
        if key.space.0 == "serveraccesstoken" {
            self.tokens.lock().unwrap()[verb].push(key.name.to_owned());
        }
    }
}

impl SessionStore for Watched {
    fn write<'a>(
        &'a self,
        key: Key<'a>,
        value: Bytes,
        expires_at: OffsetDateTime,
        rule: Rule,
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<bool, SessionError>> {
        self.writes.lock().unwrap().push(key.space.0);
        self.note_token(key, 0);
        self.inner.write(key, value, expires_at, rule, now)
    }

    fn find<'a>(
        &'a self,
        key: Key<'a>,
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Option<Bytes>, SessionError>> {
        self.inner.find(key, now)
    }

    fn take<'a>(
        &'a self,
        key: Key<'a>,
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Option<Bytes>, SessionError>> {
        self.note_token(key, 1);
        self.inner.take(key, now)
    }

    fn is_known(&self, key: Key<'_>, now: OffsetDateTime) -> bool {
        !self.is_shared.load(Ordering::Relaxed) && self.inner.is_known(key, now)
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), SessionError>> {
        self.inner.ping()
    }
}
