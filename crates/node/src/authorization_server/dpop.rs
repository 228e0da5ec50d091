//! Proofs of possession: those of token requests, and those that resource servers ask about (contract/iam.md 10.3, 10.5).

use pecan_jose::dpop::{Expectation, Mismatch, Proof, ProofError};
use pecan_platform::session::{SessionError, Space};
use time::{Duration, OffsetDateTime};

use super::{ACCESS_TOKEN_LIFETIME, AuthorizationServer, TokenError};

/// How old the proof of a token request may be.
const PROOF_AGE_MAX: Duration = Duration::seconds(60);
/// How far the clock of whoever made a proof may run ahead.
const PROOF_AHEAD_MAX: Duration = Duration::seconds(5);
/// How long the id of a token request's proof is remembered: for as long as the proof could be accepted, and more.
const TOKEN_PROOF_KEPT: Duration = Duration::minutes(2);
/// How long the id of a proof for a resource is remembered: for as long as the token lives that it goes with.
const RESOURCE_PROOF_KEPT: Duration = ACCESS_TOKEN_LIFETIME;

/// The ids of used proofs.
const PROOF_IDS: Space = Space("nonceonce");

/// Why the proof of a token request is refused; for the log.
#[derive(Debug, thiserror::Error)]
pub enum ProofRefused {
    /// It is no proof.
    #[error(transparent)]
    NotAProof(#[from] ProofError),
    /// It is not for this request.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// It was used before.
    #[error("jti already used")]
    Used,
    /// The store of used ids failed.
    #[error(transparent)]
    Session(#[from] SessionError),
}

impl From<ProofRefused> for TokenError {
    fn from(refused: ProofRefused) -> Self {
        match refused {
            ProofRefused::Session(error) => Self::Session(error),
            ProofRefused::NotAProof(_) | ProofRefused::Mismatch(_) | ProofRefused::Used => {
                Self::Proof(refused)
            }
        }
    }
}

/// A proof that came with a request to a resource, and what was asked there. An absent member is an empty text.
#[derive(Clone, Copy)]
pub struct ProofRequest<'a> {
    /// The header `DPoP` of the request.
    pub proof: &'a str,
    /// Its method.
    pub method: &'a str,
    /// Its URL, with or without scheme.
    pub url: &'a str,
    /// The access token that came with it.
    pub token: &'a str,
    /// The thumbprint of the key that the token is bound to, from its introspection.
    pub thumbprint: &'a str,
}

/// Whether a proof is valid for a request.
pub type ProofValidity = Result<(), ProofInvalid>;

/// Why a proof is not valid for a request. `Display` is the reason that the resource server reads.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofInvalid {
    /// It is no proof.
    #[error("failed to parse DPoP header: {0}")]
    NotAProof(ProofError),
    /// It is not a proof of now.
    #[error("failed to parse DPoP header: {0}")]
    Time(Mismatch),
    /// It is for another key, method, URL or token.
    #[error(transparent)]
    Mismatch(Mismatch),
    /// It was used before.
    #[error("jti already used")]
    Used,
}

impl From<Mismatch> for ProofInvalid {
    fn from(mismatch: Mismatch) -> Self {
        match mismatch {
            Mismatch::Time(_) | Mismatch::TooOld => Self::Time(mismatch),
            Mismatch::Thumbprint
            | Mismatch::Method { .. }
            | Mismatch::Uri { .. }
            | Mismatch::MissingAccessTokenHash
            | Mismatch::AccessTokenHash
            | Mismatch::Nonce => Self::Mismatch(mismatch),
        }
    }
}

/// How long the id of a proof for a known URL is remembered: for as long as the proof could be accepted by any node whose clock
/// differs by no more than is allowed of clients.
const EXACT_PROOF_KEPT: Duration =
    PROOF_AGE_MAX.saturating_add(PROOF_AHEAD_MAX).saturating_add(PROOF_AHEAD_MAX);

/// A proof that is valid for a request, and may have been used before.
pub struct CheckedProof(Proof);

