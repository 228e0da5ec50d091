//! Masks citizen service numbers (BSN): nine digits that pass the eleven test.
//!
//! Masks rather too much: any nine digits in a row that pass, also within a longer number. One number in eleven is masked that is
//! none.

use std::borrow::Cow;

/// The digits of a citizen service number.
const DIGITS: usize = 9;
/// What stands in its place.
const MASK: &[u8; DIGITS] = b"*********";

/// The text without citizen service numbers.
pub(super) fn masked(text: &str) -> Cow<'_, str> {
    let mut bytes: Option<Vec<u8>> = None;
    for (index, window) in text.as_bytes().windows(DIGITS).enumerate() {
        if is_number(window) {
            let bytes = bytes.get_or_insert_with(|| text.as_bytes().to_vec());
            if let Some(place) = bytes.get_mut(index..index + DIGITS) {
                place.copy_from_slice(MASK);
            }
        }
    }
    match bytes {
        None => Cow::Borrowed(text),
        Some(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// The query as a log shows it: digits that were escaped are digits first, so that they do not slip through.
pub(super) fn masked_query(query: &str) -> String {
    let mut plain = String::with_capacity(query.len());
    let mut rest = query;
    while let Some(index) = rest.find("%3") {
        let (before, escape) = rest.split_at(index);
        plain.push_str(before);
        if let Some(digit @ b'0'..=b'9') = escape.as_bytes().get(2) {
            plain.push(char::from(*digit));
            rest = escape.get(3..).unwrap_or_default();
        } else {
            plain.push_str("%3");
            rest = escape.get(2..).unwrap_or_default();
        }
    }
    plain.push_str(rest);
    masked(&plain).into_owned()
}

/// The eleven test: the digits times 9, 8, … 2 and −1 add up to a multiple of eleven.
fn is_number(digits: &[u8]) -> bool {
    const WEIGHTS: [i32; DIGITS] = [9, 8, 7, 6, 5, 4, 3, 2, -1];
    let mut sum = 0;
    for (digit, weight) in digits.iter().zip(WEIGHTS) {
        if !digit.is_ascii_digit() {
            return false;
        }
        sum += i32::from(digit - b'0') * weight;
    }
    sum % 11 == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_that_pass_the_eleven_test_are_masked() {
        let cases = [
            ("999900006", "*********"),
            ("111222333", "*********"),
            ("/Patient/999990019/x", "/Patient/*********/x"),
            ("identifier=bsn%7C999990019", "identifier=bsn%7C*********"),
            ("a=999900006&b=111222333", "a=*********&b=*********"),
            ("x%20999900006", "x%20*********"),
            ("999900007", "999900007"),
            ("12345678", "12345678"),
            ("Patient/b7d1f5e9", "Patient/b7d1f5e9"),
            ("é 999900006 é", "é ********* é"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(masked(text), expected, "{text}");
        }
    }

    #[test]
    fn escaped_digits_are_masked_too() {
        assert_eq!(masked_query("a=%39%39%39900006&b=%3D%3"), "a=*********&b=%3D%3");
    }

    proptest! {
        #[test]
        fn nothing_that_passes_remains(text in "[0-9a-z%]{0,40}") {
            let masked = masked(&text).into_owned();
            prop_assert!(!masked.as_bytes().windows(DIGITS).any(is_number));
        }

        #[test]
        fn any_text_is_answered(text: String) {
            let _ = masked(&text);
            let _ = masked_query(&text);
        }
    }
}
