//! Durations as Go writes them (contract/platform.md 3.1).

use std::time::Duration;

/// Reads `1h30m`, `500ms`, `1.5s`. A bare number is nanoseconds. `None`: it is no duration, or a negative one, or too long.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let text = text.strip_prefix('+').unwrap_or(text);
    if let Ok(nanoseconds) = text.parse::<u64>() {
        return Some(Duration::from_nanos(nanoseconds));
    }
    let mut rest = text;
    let mut sum = 0_u64;
    while !rest.is_empty() {
        let number_ends = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(number_ends);
        let unit_ends = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_ends);
        sum = sum.checked_add(nanoseconds(number, unit)?)?;
        rest = after;
    }
    (!text.is_empty()).then_some(Duration::from_nanos(sum))
}

fn nanoseconds(number: &str, unit: &str) -> Option<u64> {
    let unit = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000_u64,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()? };
    let mut sum = whole.checked_mul(unit)?;
    let mut digit_unit = unit;
    for digit in fraction.chars() {
        digit_unit /= 10;
        sum = sum.checked_add(u64::from(digit.to_digit(10)?) * digit_unit)?;
    }
    Some(sum)
}

/// Writes a duration so that it can be read again: the largest unit that keeps it whole.
pub(crate) fn format(duration: Duration) -> String {
    const UNITS: [(u128, &str); 6] = [
        (3_600_000_000_000, "h"),
        (60_000_000_000, "m"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "µs"),
        (1, "ns"),
    ];
    let nanoseconds = duration.as_nanos();
    let unit =
        UNITS.iter().find(|(unit, _)| nanoseconds >= *unit && nanoseconds.is_multiple_of(*unit));
    unit.map_or("0s".to_owned(), |(unit, name)| format!("{}{name}", nanoseconds / unit))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, nanoseconds) in [
            ("10m", 600_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("500ms", 500_000_000),
            ("1.5s", 1_500_000_000),
            (".5s", 500_000_000),
            ("5.s", 5_000_000_000),
            ("1us1µs1μs", 3_000),
            ("0", 0),
            ("+3s", 3_000_000_000),
            ("30", 30),
        ] {
            assert_eq!(parse(text), Some(Duration::from_nanos(nanoseconds)), "{text}");
        }
        for text in
            ["", "s", ".s", "3 s", "-1s", "1d", "1..5s", "9999999999h", "1m30", "ten", "1.2.3s"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn durations_are_written_as_they_are_read() {
        for text in ["10m", "90m", "500ms", "30s", "0s", "1h", "7ns"] {
            assert_eq!(format(parse(text).expect("a duration")), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(nanoseconds: u64) {
            let duration = Duration::from_nanos(nanoseconds);
            prop_assert_eq!(parse(&format(duration)), Some(duration));
        }

        #[test]
        fn no_text_breaks_the_reader(text in "[0-9.hmsnuµ+-]{0,30}") {
            let _ = parse(&text);
        }
    }
}
