//! The grant `vp_token-bearer`: a presentation for an access token (contract/iam.md 8.2).

use std::collections::HashSet;

use pecan_credentials::did::Did;
use pecan_credentials::exchange::Definition;
use pecan_credentials::exchange::submission::Submission;
use pecan_credentials::presentation::{BindingError, Envelope, Presentation};
use pecan_jose::dpop::Proof;
use pecan_oauth::introspection::Evidence;
use pecan_oauth::token::VpTokenRequest;
use pecan_platform::session::Space;
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use super::access_token::{AccessToken, Drawn, Grant};
use super::dpop::{ProofRefused, check_token_proof};
use super::{AuthorizationServer, NotFulfilled, TokenError};
use crate::policy::{Profile, RequestedScope, Requester, WalletOwner};
use crate::subject::Subject;

/// The longest lifetime of a presentation.
pub(super) const PRESENTATION_LIFETIME_MAX: Duration = Duration::seconds(5);

/// How long a used nonce is remembered.
// INVARIANT: a presentation that is accepted began at most 5 s ahead of our clock, holds for 5 s and is given 5 s of grace, so
// 15 s after its first use it is refused for its age. The rest is for nodes whose clocks differ.
const NONCE_KEPT: Duration = Duration::seconds(30);

/// The used nonces.
const NONCES: Space = Space("s2s/nonce");

impl AuthorizationServer {
    /// Grants an access token, or says why not.
    // In this order: cheap checks first, and the first failure decides the answer that the client sees.
    pub(super) async fn grant(
        &self,
        subject: &Subject,
        request: VpTokenRequest<'_>,
        dpop: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<AccessToken, TokenError> {
        let issuer = self.public_url.issuer(subject.id.as_str());
        let envelope = Envelope::parse(request.assertion).map_err(TokenError::Assertion)?;
        let submission =
            Submission::parse(request.presentation_submission).map_err(TokenError::Submission)?;
        let presentations = envelope.presentations();
        check_lifetimes(presentations)?;
        check_signers(presentations)?;
        check_audiences(presentations, &issuer)?;
        let scope = self
            .policies
            .resolve(request.scope)
            .map_err(|reason| TokenError::Scope { scope: shown(request.scope), reason })?;
        scope.check_others()?;
        let claims = fulfil(&scope.profile, &envelope, &submission)?;
        let nonces = nonces(presentations)?;
        let fulfilled =
            Fulfilled { subject, issuer: &issuer, scope: &scope, submission: &submission, claims };
        let (proof, drawn) = match check_token_proof(dpop, &issuer, now) {
            Err(refused) => (None, Err(refused.into())),
            Ok(proof) => {
                let drawn = match self.check_known(&nonces, proof.as_ref(), now) {
                    Ok(()) => {
                        let proof = proof.as_ref();
                        self.draw_verified(&request, presentations, fulfilled, proof, now).await
                    }
                    Err(used) => Err(used),
                };
                (proof, drawn)
            }
        };
        // At once, so that all is stored with one commit.
        let (all_new, proof_is_new, is_recorded) = tokio::join!(
            self.use_nonces(&nonces, now),
            self.use_token_proof(proof.as_ref(), now),
            self.record(drawn.as_ref().ok(), now),
        );
        // A used nonce outranks a used proof, and that what is wrong with the presentation.
        match (all_new.and(proof_is_new.map_err(TokenError::from)), drawn) {
            (Ok(()), Ok(drawn)) => is_recorded.map(|()| drawn.token).map_err(TokenError::from),
            (Ok(()), Err(refused)) => Err(refused),
            (Err(used), Err(_)) => Err(used),
            (Err(used), Ok(drawn)) => {
                self.forget(&drawn, now).await?;
                Err(used)
            }
        }
    }

    /// Refuses a replay before it costs anything. That it passes proves nothing: see [`use_nonces`](Self::use_nonces).
    fn check_known(
        &self,
        nonces: &[&str],
        proof: Option<&Proof>,
        now: OffsetDateTime,
    ) -> Result<(), TokenError> {
        let mut seen = HashSet::new();
        let mut is_new = |nonce| seen.insert(nonce) && !self.is_known_used(NONCES, nonce, now);
        if !nonces.iter().copied().all(&mut is_new) {
            return Err(TokenError::NonceReused);
        }
        if proof.is_some_and(|proof| self.is_known_used_proof(proof, now)) {
            return Err(ProofRefused::Used.into());
        }
        Ok(())
    }

    /// Checks what costs most, and draws a token for who passes. Nobody has it before it is recorded.
    async fn draw_verified(
        &self,
        request: &VpTokenRequest<'_>,
        presentations: &[Presentation],
        fulfilled: Fulfilled<'_>,
        proof: Option<&Proof>,
        now: OffsetDateTime,
    ) -> Result<Drawn, TokenError> {
        let Fulfilled { subject, issuer, scope, submission, claims } = fulfilled;
        for presentation in presentations {
            self.verifier.presentation(presentation, now).await?;
        }
        let holder = holder(presentations, &submission.definition_id)?;
        let requester = Requester {
            subject: subject.id.as_str(),
            client_id: request.client_id,
            holder: &holder,
        };
        let grant = Grant {
            issuer,
            client_id: request.client_id,
            scope: self.policies.grant(scope, &requester, &claims, now).await?,
            claims: &claims,
            thumbprint: proof.map(Proof::thumbprint),
            evidence: Evidence {
                definitions: &scope.profile.definitions_json,
                definition_id: &submission.definition_id,
                submission: request.presentation_submission,
                presentations: presentations.iter().map(Presentation::raw).collect(),
            },
        };
        Ok(self.draw(grant, now))
    }

    /// Burns the nonce of every presentation.
    // SECURITY: atomic, or a replay wins the race. All of them are burned before the answer, or the rest of a list could be
    // used again.
    async fn use_nonces(&self, nonces: &[&str], now: OffsetDateTime) -> Result<(), TokenError> {
        let mut all_new = true;
        for nonce in nonces {
            all_new &= self.use_once(NONCES, nonce, NONCE_KEPT, now).await?;
        }
        if all_new { Ok(()) } else { Err(TokenError::NonceReused) }
    }
}

/// What a submission fulfils, and at whose endpoint.
struct Fulfilled<'a> {
    subject: &'a Subject,
    issuer: &'a str,
    scope: &'a RequestedScope,
    submission: &'a Submission,
    claims: Map<String, Value>,
}

