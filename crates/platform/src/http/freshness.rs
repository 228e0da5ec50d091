//! How long an answer may be kept: the rules of a shared cache without revalidation (contract/platform.md 2.8, RFC 9111).

use std::time::Duration;

use http::header::{AGE, CACHE_CONTROL, DATE, EXPIRES, LAST_MODIFIED, PRAGMA, VARY};
use http::{HeaderMap, HeaderName, StatusCode};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// An answer is kept for this time at most, whatever it says.
pub(super) const LIFETIME_MAX: Duration = Duration::from_hours(1);

/// What a list of directives says; a directive that is given twice is taken at its strictest.
#[derive(Default)]
struct Directives {
    no_store: bool,
    no_cache: bool,
    private: bool,
    max_age: Option<u64>,
    shared_max_age: Option<u64>,
}

/// Whether the cache may be asked for the answer to a request, and keep it.
pub(super) fn may_answer(request: &HeaderMap) -> bool {
    let directives = Directives::of(request);
    !directives.no_store && !directives.no_cache && !request.contains_key(PRAGMA)
}

/// How long an answer may be kept from `now` on; none if it may not.
pub(super) fn lifetime(
    status: StatusCode,
    answer: &HeaderMap,
    now: OffsetDateTime,
) -> Option<Duration> {
    let directives = Directives::of(answer);
    // `no-cache` asks for a revalidation that this cache does not do.
    if directives.no_store || directives.no_cache || directives.private || !may_keep(status) {
        return None;
    }
    if answer.get_all(VARY).iter().any(|value| value.as_bytes().contains(&b'*')) {
        return None;
    }
    let explicit = directives.shared_max_age.or(directives.max_age).map(Duration::from_secs);
    let lifetime = match explicit {
        Some(lifetime) => lifetime,
        None => lifetime_by_dates(status, answer, now)?,
    };
    let age =
        Duration::from_secs(header(answer, &AGE).and_then(|text| text.parse().ok()).unwrap_or(0));
    let left = lifetime.saturating_sub(age).min(LIFETIME_MAX);
    (!left.is_zero()).then_some(left)
}

/// A failure of the other party is not kept, even where it says so: several nodes set `max-age` before they know the answer.
/// A part of an answer is not kept as the answer.
fn may_keep(status: StatusCode) -> bool {
    !status.is_informational() && !status.is_server_error() && status != StatusCode::PARTIAL_CONTENT
}

/// Statuses that are kept without an explicit lifetime (RFC 9110 §15.1).
fn is_kept_by_default(status: StatusCode) -> bool {
    matches!(status.as_u16(), 200 | 203 | 204 | 300 | 301 | 308 | 404 | 405 | 410 | 414)
}

fn lifetime_by_dates(
    status: StatusCode,
    answer: &HeaderMap,
    now: OffsetDateTime,
) -> Option<Duration> {
    let date = date(answer, &DATE).unwrap_or(now);
    if answer.contains_key(EXPIRES) {
        // RFC 9111 §5.3: an invalid date, in particular `0`, is in the past.
        return between(date, self::date(answer, &EXPIRES)?);
    }
    if !is_kept_by_default(status) {
        return None;
    }
    // RFC 9111 §4.2.2: a tenth of the time since it changed.
    Some(between(self::date(answer, &LAST_MODIFIED)?, date)? / 10)
}

/// The time between two times, none where they are the wrong way round.
fn between(earlier: OffsetDateTime, later: OffsetDateTime) -> Option<Duration> {
    Duration::try_from(later - earlier).ok()
}

fn date(headers: &HeaderMap, name: &HeaderName) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(header(headers, name)?, &Rfc2822).ok()
}

/// The first value of a header, if it is text.
fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

impl Directives {
    fn of(headers: &HeaderMap) -> Self {
        let mut found = Self::default();
        for value in headers.get_all(CACHE_CONTROL) {
            // What is no text cannot be understood, so that nothing may be kept on the strength of it.
            let Ok(text) = value.to_str() else { return Self { no_store: true, ..found } };
            text.split(',').for_each(|directive| found.add(directive));
        }
        found
    }

    fn add(&mut self, directive: &str) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-store" => self.no_store = true,
            // With a list of fields they concern these fields alone; the cache keeps answers as a whole.
            "no-cache" => self.no_cache = true,
            "private" => self.private = true,
            "max-age" => self.max_age = Some(strictest(self.max_age, value)),
            "s-maxage" => {
                self.shared_max_age = Some(strictest(self.shared_max_age, value));
            }
            _ => {}
        }
    }
}

