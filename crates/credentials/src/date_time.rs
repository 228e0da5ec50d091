//! Reads and prints the times of credentials and proofs.
//!
//! [RFC 3339 §5.6](https://www.rfc-editor.org/rfc/rfc3339#section-5.6), with a fraction, any offset and leap seconds.
//! Never rewrites a time that was received: its text is what was signed.

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime, UtcOffset};

/// How far two clocks may be apart.
pub const LEEWAY: Duration = Duration::seconds(5);

/// The last second that has four digits for its year, which is as far as RFC 3339 goes.
const UNIX_SECONDS_MAX: i64 = 253_402_300_799;

/// Why a text is no time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time as in RFC 3339")]
pub struct ParseError;

/// Parses a time. A leap second reads as the last nanosecond before it ends.
pub fn parse(text: &str) -> Result<OffsetDateTime, ParseError> {
    // RFC 3339 §5.6 allows other separators and small letters; XML Schema and our peers do not.
    let bytes = text.as_bytes();
    let capitals = bytes.get(10) == Some(&b'T')
        && bytes.last().is_some_and(|last| *last == b'Z' || last.is_ascii_digit());
    if !capitals {
        return Err(ParseError);
    }
    OffsetDateTime::parse(text, &Rfc3339).map_err(|_| ParseError)
}

/// Prints a time as whole seconds in UTC, which every peer reads and writes alike.
pub fn format(time: OffsetDateTime) -> String {
    let utc = time.checked_to_offset(UtcOffset::UTC).unwrap_or(time);
    let (year, month, day) = (utc.year(), u8::from(utc.month()), utc.day());
    let (hour, minute, second) = utc.to_hms();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Reads a `NumericDate`, RFC 7519 §2, that can be printed.
pub(crate) fn from_unix_seconds(seconds: i64) -> Result<OffsetDateTime, ParseError> {
    if !(0..=UNIX_SECONDS_MAX).contains(&seconds) {
        return Err(ParseError);
    }
    OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| ParseError)
}

/// Tells whether `now` is not before `start`, give or take the leeway.
pub(crate) fn has_begun(start: OffsetDateTime, now: OffsetDateTime) -> bool {
    start <= now.saturating_add(LEEWAY)
}

/// Tells whether `now` is not after `end`, give or take the leeway.
pub(crate) fn has_not_ended(end: OffsetDateTime, now: OffsetDateTime) -> bool {
    end >= now.saturating_sub(LEEWAY)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn times_of_peers_are_read() {
        let cases = [
            ("2026-01-15T10:00:00Z", datetime!(2026-01-15 10:00:00 UTC)),
            ("2026-01-15T10:00:00.123456789Z", datetime!(2026-01-15 10:00:00.123456789 UTC)),
            ("2026-01-15T11:00:00.5+01:00", datetime!(2026-01-15 10:00:00.5 UTC)),
            ("2026-01-15T10:00:00.000-00:00", datetime!(2026-01-15 10:00:00 UTC)),
            ("2016-12-31T23:59:60Z", datetime!(2016-12-31 23:59:59.999999999 UTC)),
            ("9999-12-31T23:59:59-23:59", datetime!(9999-12-31 23:59:59 -23:59)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_times() {
        for text in [
            "",
            "tomorrow",
            "2026-01-15",
            "2026-01-15T10:00:00",
            "2026-01-15 10:00:00Z",
            "2026-01-15t10:00:00Z",
            "2026-01-15T10:00:00z",
            "2026-02-30T10:00:00Z",
            "2026-01-15T25:00:00Z",
            "2026-01-15T10:00:60Z",
            " 2026-01-15T10:00:00Z",
            "2026-01-15T10:00:00Z ",
            "2026-01-15T10:00:00+0100",
        ] {
            assert_eq!(parse(text), Err(ParseError), "{text}");
        }
    }

    #[test]
    fn a_time_is_printed_as_whole_seconds_in_utc() {
        assert_eq!(format(datetime!(2026-01-15 11:00:00.987 +01:00)), "2026-01-15T10:00:00Z");
        assert_eq!(format(datetime!(0001-01-01 00:00:00 UTC)), "0001-01-01T00:00:00Z");
        assert_eq!(from_unix_seconds(1_768_471_200), Ok(datetime!(2026-01-15 10:00:00 UTC)));
        assert_eq!(from_unix_seconds(i64::MAX), Err(ParseError));
        assert_eq!(from_unix_seconds(-1), Err(ParseError));
    }

    #[test]
    fn the_leeway_does_not_overflow() {
        let last = datetime!(9999-12-31 23:59:59 UTC);
        assert!(has_begun(last, last));
        assert!(has_not_ended(last, last));
        let now = datetime!(2026-01-15 10:00:00 UTC);
        assert!(has_begun(now + LEEWAY, now));
        assert!(!has_begun(now + LEEWAY + Duration::NANOSECOND, now));
        assert!(has_not_ended(now - LEEWAY, now));
        assert!(!has_not_ended(now - LEEWAY - Duration::NANOSECOND, now));
    }
}
