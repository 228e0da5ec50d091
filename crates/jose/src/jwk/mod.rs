//! Keys: [RFC 7517](https://www.rfc-editor.org/rfc/rfc7517), [RFC 7518 §6](https://www.rfc-editor.org/rfc/rfc7518#section-6)
//! and [RFC 8037 §2](https://www.rfc-editor.org/rfc/rfc8037#section-2).
//!
//! A key is checked when it is made: what exists here is on its curve, long enough and consistent. Does not fetch keys
//! and knows no key ids: who names a key is the caller's matter.

mod curve;
mod encryption;
mod error;
mod kind;
mod material;
mod members;
mod private;
mod public;
mod roca;
mod rsa;
mod small_order;
mod spki;
mod usage;

pub use curve::Curve;
pub use error::Error;
pub use kind::KeyKind;
pub use private::PrivateKey;
pub use public::{PublicKey, VerifyError};
pub use rsa::{MODULUS_BITS_MAX, MODULUS_BITS_MIN};
