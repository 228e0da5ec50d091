//! Checks the signatures of credentials and presentations under the keys that they name.
//!
//! A credential that was verified before is not verified again, but for what changes with time: the key is resolved each time, and
//! the times of its token or proof are compared each time. Whether the credential itself still counts is checked elsewhere.

use std::sync::Arc;

use moka::sync::Cache;
use pecan_credentials::credential::Credential;
use pecan_credentials::key_id::KeyIdError;
use pecan_credentials::presentation::Presentation;
use pecan_credentials::proof::VerifyError;
use pecan_jose::algorithm::Algorithm;
use pecan_jose::digest::sha256;
use pecan_jose::jwk::PublicKey;
use pecan_jose::jws::{self, Jws};
use pecan_jsonld::processor::Processor;
use time::OffsetDateTime;

use crate::resolver::{ResolveError, Resolver};

/// The most credentials whose signatures are remembered: some 300 bytes each.
const VERIFIED_MAX: u64 = 20_000;

/// Checks signatures. Cheap to clone; clones share their memory.
#[derive(Clone)]
pub(super) struct Signatures {
    pub(super) resolver: Resolver,
    pub(super) processor: Arc<Processor>,
    /// The key that each credential was verified under, by the SHA-256 of its text, which says the id of that key.
    verified: Cache<[u8; 32], PublicKey>,
}

/// Why a signature does not count. `Display` is the text of contract/iam.md 6.4, without what stands before it.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// There is no telling whose key it is, or it is the key of someone else.
    #[error(transparent)]
    KeyId(#[from] KeyIdError),
    /// The issuer of a credential, or its document, is not to be had.
    #[error("could not validate issuer: {0}")]
    Issuer(#[source] ResolveError),
    /// The key of a JSON-LD proof is not to be had.
    #[error("unable to resolve valid signing key: {0}")]
    ProofKey(#[source] ResolveError),
    /// The key of a token is not to be had.
    #[error("unable to validate JWT signature: unable to resolve signing key: {0}")]
    TokenKey(#[source] ResolveError),
    /// A JSON-LD document is not signed by this key.
    #[error("invalid signature: invalid proof signature: invalid {} signature", scheme(*by))]
    Proof {
        /// The algorithm of the key.
        by: Algorithm,
    },
    /// A token is not signed by this key.
    #[error(
        "unable to validate JWT signature: signature verification failed for {by}: invalid {scheme} signature",
        scheme = scheme(*by)
    )]
    Token {
        /// The algorithm that its header names.
        by: Algorithm,
    },
    /// The proof of a presentation was made later than now, or has ended.
    #[error("presentation not valid at given time")]
    PresentationNotValidNow,
    /// Something else about the proof or the token.
    #[error(transparent)]
    Other(VerifyError),
}

impl Signatures {
    pub(super) fn new(resolver: Resolver, processor: Arc<Processor>) -> Self {
        Self { resolver, processor, verified: Cache::new(VERIFIED_MAX) }
    }

    /// Checks the signature of a credential at a time, under the key of its issuer.
    pub(super) async fn credential(
        &self,
        credential: &Credential,
        at: OffsetDateTime,
    ) -> Result<(), SignatureError> {
        let key_id = credential.key_id()?;
        let token = credential.jws();
        let key = self.key(&key_id, token, at).await;
        let key = key.map_err(|cause| {
            if is_about_key(&cause) {
                SignatureError::key(token, cause)
            } else {
                // INVARIANT: the key is one of the issuer's, so it is the issuer's document that is missing.
                SignatureError::Issuer(cause)
            }
        })?;
        let refuse = |cause| SignatureError::of(token, &key, cause);
        // SECURITY: this text under this very key, and not this id: else one good credential would vouch for another, and a key
        // that was replaced would count on.
        let digest = sha256(credential.raw().as_bytes());
        let is_allowed = credential.signature_algorithm().is_some_and(|it| key.allows(it));
        if is_allowed && self.verified.get(&digest).is_some_and(|known| known == *key) {
            return credential.check_signature_times(at).map_err(refuse);
        }
        credential.verify_signature(&key, at, &self.processor).map_err(refuse)?;
        self.verified.insert(digest, PublicKey::clone(&key));
        Ok(())
    }

    /// Checks the signature of a presentation at a time, under the key that it names.
    pub(super) async fn presentation(
        &self,
        presentation: &Presentation,
        at: OffsetDateTime,
    ) -> Result<(), SignatureError> {
        let key_id = presentation.key_id()?;
        let token = presentation.jws();
        let key = self.key(&key_id, token, at).await;
        let key = key.map_err(|cause| SignatureError::key(token, cause))?;
        presentation.verify_signature(&key, at, &self.processor).map_err(|cause| match cause {
            VerifyError::NotValidNow => SignatureError::PresentationNotValidNow,
            cause => SignatureError::of(token, &key, cause),
        })
    }

    /// The key under `assertionMethod` that a token, or else a proof, names.
    async fn key(
        &self,
        key_id: &str,
        token: Option<&Jws>,
        at: OffsetDateTime,
    ) -> Result<Arc<PublicKey>, ResolveError> {
        let x5c = token.and_then(|token| token.header().x5c());
        self.resolver.assertion_key(key_id, x5c, at).await
    }
}

/// Whether the document is there, and only the key in it is not.
fn is_about_key(cause: &ResolveError) -> bool {
    match cause {
        ResolveError::KeyNotFound | ResolveError::Method(_) => true,
        ResolveError::InvalidDid(_)
        | ResolveError::UnsupportedMethod
        | ResolveError::Deactivated
        | ResolveError::NotFound
        | ResolveError::Status(_)
        | ResolveError::Http { .. }
        | ResolveError::ContentType
        | ResolveError::WebAddress
        | ResolveError::Web(_)
        | ResolveError::Document(_)
        | ResolveError::Key(_)
        | ResolveError::JwkEncoding
        | ResolveError::Jwk(_)
        | ResolveError::X509(_)
        | ResolveError::Stored(_) => false,
    }
}

impl SignatureError {
    fn key(token: Option<&Jws>, cause: ResolveError) -> Self {
        match token {
            Some(_) => Self::TokenKey(cause),
            None => Self::ProofKey(cause),
        }
    }

    fn of(token: Option<&Jws>, key: &PublicKey, cause: VerifyError) -> Self {
        let is_forged = cause == VerifyError::Signature(jws::VerifyError::InvalidSignature);
        match (token, key.algorithm()) {
            (Some(token), _) if is_forged => Self::Token { by: token.header().algorithm() },
            // The header of a proof is compared with the key, so the key's algorithm is the one that was tried.
            (None, Some(by)) if is_forged => Self::Proof { by },
            (Some(_) | None, Some(_) | None) => Self::Other(cause),
        }
    }
}

/// The scheme of an algorithm, as error texts name it.
fn scheme(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Es256 | Algorithm::Es384 | Algorithm::Es512 => "ECDSA",
        Algorithm::EdDsa => "EdDSA",
        Algorithm::Ps256 | Algorithm::Ps384 | Algorithm::Ps512 | Algorithm::Rs256 => "RSA",
    }
}
