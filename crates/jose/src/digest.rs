//! Hashes that the specifications name.
//!
//! SHA-1 is here for certificate thumbprints in identifiers only; no signature is checked with it.

use aws_lc_rs::digest;

/// A hash function of [FIPS 180-4](https://csrc.nist.gov/pubs/fips/180-4/upd1/final).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hash {
    /// 20 bytes; broken for signatures, kept for identifiers.
    Sha1,
    /// 32 bytes.
    Sha256,
    /// 48 bytes.
    Sha384,
    /// 64 bytes.
    Sha512,
}

impl Hash {
    /// The digest of some bytes.
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, bytes).as_ref().to_vec()
    }
}

/// The SHA-256 digest of some bytes.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = digest::digest(&digest::SHA256, bytes);
    digest.as_ref().try_into().expect("SHA-256 gives 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_standard() {
        // FIPS 180-4 examples for "abc": length, and the first bytes.
        let cases = [
            (Hash::Sha1, 20, [0xa9, 0x99, 0x3e, 0x36]),
            (Hash::Sha256, 32, [0xba, 0x78, 0x16, 0xbf]),
            (Hash::Sha384, 48, [0xcb, 0x00, 0x75, 0x3f]),
            (Hash::Sha512, 64, [0xdd, 0xaf, 0x35, 0xa1]),
        ];
        for (hash, length, beginning) in cases {
            let digest = hash.digest(b"abc");
            assert_eq!((digest.len(), &digest[..4]), (length, &beginning[..]), "{hash:?}");
        }
        assert_eq!(sha256(b"abc").to_vec(), Hash::Sha256.digest(b"abc"));
    }
}
