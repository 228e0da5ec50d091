//! The answer to the caller, and the form in which it is kept for the next one.
//!
//! What is kept is ready to be written out: only the remaining seconds are put into it.

use std::fmt::Write as _;

use bytes::Bytes;
use pecan_platform::session::Space;
use serde_json::Value;
use time::OffsetDateTime;

/// Where answers are kept (contract/iam.md 2.6).
pub(super) const SPACE: Space = Space("accesstokencache");
/// A token is not handed out again when it has less than this left, in seconds.
pub(super) const MARGIN_SECONDS: i64 = 30;
/// The lifetime that is assumed of a token whose server does not say, in seconds.
pub(super) const LIFETIME_SECONDS_DEFAULT: i64 = 900;

/// What the caller gets.
pub(super) struct Answer<'a> {
    pub(super) access_token: &'a str,
    pub(super) token_type: &'a str,
    /// The scope that was granted, or the one that was asked for (contract/iam.md Q-08).
    pub(super) scope: &'a str,
    /// The key of the proof, if there was one, whatever type of token came.
    pub(super) dpop_key_id: Option<&'a str>,
    pub(super) expires_in_seconds: Option<i64>,
}

impl Answer<'_> {
    fn lifetime_seconds(&self) -> i64 {
        self.expires_in_seconds.unwrap_or(LIFETIME_SECONDS_DEFAULT)
    }

    /// How long it may be kept, in seconds; `None` if it is not.
    pub(super) fn kept_seconds(&self) -> Option<i64> {
        let seconds = self.lifetime_seconds() - MARGIN_SECONDS;
        // An answer without token helps nobody, and less so for a quarter of an hour.
        (seconds > 0 && !self.access_token.is_empty()).then_some(seconds)
    }

    /// The JSON of the first answer, with a line feed: `expires_in` only if the server gave one.
    pub(super) fn to_json(&self, now: OffsetDateTime) -> Bytes {
        let parts = self.parts(now);
        join(&parts.beginning, self.expires_in_seconds, &parts.end)
    }

    /// The form to be kept: expiry in Unix seconds, and the JSON in two parts, a line each.
    pub(super) fn to_kept(&self, now: OffsetDateTime) -> Bytes {
        let parts = self.parts(now);
        // JSON text has no raw line feed, so the lines cannot run into one another.
        Bytes::from(format!("{}\n{}\n{}", parts.expires_at, parts.beginning, parts.end))
    }

    fn parts(&self, now: OffsetDateTime) -> Parts {
        let expires_at = now.unix_timestamp() + self.lifetime_seconds();
        let mut beginning = format!("{{\"access_token\":{}", Value::from(self.access_token));
        if let Some(key_id) = self.dpop_key_id {
            let _ = write!(beginning, ",\"dpop_kid\":{}", Value::from(key_id));
        }
        let _ = write!(beginning, ",\"expires_at\":{expires_at}");
        let (token_type, scope) = (Value::from(self.token_type), Value::from(self.scope));
        let end = format!(",\"token_type\":{token_type},\"scope\":{scope}}}");
        Parts { expires_at, beginning, end }
    }
}

struct Parts {
    expires_at: i64,
    beginning: String,
    end: String,
}

/// The JSON of an answer that was kept; `None` if it was not kept by this version of the node.
pub(super) fn answer(kept: &[u8], now: OffsetDateTime) -> Option<Bytes> {
    let mut lines = std::str::from_utf8(kept).ok()?.splitn(3, '\n');
    let expires_at: i64 = lines.next()?.parse().ok()?;
    let (beginning, end) = (lines.next()?, lines.next()?);
    Some(join(beginning, Some(expires_at - now.unix_timestamp()), end))
}

fn join(beginning: &str, expires_in_seconds: Option<i64>, end: &str) -> Bytes {
    let mut json = String::with_capacity(beginning.len() + end.len() + NUMBER_ROOM);
    json.push_str(beginning);
    if let Some(seconds) = expires_in_seconds {
        let _ = write!(json, ",\"expires_in\":{seconds}");
    }
    json.push_str(end);
    json.push('\n');
    Bytes::from(json)
}

/// Room for the member `expires_in`.
const NUMBER_ROOM: usize = 36;

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-25 09:00:00 UTC);

    fn answer_of(expires_in_seconds: Option<i64>) -> Answer<'static> {
        Answer {
            access_token: "t\"1\n",
            token_type: "DPoP",
            scope: "a b",
            dpop_key_id: Some("did:web:x#0"),
            expires_in_seconds,
        }
    }

    #[test]
    fn what_is_kept_says_how_long_it_still_lasts() {
        let now = NOW.unix_timestamp();
        let mut expected = json!({
            "access_token": "t\"1\n", "dpop_kid": "did:web:x#0", "expires_at": now + 900, "expires_in": 900,
            "token_type": "DPoP", "scope": "a b",
        });
        let first = answer_of(Some(900));
        assert_eq!(first.to_json(NOW), format!("{expected}\n").as_bytes());
        let later = answer(&first.to_kept(NOW), NOW + time::Duration::seconds(7)).unwrap();
        expected["expires_in"] = json!(893);
        assert_eq!(later, format!("{expected}\n").as_bytes());
    }

    #[test]
    fn without_a_lifetime_fifteen_minutes_are_assumed() {
        let first = answer_of(None);
        let json: Value = serde_json::from_slice(&first.to_json(NOW)).unwrap();
        assert_eq!(json.get("expires_in"), None);
        assert_eq!(json["expires_at"], json!(NOW.unix_timestamp() + 900));
        assert_eq!(first.kept_seconds(), Some(870));
        let later: Value =
            serde_json::from_slice(&answer(&first.to_kept(NOW), NOW).unwrap()).unwrap();
        assert_eq!(later["expires_in"], json!(900));
    }

    #[test]
    fn short_lived_and_empty_answers_are_not_kept() {
        assert_eq!(answer_of(Some(30)).kept_seconds(), None);
        assert_eq!(answer_of(Some(31)).kept_seconds(), Some(1));
        assert_eq!(answer_of(Some(0)).kept_seconds(), None);
        assert_eq!(Answer { access_token: "", ..answer_of(Some(900)) }.kept_seconds(), None);
    }

    #[test]
    fn something_else_in_the_store_is_no_answer() {
        for text in ["", "x\n{}\n}", "1\n{", "1"] {
            assert_eq!(answer(text.as_bytes(), NOW), None, "{text}");
        }
    }
}
