//! The bits of a status list, and their compressed form.
//!
//! [Bitstring Status List §3.1](https://www.w3.org/TR/vc-bitstring-status-list/#bitstring-generation-algorithm). Both kinds of list
//! use it; they differ in what stands before the base64url text.

use std::io::{self, Read, Write};

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;

/// Length of a list that this node issues, in bits.
pub const BITS_DEFAULT: usize = 131_072;
/// Shortest accepted list, in bytes: below it, the herd that a holder hides in is too small.
pub const BYTES_MIN: usize = BITS_DEFAULT / 8;
/// Longest accepted list once inflated, in bytes.
pub const BYTES_MAX: usize = 16 * 1024 * 1024;

/// base64url; padding may be there or not.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A list of bits. Index 0 is the most significant bit of the first byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bitstring {
    bytes: Vec<u8>,
}

impl Bitstring {
    /// [`BITS_DEFAULT`] bits, none of them set.
    pub fn new() -> Self {
        Self { bytes: vec![0; BYTES_MIN] }
    }

    /// Inflates an encoded list.
    ///
    /// Exactly one gzip member is accepted: a second one, or anything else behind the first, would leave it to each reader how
    /// long the list is.
    pub fn decode(encoded: &str) -> Result<Self, DecodeError> {
        let compressed = BASE64URL.decode(encoded).map_err(|_| DecodeError::Base64)?;
        let mut decoder = GzDecoder::new(compressed.as_slice());
        let mut bytes = Vec::new();
        // SECURITY: the limit stops a decompression bomb while it inflates.
        let limit = u64::try_from(BYTES_MAX + 1).expect("the limit fits into 64 bits");
        decoder.by_ref().take(limit).read_to_end(&mut bytes).map_err(|_| DecodeError::Gzip)?;
        if bytes.len() > BYTES_MAX {
            return Err(DecodeError::TooLong { limit: BYTES_MAX });
        }
        if !decoder.into_inner().is_empty() {
            return Err(DecodeError::TrailingBytes);
        }
        if bytes.len() < BYTES_MIN {
            return Err(DecodeError::TooShort { minimum: BYTES_MIN });
        }
        Ok(Self { bytes })
    }

    /// Compresses the list, and writes it as base64url without padding.
    pub fn encode(&self) -> String {
        let compress = || -> io::Result<Vec<u8>> {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(&self.bytes)?;
            encoder.finish()
        };
        BASE64URL.encode(compress().expect("writing to memory does not fail"))
    }

    /// The number of bits.
    pub fn bits(&self) -> usize {
        self.bytes.len() * 8
    }

    /// The bit at an index, unless the list ends before it.
    pub fn get(&self, index: usize) -> Option<bool> {
        self.bytes.get(index / 8).map(|byte| byte & mask(index) != 0)
    }

    /// Sets or clears the bit at an index.
    pub fn set(&mut self, index: usize, value: bool) -> Result<(), OutOfRange> {
        let bits = self.bits();
        let byte = self.bytes.get_mut(index / 8).ok_or(OutOfRange { index, bits })?;
        if value {
            *byte |= mask(index);
        } else {
            *byte &= !mask(index);
        }
        Ok(())
    }
}

impl Default for Bitstring {
    fn default() -> Self {
        Self::new()
    }
}

fn mask(index: usize) -> u8 {
    0b1000_0000 >> (index % 8)
}

/// An index past the end of a list.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("index {index} is outside the status list of {bits} bits")]
pub struct OutOfRange {
    /// The index asked for.
    pub index: usize,
    /// The length of the list.
    pub bits: usize,
}

