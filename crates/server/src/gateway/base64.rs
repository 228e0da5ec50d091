//! Base64 as gateways write it: either alphabet, with padding or without. Nothing here is a signed text, so a second spelling
//! does no harm.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Reads either alphabet; `None` for what mixes them, or is neither.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

/// Writes the standard alphabet, with padding.
pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_alphabets_are_read_with_padding_or_without() {
        let bytes = b"\xfb\xff\xfea".to_vec();
        for text in ["+//+YQ==", "+//+YQ", "-__-YQ==", "-__-YQ"] {
            assert_eq!(decode(text).as_ref(), Some(&bytes), "{text}");
        }
        for text in ["+__+", "a", "?", " YQ=="] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
