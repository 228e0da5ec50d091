//! Base64url as JOSE writes it: [RFC 7515 §2](https://www.rfc-editor.org/rfc/rfc7515#section-2).
//!
//! One text per value: no padding, no line breaks, no bits left over. A second spelling of a signed text would be a
//! second text with the same signature.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Why a text is no base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not base64url without padding")]
pub struct DecodeError;

/// Writes bytes as base64url.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Appends bytes as base64url.
pub(crate) fn encode_onto(text: &mut String, bytes: &[u8]) {
    URL_SAFE_NO_PAD.encode_string(bytes, text);
}

/// Reads base64url; refuses padding, other alphabets and trailing bits that are not zero.
pub fn decode(text: &str) -> Result<Vec<u8>, DecodeError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| DecodeError)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn other_spellings_are_refused() {
        for text in ["Zg==", "Zh", "Z", "Zm9v\n", " Zm9v", "Zm+v", "Zm/v", "Zm9v?", "é", "Zg="] {
            assert_eq!(decode(text), Err(DecodeError), "{text}");
        }
        assert_eq!(decode(""), Ok(Vec::new()));
        assert_eq!(decode("Zg"), Ok(b"f".to_vec()));
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_back(bytes: Vec<u8>) {
            prop_assert_eq!(decode(&encode(&bytes)), Ok(bytes));
        }

        #[test]
        fn a_text_that_is_read_is_the_text_that_is_written(text in "[A-Za-z0-9_=+/-]{0,12}") {
            if let Ok(bytes) = decode(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }

        #[test]
        fn any_text_is_answered(text: String) {
            let _ = decode(&text);
        }
    }
}
