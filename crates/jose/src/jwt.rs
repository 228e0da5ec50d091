//! Claims: [RFC 7519 §4](https://www.rfc-editor.org/rfc/rfc7519#section-4).
//!
//! The registered claims are read once, strictly: a claim of the wrong type is an error and not an absent claim, or a
//! token with a broken `exp` would live for ever. Which claims must be there is the caller's matter.

use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use crate::json;

/// The difference between two clocks that is put up with.
pub const LEEWAY: Duration = Duration::seconds(5);

/// The payload of a JWT.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    members: Map<String, Value>,
    expires_at: Option<i64>,
    not_before: Option<i64>,
    issued_at: Option<i64>,
}

/// Why a payload has no claims that could be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsError {
    /// The payload is no JSON object, or names a member twice.
    #[error("claims are invalid")]
    Invalid(#[source] json::Error),
    /// A registered claim has another type than RFC 7519 §4.1 gives it.
    #[error("claim `{name}` has the wrong type")]
    WrongType {
        /// The claim's name.
        name: &'static str,
    },
    /// A time is beyond what 64 bits of seconds can say.
    #[error("claim `{name}` is out of range")]
    OutOfRange {
        /// The claim's name.
        name: &'static str,
    },
}

/// Why claims do not hold at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// `exp` has passed.
    #[error("token has expired")]
    Expired,
    /// `iat` is still to come.
    #[error("token was issued in the future")]
    IssuedInFuture,
    /// `nbf` is still to come.
    #[error("token is not valid yet")]
    NotYetValid,
}

impl Claims {
    /// Reads a payload.
    pub fn parse(payload: &[u8]) -> Result<Self, ClaimsError> {
        Self::from_members(json::parse_object(payload).map_err(ClaimsError::Invalid)?)
    }

    /// Reads claims that are JSON already.
    pub fn from_members(members: Map<String, Value>) -> Result<Self, ClaimsError> {
        for name in ["iss", "sub", "jti", "nonce"] {
            if members.get(name).is_some_and(|value| !value.is_string()) {
                return Err(ClaimsError::WrongType { name });
            }
        }
        if members.get("aud").is_some_and(|value| !is_audience(value)) {
            return Err(ClaimsError::WrongType { name: "aud" });
        }
        let expires_at = numeric_date(&members, "exp")?;
        let not_before = numeric_date(&members, "nbf")?;
        let issued_at = numeric_date(&members, "iat")?;
        Ok(Self { members, expires_at, not_before, issued_at })
    }

    /// `iss`.
    pub fn issuer(&self) -> Option<&str> {
        self.text("iss")
    }

    /// `sub`.
    pub fn subject(&self) -> Option<&str> {
        self.text("sub")
    }

    /// `jti`.
    pub fn id(&self) -> Option<&str> {
        self.text("jti")
    }

    /// `nonce`, [OpenID Connect Core §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken).
    pub fn nonce(&self) -> Option<&str> {
        self.text("nonce")
    }

    /// `aud`: one text or a list of them.
    pub fn audience(&self) -> impl Iterator<Item = &str> {
        let (one, many) = match self.members.get("aud") {
            Some(Value::String(one)) => (Some(one.as_str()), None),
            Some(Value::Array(many)) => (None, Some(many)),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => {
                (None, None)
            }
        };
        one.into_iter().chain(many.into_iter().flatten().filter_map(Value::as_str))
    }

    /// `exp` in seconds since 1970, without its fraction.
    pub fn expires_at(&self) -> Option<i64> {
        self.expires_at
    }

    /// `nbf` in seconds since 1970, without its fraction.
    pub fn not_before(&self) -> Option<i64> {
        self.not_before
    }

    /// `iat` in seconds since 1970, without its fraction.
    pub fn issued_at(&self) -> Option<i64> {
        self.issued_at
    }

    /// All claims, in the order in which they were written.
    pub fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    /// All claims, in the order in which they were written.
    pub fn into_members(self) -> Map<String, Value> {
        self.members
    }

    /// Checks the times that are there: `now < exp + leeway`, `now >= iat - leeway` and `now > nbf - leeway`.
    pub fn check_times(&self, now: OffsetDateTime, leeway: Duration) -> Result<(), TimeError> {
        let now = now.unix_timestamp_nanos();
        let leeway = leeway.whole_nanoseconds();
        // INVARIANT: seconds of 64 bits in nanoseconds, and any leeway, are far inside 128 bits.
        let at = |seconds: i64| i128::from(seconds) * 1_000_000_000;
        if self.expires_at.is_some_and(|expires| now >= at(expires) + leeway) {
            return Err(TimeError::Expired);
        }
        if self.issued_at.is_some_and(|issued| now < at(issued) - leeway) {
            return Err(TimeError::IssuedInFuture);
        }
        if self.not_before.is_some_and(|not_before| now <= at(not_before) - leeway) {
            return Err(TimeError::NotYetValid);
        }
        Ok(())
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name).and_then(Value::as_str)
    }
}

fn is_audience(value: &Value) -> bool {
    match value {
        Value::String(_) => true,
        Value::Array(elements) => elements.iter().all(Value::is_string),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

/// A `NumericDate` of RFC 7519 §2; its fraction is dropped.
fn numeric_date(
    members: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<i64>, ClaimsError> {
    let number = match members.get(name) {
        None => return Ok(None),
        Some(Value::Number(number)) => number,
        Some(_) => return Err(ClaimsError::WrongType { name }),
    };
    if let Some(seconds) = number.as_i64() {
        return Ok(Some(seconds));
    }
    let seconds = number.as_f64().ok_or(ClaimsError::OutOfRange { name })?.trunc();
    // 2^63 is a double, and the first number that does not fit.
    if !(-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&seconds) {
        return Err(ClaimsError::OutOfRange { name });
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number in range, as just checked")]
    Ok(Some(seconds as i64))
}
