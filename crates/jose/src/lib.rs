//! Reads, checks and writes JWK, JWS, JWT, JWE and DPoP proofs.
//!
//! Pure: times, nonces, content keys and ephemeral keys are arguments. Does not resolve keys and does not know DIDs.

pub mod algorithm;
pub mod base64url;
pub mod digest;
pub mod dpop;
pub mod json;
pub mod jwe;
pub mod jwk;
pub mod jws;
pub mod jwt;
pub mod signer;
mod thumbprint;

mod der;
mod excerpt;
mod pem;