impl CheckedProof {
    /// Checks a proof for a request whose public URL is known: all of the URL counts, and the proof is a recent one.
    pub fn check(request: ProofRequest<'_>, now: OffsetDateTime) -> Result<Self, ProofInvalid> {
        let proof = Proof::parse(request.proof).map_err(ProofInvalid::NotAProof)?;
        proof.check_exact(&expectation(request, PROOF_AGE_MAX, now))?;
        Ok(Self(proof))
    }

    /// The nonce in it.
    pub fn nonce(&self) -> Option<&str> {
        self.0.nonce()
    }
}

impl AuthorizationServer {
    /// Uses up a proof; `false` if it was used before. Among parallel callers, also of other nodes, exactly one is the first.
    pub async fn use_checked_proof(
        &self,
        proof: &CheckedProof,
        now: OffsetDateTime,
    ) -> Result<bool, SessionError> {
        self.use_proof_id(&proof.0, EXACT_PROOF_KEPT, now).await
    }

    /// Checks a proof that came with a request to a resource, and uses it up if it is valid.
    pub async fn validate_proof(
        &self,
        request: ProofRequest<'_>,
    ) -> Result<ProofValidity, SessionError> {
        let now = self.env.clock.now();
        let proof = match check_resource_proof(request, now) {
            Ok(proof) => proof,
            Err(invalid) => return Ok(Err(invalid)),
        };
        let is_new = self.use_proof_id(&proof, RESOURCE_PROOF_KEPT, now).await?;
        Ok(if is_new { Ok(()) } else { Err(ProofInvalid::Used) })
    }

    /// Uses up the proof of a token request, if there is one.
    pub(super) async fn use_token_proof(
        &self,
        proof: Option<&Proof>,
        now: OffsetDateTime,
    ) -> Result<(), ProofRefused> {
        let Some(proof) = proof else { return Ok(()) };
        let is_new = self.use_proof_id(proof, TOKEN_PROOF_KEPT, now).await?;
        if is_new { Ok(()) } else { Err(ProofRefused::Used) }
    }

    /// Uses up a proof that passed all other checks.
    async fn use_proof_id(
        &self,
        proof: &Proof,
        kept: Duration,
        now: OffsetDateTime,
    ) -> Result<bool, SessionError> {
        self.use_once(PROOF_IDS, &use_of(proof), kept, now).await
    }

    /// Whether a proof was used up before, as far as that is known without asking another process.
    pub(super) fn is_known_used_proof(&self, proof: &Proof, now: OffsetDateTime) -> bool {
        self.is_known_used(PROOF_IDS, &use_of(proof), now)
    }
}

// SECURITY: an id counts under its key, or somebody else could use it up with a proof of his own.
fn use_of(proof: &Proof) -> String {
    format!("{}.{}", proof.thumbprint(), proof.id())
}

/// The proof of a token request; `None` if it proves nothing.
pub(super) fn check_token_proof(
    header: Option<&str>,
    issuer: &str,
    now: OffsetDateTime,
) -> Result<Option<Proof>, ProofRefused> {
    let Some(header) = header.filter(|header| !header.is_empty()) else { return Ok(None) };
    let proof = Proof::parse(header)?;
    // SECURITY: the URI comes from the configuration; the request only says what somebody made of it on the way.
    let uri = format!("{issuer}/token");
    proof.check(&Expectation {
        method: "POST",
        uri: &uri,
        thumbprint: None,
        access_token: None,
        now,
        age_max: PROOF_AGE_MAX,
        ahead_max: PROOF_AHEAD_MAX,
        nonce: None,
    })?;
    Ok(Some(proof))
}

fn check_resource_proof(
    request: ProofRequest<'_>,
    now: OffsetDateTime,
) -> Result<Proof, ProofInvalid> {
    let proof = Proof::parse(request.proof).map_err(ProofInvalid::NotAProof)?;
    proof.check(&expectation(request, Duration::MAX, now))?;
    Ok(proof)
}

fn expectation(
    request: ProofRequest<'_>,
    age_max: Duration,
    now: OffsetDateTime,
) -> Expectation<'_> {
    Expectation {
        method: request.method,
        uri: request.url,
        thumbprint: Some(request.thumbprint),
        access_token: Some(request.token),
        now,
        age_max,
        ahead_max: PROOF_AHEAD_MAX,
        nonce: None,
    }
}
