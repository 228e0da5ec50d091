//! Reads the few DER shapes that keys come in: [X.690](https://www.itu.int/rec/T-REC-X.690).
//!
//! Strict: definite lengths in their shortest form, nothing left over. Does not read certificates.

/// Why bytes are no DER of the expected shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// A position in a DER text.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn sequence(&mut self) -> Result<Self, Malformed> {
        self.value(SEQUENCE).map(Self::new)
    }

    /// The contents octets of an object identifier.
    pub(crate) fn object_identifier(&mut self) -> Result<&'a [u8], Malformed> {
        self.value(OBJECT_IDENTIFIER)
    }

    pub(crate) fn octet_string(&mut self) -> Result<&'a [u8], Malformed> {
        self.value(OCTET_STRING)
    }

    /// A bit string of whole octets.
    pub(crate) fn bit_string(&mut self) -> Result<&'a [u8], Malformed> {
        match self.value(BIT_STRING)? {
            [0, octets @ ..] => Ok(octets),
            _ => Err(Malformed),
        }
    }

    /// A positive integer, big-endian without leading zeros; zero is one zero octet.
    pub(crate) fn unsigned_integer(&mut self) -> Result<&'a [u8], Malformed> {
        match self.value(INTEGER)? {
            [] => Err(Malformed),
            [0] => Ok(&[0]),
            [0, rest @ ..] if rest.first().is_some_and(|first| *first >= 0x80) => Ok(rest),
            [first, ..] if *first == 0 || *first >= 0x80 => Err(Malformed),
            octets => Ok(octets),
        }
    }

    /// Refuses bytes after the last element that is known.
    pub(crate) fn finish(self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed) }
    }

    fn value(&mut self, tag: u8) -> Result<&'a [u8], Malformed> {
        let (found, rest) = self.rest.split_first().ok_or(Malformed)?;
        if *found != tag {
            return Err(Malformed);
        }
        let (length, rest) = length(rest)?;
        let (value, rest) = rest.split_at_checked(length).ok_or(Malformed)?;
        self.rest = rest;
        Ok(value)
    }
}

fn length(bytes: &[u8]) -> Result<(usize, &[u8]), Malformed> {
    let (first, rest) = bytes.split_first().ok_or(Malformed)?;
    if *first < 0x80 {
        return Ok((usize::from(*first), rest));
    }
    let count = usize::from(*first & 0x7f);
    // Keys are far below 64 KiB.
    if !(1..=2).contains(&count) {
        return Err(Malformed);
    }
    let (octets, rest) = rest.split_at_checked(count).ok_or(Malformed)?;
    let length = octets.iter().fold(0, |length, octet| (length << 8) | usize::from(*octet));
    let shortest = if count == 1 { length >= 0x80 } else { length >= 0x100 };
    if shortest { Ok((length, rest)) } else { Err(Malformed) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(der: &[u8], expected: Result<&[u8], Malformed>) {
        assert_eq!(Reader::new(der).unsigned_integer(), expected, "{der:x?}");
    }

    #[test]
    fn only_the_shortest_form_is_read() {
        check(&[2, 1, 0], Ok(&[0]));
        check(&[2, 1, 127], Ok(&[127]));
        check(&[2, 2, 0, 128], Ok(&[128]));
        check(&[2, 0], Err(Malformed));
        check(&[2, 1, 128], Err(Malformed));
        check(&[2, 2, 0, 127], Err(Malformed));
        check(&[2, 0x81, 1, 1], Err(Malformed));
        check(&[2, 0x80, 1, 0, 0], Err(Malformed));
        check(&[2, 0x84, 0, 0, 0, 1, 1], Err(Malformed));
        check(&[2, 2, 1], Err(Malformed));
        check(&[3, 1, 1], Err(Malformed));
        check(&[2], Err(Malformed));
        check(&[], Err(Malformed));
    }

    #[test]
    fn a_long_value_is_read_with_its_long_length() {
        for length in [128_usize, 255, 256, 65_535] {
            let mut der = if length < 256 { vec![2, 0x81] } else { vec![2, 0x82] };
            let octets = length.to_be_bytes();
            der.extend(&octets[if length < 256 { 7 } else { 6 }..]);
            let value = vec![1; length];
            der.extend(&value);
            check(&der, Ok(&value));
        }
    }

    #[test]
    fn bits_that_are_no_octets_are_refused() {
        assert_eq!(Reader::new(&[3, 2, 0, 9]).bit_string(), Ok(&[9][..]));
        assert_eq!(Reader::new(&[3, 2, 1, 8]).bit_string(), Err(Malformed));
        assert_eq!(Reader::new(&[3, 0]).bit_string(), Err(Malformed));
        assert_eq!(Reader::new(&[0]).finish(), Err(Malformed));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes);
            while reader.octet_string().is_ok() || reader.unsigned_integer().is_ok() {}
            let _ = reader.sequence();
            let _ = reader.object_identifier();
            let _ = reader.bit_string();
        }
    }
}
