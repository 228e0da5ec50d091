//! The key that wraps the content key: [RFC 7518 §4.6.2](https://www.rfc-editor.org/rfc/rfc7518#section-4.6.2).

use zeroize::Zeroizing;

use super::KeyManagement;
use crate::digest::sha256;

/// What both sides know, beside the secret.
pub(super) struct Parties<'a> {
    /// `apu`, decoded.
    pub(super) producer: &'a [u8],
    /// `apv`, decoded.
    pub(super) recipient: &'a [u8],
}

/// The Concat KDF for 256 bits, which is one round of SHA-256.
pub(super) fn derive(secret: &[u8], parties: &Parties<'_>) -> Zeroizing<[u8; 32]> {
    let mut input = Zeroizing::new(Vec::with_capacity(256));
    input.extend_from_slice(&1_u32.to_be_bytes());
    input.extend_from_slice(secret);
    for value in
        [KeyManagement::EcdhEsA256Kw.name().as_bytes(), parties.producer, parties.recipient]
    {
        // INVARIANT: `apu` and `apv` are limited where they are read.
        let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
        input.extend_from_slice(&length.to_be_bytes());
        input.extend_from_slice(value);
    }
    input.extend_from_slice(&256_u32.to_be_bytes());
    Zeroizing::new(sha256(&input))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base64url;

    /// Computed with another program; the published example is of 128 bits.
    #[test]
    fn the_parties_go_into_the_key_in_their_order() {
        let parties = Parties { producer: b"Alice", recipient: b"Bob" };
        let key = derive(&[1; 32], &parties);
        assert_eq!(base64url::encode(&*key), "UKmvqEa7E9u20GbdRmKtFtrLFWLbQDXUEoFz_xmlS8k");
    }
}
