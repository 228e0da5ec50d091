//! Nonces of this node in proofs: [RFC 9449 §9](https://www.rfc-editor.org/rfc/rfc9449#section-9).
//!
//! All clients get the same one for a while; nodes with one session store hand out the same. Nothing is remembered per client.

use bytes::Bytes;
use pecan_platform::random;
use pecan_platform::session::{Key, SessionError, Space};
use time::{Duration, OffsetDateTime};

use super::Gateway;

/// How long a nonce is handed out; it is taken for as long again.
const PERIOD_SECONDS: i64 = 60;

/// The nonces by period.
const NONCES: Space = Space("gateway/nonce");

impl Gateway {
    /// Whether a nonce is that of this period or of the one before.
    pub(super) async fn is_nonce(
        &self,
        nonce: &str,
        now: OffsetDateTime,
    ) -> Result<bool, SessionError> {
        let period = period(now);
        for period in [period, period - 1] {
            let name = period.to_string();
            let found = self.env.sessions.find(Key { space: NONCES, name: &name }, now).await?;
            if found.is_some_and(|found| found == nonce.as_bytes()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The nonce of this period.
    pub(super) async fn nonce(&self, now: OffsetDateTime) -> Result<String, SessionError> {
        let period = period(now);
        let name = period.to_string();
        let key = Key { space: NONCES, name: &name };
        if let Some(nonce) = self.env.sessions.find(key, now).await? {
            return Ok(String::from_utf8_lossy(&nonce).into_owned());
        }
        let nonce = random::token(&*self.env.random);
        let expires_at = OffsetDateTime::from_unix_timestamp((period + 2) * PERIOD_SECONDS)
            .unwrap_or(now + Duration::seconds(PERIOD_SECONDS));
        if self.env.sessions.put_new(key, Bytes::from(nonce.clone()), expires_at, now).await? {
            return Ok(nonce);
        }
        // Another node, or another request, was faster.
        let nonce = self.env.sessions.find(key, now).await?;
        Ok(nonce.map(|nonce| String::from_utf8_lossy(&nonce).into_owned()).unwrap_or_default())
    }
}

fn period(now: OffsetDateTime) -> i64 {
    now.unix_timestamp().div_euclid(PERIOD_SECONDS)
}
