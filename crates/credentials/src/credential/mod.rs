//! Verifiable credentials: read, verified, validated and made, as JWT or as JSON-LD.
//!
//! [VC Data Model 1.1](https://www.w3.org/TR/vc-data-model/) with the limits of Nuts. Does not resolve keys, and does
//! not know whether a credential is revoked.

mod data_integrity;
pub mod draft;
mod jwt;
pub mod model;
pub mod self_attested;
pub mod statements;
pub mod subject;
pub mod validate;
pub mod x509_credential;

pub use draft::{Draft, DraftError};
pub use model::{Credential, ParseError};
pub use statements::HiddenStatement;
pub use subject::SubjectError;

/// The type that every credential has.
pub const VERIFIABLE_CREDENTIAL: &str = "VerifiableCredential";
