//! Verifiable presentations: read, verified, bound to their holder and made, as JWT or as JSON-LD.
//!
//! [VC Data Model 1.1 §4.10](https://www.w3.org/TR/vc-data-model/#presentations-0). Does not compare audience and nonce
//! with what a protocol expects.

pub mod binding;
mod data_integrity;
pub mod draft;
pub mod envelope;
mod jwt;
mod matching;
pub mod model;

pub use binding::BindingError;
pub use draft::Draft;
pub use envelope::{Envelope, EnvelopeError};
pub use model::{ParseError, Presentation};

/// The type that every presentation has.
pub const VERIFIABLE_PRESENTATION: &str = "VerifiablePresentation";
