//! The hash of the algorithm, in the hexadecimal form in which it hashes hashes.

use aws_lc_rs::digest::{SHA256, digest};

/// A SHA-256 hash. Its order is that of its hexadecimal form.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hash([u8; 32]);

impl Hash {
    pub(super) fn of(text: &str) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
        Self(bytes)
    }

    /// Appends the hash in lower-case hexadecimal.
    pub(super) fn push_to(self, text: &mut String) {
        let digit =
            |nibble: u8| char::from(if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble });
        for byte in self.0 {
            text.push(digit(byte >> 4));
            text.push(digit(byte & 15));
        }
    }
}