/// Why a text is no encoded list.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The multibase prefix of base64url, `u`, is missing. Only Bitstring Status List has one.
    #[error("encoded status list does not start with `u`")]
    Multibase,
    /// Not base64url.
    #[error("encoded status list is not base64url")]
    Base64,
    /// Not gzip, cut off, or its checksum is wrong.
    #[error("encoded status list is not gzip")]
    Gzip,
    /// Something follows the compressed list.
    #[error("encoded status list has trailing bytes")]
    TrailingBytes,
    /// Fewer than [`BYTES_MIN`] bytes.
    #[error("status list is shorter than {minimum} bytes")]
    TooShort {
        /// The minimum.
        minimum: usize,
    },
    /// More than [`BYTES_MAX`] bytes.
    #[error("status list is longer than {limit} bytes")]
    TooLong {
        /// The limit.
        limit: usize,
    },
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL_ZERO: &str = "H4sIAAAAAAAC_-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn bit_zero_is_the_highest_of_the_first_byte() {
        let mut list = Bitstring::new();
        list.set(2, true).unwrap();
        list.set(7, true).unwrap();
        assert_eq!(list.bytes[0], 0x21);
        list.set(2, false).unwrap();
        assert_eq!((list.get(2), list.get(7)), (Some(false), Some(true)));
    }

    #[test]
    fn an_index_past_the_end_is_refused() {
        let mut list = Bitstring::new();
        let error = OutOfRange { index: BITS_DEFAULT, bits: BITS_DEFAULT };
        assert_eq!(list.set(BITS_DEFAULT, true), Err(error));
        assert_eq!(list.get(BITS_DEFAULT), None);
        assert_eq!(list.get(usize::MAX), None);
        assert_eq!(list.get(BITS_DEFAULT - 1), Some(false));
    }

    #[test]
    fn padding_may_be_there_or_not() {
        let list = Bitstring::decode(ALL_ZERO).unwrap();
        assert_eq!(list, Bitstring::new());
        let compressed = gzip(&vec![0; BYTES_MIN + 1]);
        let padded = base64::engine::general_purpose::URL_SAFE.encode(&compressed);
        let unpadded = padded.trim_end_matches('=');
        assert_ne!(padded, unpadded);
        assert_eq!(Bitstring::decode(&padded), Bitstring::decode(unpadded));
        assert_eq!(Bitstring::decode(&padded).unwrap().bits(), BITS_DEFAULT + 8);
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let bomb = BASE64URL.encode(gzip(&vec![0; BYTES_MAX + 1]));
        assert_eq!(Bitstring::decode(&bomb), Err(DecodeError::TooLong { limit: BYTES_MAX }));
        let largest = BASE64URL.encode(gzip(&vec![0; BYTES_MAX]));
        assert_eq!(Bitstring::decode(&largest).unwrap().bits(), BYTES_MAX * 8);
    }

    #[test]
    fn broken_texts_are_refused_by_name() {
        let member = gzip(&vec![0; BYTES_MIN]);
        let mut wrong_checksum = member.clone();
        let checksum = wrong_checksum.len() - 5;
        wrong_checksum[checksum] ^= 1;
        let cut = &member[..member.len() - 1];
        let twice = [member.clone(), member.clone()].concat();
        let garbage = [member.clone(), vec![0]].concat();
        for (bytes, expected) in [
            (wrong_checksum.as_slice(), DecodeError::Gzip),
            (cut, DecodeError::Gzip),
            (b"", DecodeError::Gzip),
            (&twice, DecodeError::TrailingBytes),
            (&garbage, DecodeError::TrailingBytes),
            (&gzip(&vec![0; BYTES_MIN - 1]), DecodeError::TooShort { minimum: BYTES_MIN }),
        ] {
            assert_eq!(Bitstring::decode(&BASE64URL.encode(bytes)), Err(expected));
        }
        for text in ["H4sI+/", "H4sI A==", "\u{e9}"] {
            assert_eq!(Bitstring::decode(text), Err(DecodeError::Base64), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[A-Za-z0-9_=-]{0,80}", noise in ".*") {
            let _ = Bitstring::decode(&text);
            let _ = Bitstring::decode(&format!("H4sIAAAAAAAA_{text}"));
            let _ = Bitstring::decode(&noise);
        }

        #[test]
        fn no_change_of_a_byte_makes_it_panic(index in any::<prop::sample::Index>(), change in 1u8..) {
            let mut member = gzip(&vec![0; BYTES_MIN]);
            let index = index.index(member.len());
            member[index] ^= change;
            let _ = Bitstring::decode(&BASE64URL.encode(member));
        }

        #[test]
        fn what_is_encoded_decodes_again(indices in prop::collection::vec(0..BITS_DEFAULT, 0..50)) {
            let mut list = Bitstring::new();
            for index in indices {
                list.set(index, true).unwrap();
            }
            prop_assert_eq!(Bitstring::decode(&list.encode()).unwrap(), list);
        }
    }
}
