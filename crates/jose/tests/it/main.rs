//! What only shows when the parts work together, and the published suites.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what a test cannot do without fails the test; clippy spares only the test functions themselves"
)]

mod cookbook;
mod dpop;
mod json;
mod jwe;
mod jwk;
mod jws;
mod jwt;
mod keys;
mod wycheproof;