/// RFC 9111 §4.2.1: an age that is no number means stale; of two the shorter counts.
fn strictest(before: Option<u64>, text: &str) -> u64 {
    let seconds = text.trim().trim_matches('"').parse().unwrap_or(0);
    before.map_or(seconds, |before| before.min(seconds))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

    type Pairs = [(&'static str, &'static str)];

    fn headers(pairs: &Pairs) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    fn seconds(status: u16, pairs: &Pairs) -> Option<u64> {
        let status = StatusCode::from_u16(status).expect("a status");
        lifetime(status, &headers(pairs), NOW).map(|lifetime| lifetime.as_secs())
    }

    #[test]
    fn an_answer_lives_as_long_as_it_says_and_an_hour_at_most() {
        let date = ("date", "Sun, 01 Mar 2026 12:00:00 GMT");
        let cases: [(&Pairs, Option<u64>); 22] = [
            (&[("cache-control", "max-age=300")], Some(300)),
            (&[("cache-control", "Max-Age = 300")], Some(300)),
            (&[("cache-control", "max-age=\"300\"")], Some(300)),
            (&[("cache-control", "max-age=86400")], Some(3600)),
            (&[("cache-control", "max-age=300, s-maxage=60")], Some(60)),
            (&[("cache-control", "s-maxage=60"), ("cache-control", "max-age=300")], Some(60)),
            (&[("cache-control", "max-age=300, max-age=20")], Some(20)),
            (&[("cache-control", "public")], None),
            (&[("cache-control", "max-age=0")], None),
            (&[("cache-control", "max-age=soon")], None),
            (&[("cache-control", "max-age=-5")], None),
            (&[("cache-control", "max-age=300, no-store")], None),
            (&[("cache-control", "max-age=300, no-cache")], None),
            (&[("cache-control", "max-age=300, private")], None),
            (&[("cache-control", "private=\"set-cookie\", max-age=300")], None),
            (&[("cache-control", "max-age=300"), ("vary", "*")], None),
            (&[("cache-control", "max-age=300"), ("age", "100")], Some(200)),
            (&[date, ("expires", "Sun, 01 Mar 2026 12:10:00 GMT")], Some(600)),
            (&[date, ("expires", "0")], None),
            (&[date, ("expires", "Sun, 01 Mar 2026 11:00:00 GMT")], None),
            (&[date, ("last-modified", "Sun, 01 Mar 2026 11:00:00 GMT")], Some(360)),
            (&[date], None),
        ];
        for (pairs, expected) in cases {
            assert_eq!(seconds(200, pairs), expected, "{pairs:?}");
        }
    }

    #[test]
    fn the_lifetime_counts_before_the_dates() {
        let dates = [
            ("expires", "Sun, 01 Mar 2026 12:10:00 GMT"),
            ("cache-control", "max-age=30"),
            ("last-modified", "Sun, 01 Mar 2020 12:00:00 GMT"),
        ];
        assert_eq!(seconds(200, &dates), Some(30));
    }

    #[test]
    fn a_refusal_is_kept_when_it_says_so_and_a_failure_never() {
        let said = [("cache-control", "max-age=300")];
        let guessed = [("last-modified", "Sun, 01 Mar 2026 11:00:00 GMT")];
        for (status, with_lifetime, by_guess) in [
            (200, true, true),
            (206, false, false),
            (301, true, true),
            (302, true, false),
            (307, true, false),
            (400, true, false),
            (401, true, false),
            (404, true, true),
            (410, true, true),
            (429, true, false),
            (500, false, false),
            (501, false, false),
            (503, false, false),
        ] {
            assert_eq!(seconds(status, &said).is_some(), with_lifetime, "{status}");
            assert_eq!(seconds(status, &guessed).is_some(), by_guess, "{status}");
        }
    }

    #[test]
    fn a_request_may_refuse_the_cache() {
        assert!(may_answer(&headers(&[("accept", "application/json")])));
        for pairs in
            [("cache-control", "no-store"), ("cache-control", "no-cache"), ("pragma", "no-cache")]
        {
            assert!(!may_answer(&headers(&[pairs])), "{pairs:?}");
        }
    }
}
