//! A session store that tells what was kept in it.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use pecan_platform::BoxFuture;
use pecan_platform::session::{Key, SessionError, SessionStore};
use time::OffsetDateTime;

/// Passes everything on, and counts what is written.
pub(crate) struct Watched {
    inner: Arc<dyn SessionStore>,
    writes: Mutex<Vec<&'static str>>,
}

impl Watched {
    pub(crate) fn new(inner: Arc<dyn SessionStore>) -> Self {
        Self { inner, writes: Mutex::default() }
    }

    /// The spaces that were written to since this was last asked, in order.
    pub(crate) fn take_writes(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.writes.lock().unwrap())
    }
}

impl SessionStore for Watched {
    fn put<'a>(
        &'a self,
        key: Key<'a>,
        value: Bytes,
        expires_at: OffsetDateTime,
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<(), SessionError>> {
        self.writes.lock().unwrap().push(key.space.0);
        self.inner.put(key, value, expires_at, now)
    }

    fn put_new<'a>(
        &'a self,
        key: Key<'a>,
        value: Bytes,
        expires_at: OffsetDateTime,
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<bool, SessionError>> {
        self.writes.lock().unwrap().push(key.space.0);
        self.inner.put_new(key, value, expires_at, now)
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
        self.inner.take(key, now)
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), SessionError>> {
        self.inner.ping()
    }
}
