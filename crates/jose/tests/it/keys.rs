//! The keys below `tests/keys`.

use pecan_jose::algorithm::Algorithm;
use pecan_jose::jwk::PrivateKey;

pub(crate) const P256: &str = include_str!("../keys/p256.pem");
pub(crate) const P256_OTHER: &str = include_str!("../keys/p256.other.pem");
pub(crate) const P384: &str = include_str!("../keys/p384.pem");
pub(crate) const P521: &str = include_str!("../keys/p521.pem");
pub(crate) const ED25519: &str = include_str!("../keys/ed25519.pem");
pub(crate) const X25519: &str = include_str!("../keys/x25519.pem");
pub(crate) const RSA: &str = include_str!("../keys/rsa2048.pem");

/// All kinds of keys.
pub(crate) const ALL: [&str; 6] = [P256, P384, P521, ED25519, X25519, RSA];

pub(crate) fn key(pem: &str) -> PrivateKey {
    PrivateKey::from_pem(pem).unwrap()
}

/// A signer for every algorithm that signs.
pub(crate) fn signers() -> Vec<PrivateKey> {
    let mut signers = vec![key(P256), key(P384), key(P521), key(ED25519)];
    for algorithm in [Algorithm::Ps256, Algorithm::Ps384, Algorithm::Ps512] {
        signers.push(key(RSA).with_algorithm(algorithm).unwrap());
    }
    signers
}

/// The bytes of a PEM block.
pub(crate) fn der(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let alphabet = body.replace('+', "-").replace('/', "_");
    pecan_jose::base64url::decode(alphabet.trim_end_matches('=')).unwrap()
}
