//! Names the key that must have signed, so that the caller can resolve it.
//!
//! Verification takes two steps: what is here says which verification method to look up, and the signature is checked
//! under the key found there. Does not look anything up.

use std::borrow::Cow;

use serde_json::Value;

use crate::did::Did;
use crate::one_or_many::items;

/// Why there is no telling whose key must have signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyIdError {
    /// A JSON-LD credential without proof.
    #[error("missing proof")]
    Unsigned,
    /// A JSON-LD credential with more than one proof.
    #[error("credential has more than one proof")]
    SeveralProofs,
    /// A JSON-LD presentation with another number of proofs than one.
    #[error("presentation should have exactly 1 proof, got {count}")]
    ProofCount {
        /// How many there are.
        count: usize,
    },
    /// A JWT that does not name its key.
    #[error("no kid header in JWT")]
    MissingKid,
    /// A proof that does not name its key.
    #[error("proof has no `verificationMethod`")]
    MissingVerificationMethod,
    /// A credential that does not say whose it is.
    #[error("issuer is missing")]
    MissingIssuer,
    /// The key id is not below a DID.
    #[error("key id `{key_id}` is not a DID URL")]
    NotADidUrl {
        /// As received.
        key_id: String,
    },
    /// The key is not one of the issuer.
    #[error("key `{key_id}` is not a key of issuer `{issuer}`")]
    NotOfIssuer {
        /// As received.
        key_id: String,
        /// As received.
        issuer: String,
    },
}

impl KeyIdError {
    /// What is wrong with a credential that has no single proof.
    pub(crate) fn missing_proof(document: &Value) -> Self {
        match items(document, "proof").len() {
            0 => Self::Unsigned,
            _ => Self::SeveralProofs,
        }
    }
}

/// The part of a key id before `#`, which must be a DID.
pub(crate) fn signer(key_id: &str) -> Result<Did, KeyIdError> {
    let did = key_id.split_once('#').map_or(key_id, |(did, _)| did);
    Did::parse(did).map_err(|_| KeyIdError::NotADidUrl { key_id: key_id.to_owned() })
}

/// Completes the id of a did:jwk's only key.
pub(crate) fn complete(key_id: &str) -> Cow<'_, str> {
    if key_id.starts_with("did:jwk:") && !key_id.contains('#') {
        Cow::Owned(format!("{key_id}#0"))
    } else {
        Cow::Borrowed(key_id)
    }
}

/// Refuses a key that is not the issuer's.
// SECURITY: or anybody who has a DID could issue in another's name.
pub(crate) fn check_issuer(key_id: &str, issuer: &str) -> Result<(), KeyIdError> {
    if signer(key_id)?.as_str() == issuer {
        return Ok(());
    }
    Err(KeyIdError::NotOfIssuer { key_id: key_id.to_owned(), issuer: issuer.to_owned() })
}
