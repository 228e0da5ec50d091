//! Percent-encoding, read strictly: a broken escape or bytes that are no UTF-8 are an error, not a guess.

/// Why a text is not percent-encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PercentError {
    /// A `%` without two hexadecimal digits.
    #[error("invalid percent-encoding")]
    Escape,
    /// The decoded bytes are no UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
}

/// Decodes a part of a path.
pub(crate) fn decode(text: &str) -> Result<String, PercentError> {
    decoded(text, false)
}

/// Decodes a part of a form or query, where `+` is a blank.
pub(crate) fn decode_form(text: &str) -> Result<String, PercentError> {
    decoded(text, true)
}

/// Whether every `%` begins an escape.
pub(crate) fn is_well_formed(text: &str) -> bool {
    let mut parts = text.as_bytes().split(|byte| *byte == b'%');
    let _before_the_first = parts.next();
    parts.all(|part| matches!(part, [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()))
}

fn decoded(text: &str, plus_is_blank: bool) -> Result<String, PercentError> {
    if !text.bytes().any(|byte| byte == b'%' || (plus_is_blank && byte == b'+')) {
        return Ok(text.to_owned());
    }
    let mut bytes = text.bytes();
    let mut plain = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'%' => {
                let high = bytes.next().and_then(digit).ok_or(PercentError::Escape)?;
                let low = bytes.next().and_then(digit).ok_or(PercentError::Escape)?;
                high << 4 | low
            }
            b'+' if plus_is_blank => b' ',
            other => other,
        });
    }
    String::from_utf8(plain).map_err(|_| PercentError::NotUtf8)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_once() {
        assert_eq!(decode("a%20b+%2541").as_deref(), Ok("a b+%41"));
        assert_eq!(decode_form("a+b%2B%c3%a9").as_deref(), Ok("a b+é"));
    }

    #[test]
    fn broken_escapes_and_broken_text_are_refused() {
        for broken in ["%", "%4", "%zz", "a%2", "%%20", "%+1"] {
            assert_eq!(decode(broken), Err(PercentError::Escape), "{broken}");
            assert!(!is_well_formed(broken), "{broken}");
        }
        assert_eq!(decode("%ff"), Err(PercentError::NotUtf8));
        assert!(is_well_formed("/a%2fb%20"));
    }
}
