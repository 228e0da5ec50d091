//! Values that are accepted once.

use bytes::Bytes;
use pecan_jose::{base64url, digest};
use pecan_platform::session::{Key, SessionError, Space};
use time::{Duration, OffsetDateTime};

use super::AuthorizationServer;

impl AuthorizationServer {
    /// Remembers a value as used; `false` if it was used before. Among parallel callers exactly one is the first.
    pub(super) async fn use_once(
        &self,
        space: Space,
        value: &str,
        kept: Duration,
        now: OffsetDateTime,
    ) -> Result<bool, SessionError> {
        let key = Key { space, name: &name(value) };
        self.env.sessions.put_new(key, Bytes::from_static(b"1"), now + kept, now).await
    }

    /// Whether a value was used before, as far as that is known without asking another process.
    pub(super) fn is_known_used(&self, space: Space, value: &str, now: OffsetDateTime) -> bool {
        self.env.sessions.is_known(Key { space, name: &name(value) }, now)
    }
}

/// A value is remembered by its hash: others choose it, so it may have any length and any characters.
fn name(value: &str) -> String {
    base64url::encode(&digest::sha256(value.as_bytes()))
}
