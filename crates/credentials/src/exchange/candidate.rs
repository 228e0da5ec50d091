//! What matching needs to know of a credential.

use serde_json::Value;

use crate::format::Format;

/// A credential that may be chosen, as borrowed parts of it.
#[derive(Copy, Clone, Debug)]
pub struct Candidate<'a> {
    /// The document that paths are evaluated on: the normalised credential, or the one rebuilt from a JWT.
    pub view: &'a Value,
    /// How the credential is written.
    pub format: Format,
    /// The `alg` of a `jwt_vc`; `None` when it is not signed.
    pub algorithm: Option<&'a str>,
    /// The types of the proofs of an `ldp_vc`; empty when it is not signed.
    pub proof_types: &'a [String],
    /// The credential as received: a string for a JWT, an object for JSON-LD. Equality of this is identity.
    pub raw: &'a Value,
}