/// The nonce of every presentation.
fn nonces(presentations: &[Presentation]) -> Result<Vec<&str>, TokenError> {
    presentations
        .iter()
        .map(|it| it.nonce().filter(|nonce| !nonce.is_empty()).ok_or(TokenError::NoNonce))
        .collect()
}

fn check_lifetimes(presentations: &[Presentation]) -> Result<(), TokenError> {
    for presentation in presentations {
        let (Some(created), Some(expires)) = (presentation.created_at(), presentation.expires_at())
        else {
            return Err(TokenError::NoLifetime);
        };
        if expires - created > PRESENTATION_LIFETIME_MAX {
            return Err(TokenError::LifetimeTooLong);
        }
    }
    Ok(())
}

/// All credentials are about one party, and it signs every presentation that has credentials.
fn check_signers(presentations: &[Presentation]) -> Result<(), TokenError> {
    let mut common: Option<Did> = None;
    for presentation in presentations {
        let Some(subject) = presentation.subject_id()? else { continue };
        if presentation.signer().map_err(BindingError::Signer)? != subject {
            return Err(BindingError::NotSubject.into());
        }
        if common.as_ref().is_some_and(|common| *common != subject) {
            return Err(TokenError::DifferentSubjects);
        }
        common = Some(subject);
    }
    Ok(())
}

fn check_audiences(presentations: &[Presentation], issuer: &str) -> Result<(), TokenError> {
    let is_for_us = |presentation: &Presentation| presentation.audience().contains(&issuer);
    if presentations.iter().all(is_for_us) { Ok(()) } else { Err(TokenError::WrongAudience) }
}

/// The claims of the definition that the submission fulfils.
fn fulfil(
    profile: &Profile,
    envelope: &Envelope,
    submission: &Submission,
) -> Result<Map<String, Value>, TokenError> {
    let definition = find_required(profile, &submission.definition_id).ok_or_else(|| {
        TokenError::NotRequired { definition_id: shown(&submission.definition_id) }
    })?;
    match envelope.check_submission(definition, submission) {
        Ok(fulfilled) => Ok(definition.claims(&fulfilled.mappings)),
        Err(cause) => Err(TokenError::NotFulfilled {
            definition_id: shown(&submission.definition_id),
            cause: NotFulfilled::Submission(cause),
        }),
    }
}

/// The definition of an id, if fulfilling it alone is enough.
// SECURITY: where the profile asks the organisation, what a person or a service provider shows is not enough.
fn find_required<'p>(profile: &'p Profile, id: &str) -> Option<&'p Definition> {
    if let Some(organization) = profile.find_definition(WalletOwner::Organization) {
        return (organization.id() == id).then_some(organization);
    }
    profile.definitions.iter().map(|(_, definition)| &**definition).find(|it| it.id() == id)
}

/// Who signed.
// SECURITY: the claims of one party must not be granted to another that signed a presentation of nothing beside them. And an
// empty list may fulfil a definition that asks for nothing; still there must be somebody.
fn holder(presentations: &[Presentation], definition_id: &str) -> Result<Did, TokenError> {
    let mut common: Option<Did> = None;
    for presentation in presentations {
        let signer = presentation.signer().map_err(BindingError::Signer)?;
        if common.as_ref().is_some_and(|common| *common != signer) {
            return Err(TokenError::DifferentSubjects);
        }
        common = Some(signer);
    }
    common.ok_or_else(|| TokenError::NotFulfilled {
        definition_id: shown(definition_id),
        cause: NotFulfilled::Nobody,
    })
}

/// How much of what a client sent an answer repeats, in characters.
const SHOWN_MAX: usize = 1_000;

fn shown(text: &str) -> String {
    text.chars().take(SHOWN_MAX).collect()
}
