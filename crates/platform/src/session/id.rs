//! The short form of a key, of the same length for all.

use aws_lc_rs::digest::{Context, SHA256};
use time::OffsetDateTime;

use super::Key;

/// SHA-256 of room and name. Rows and cache entries are found by it: no name is too long, and no secret is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Id([u8; 32]);

impl Id {
    pub(super) fn of(key: Key<'_>) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(key.space.0.as_bytes());
        // No room has the character in its name, so no two keys give the same text.
        context.update(b"\0");
        context.update(key.name.as_bytes());
        let mut id = [0; 32];
        id.copy_from_slice(context.finish().as_ref());
        Self(id)
    }

    pub(super) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Some bits of it, evenly spread.
    pub(super) fn bits(&self) -> usize {
        usize::from(u16::from_le_bytes([self.0[0], self.0[1]]))
    }
}

/// Unix time in milliseconds, as stored.
pub(super) fn milliseconds(time: OffsetDateTime) -> i64 {
    time.unix_timestamp() * 1000 + i64::from(time.millisecond())
}
