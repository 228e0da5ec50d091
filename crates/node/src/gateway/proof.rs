//! Proof of possession: a token that is bound to a key counts with a proof of that key only.

use time::OffsetDateTime;

use super::routes::Prepared;
use super::token::{Client, Scheme, unauthenticated};
use super::{Denied, Gateway, Question, Refusal, Registration, headers};
use crate::authorization_server::{CheckedProof, ProofRequest};

/// What a proof must be for, beside the token.
pub(super) struct Asked<'q> {
    pub(super) question: &'q Question,
    /// The path below the route, in its exact form.
    pub(super) rest: &'q str,
}

impl Gateway {
    /// The proof of a request, checked and not yet used up; `None` if the token needs none.
    pub(super) async fn check_proof(
        &self,
        route: &Prepared,
        gateway: &Registration,
        client: &Client<'_>,
        asked: Asked<'_>,
        now: OffsetDateTime,
    ) -> Result<Option<CheckedProof>, Denied> {
        let refuse_token = |reason: &str| unauthenticated(route, Some("invalid_token"), reason);
        let Some(thumbprint) = client.thumbprint().map_err(refuse_token)? else {
            // RFC 9449 §7.1: what comes under this scheme is bound to a key.
            return match client.scheme {
                Some(Scheme::Dpop) => Err(refuse_token("the token is not bound to a key")),
                Some(Scheme::Bearer) | None => Ok(None),
            };
        };
        let is_checked = gateway.abilities.checks_proof;
        // SECURITY: RFC 9449 §7.2, a bound token is not a bearer token.
        if client.scheme == Some(Scheme::Bearer) && !is_checked {
            return Err(refuse_token("a bound token was sent as bearer token"));
        }
        let refuse = |reason: &str| unauthenticated(route, Some("invalid_dpop_proof"), reason);
        let (proof, token) = match (headers::find(asked.question, "dpop"), client.token) {
            (Some(proof), Some(token)) => (proof, token),
            (None, _) | (Some(_), None) if is_checked => return Ok(None),
            (None, _) => return Err(refuse("a bound token came without a proof")),
            (Some(_), None) => {
                return Err(refuse("the gateway does not tell the token of the proof"));
            }
        };
        let proof = std::str::from_utf8(proof).map_err(|_| refuse("the proof is no text"))?;
        let url = format!("{}{}", route.url, asked.rest);
        let method = &asked.question.method;
        let request = ProofRequest { proof, method, url: &url, token, thumbprint };
        let proof =
            CheckedProof::check(request, now).map_err(|invalid| refuse(&invalid.to_string()))?;
        if route.route.requires_nonce {
            self.check_nonce(route, &proof, now).await?;
        }
        Ok(Some(proof))
    }

    /// Asks for a nonce where a good proof lacks the one of now.
    async fn check_nonce(
        &self,
        route: &Prepared,
        proof: &CheckedProof,
        now: OffsetDateTime,
    ) -> Result<(), Denied> {
        let failed = |error| Denied::forbidden(format!("nonces cannot be looked up: {error}"));
        if let Some(nonce) = proof.nonce()
            && self.is_nonce(nonce, now).await.map_err(failed)?
        {
            return Ok(());
        }
        let nonce = Some(self.nonce(now).await.map_err(failed)?);
        let resource_metadata = Some(route.metadata_url.clone());
        let error = Some("use_dpop_nonce");
        Err(Denied {
            refusal: Refusal::Unauthenticated { error, nonce, resource_metadata },
            reason: "the proof has no nonce of now".to_owned(),
        })
    }

    /// Uses up a proof.
    // INVARIANT: last of all, or a request that is denied for another reason would burn the proof of its repetition.
    pub(super) async fn use_up(
        &self,
        route: &Prepared,
        proof: Option<&CheckedProof>,
        now: OffsetDateTime,
    ) -> Result<(), Denied> {
        let Some(proof) = proof else { return Ok(()) };
        match self.authorization_server.use_checked_proof(proof, now).await {
            Ok(true) => Ok(()),
            Ok(false) => {
                Err(unauthenticated(route, Some("invalid_dpop_proof"), "the proof was used before"))
            }
            Err(error) => {
                Err(Denied::forbidden(format!("used proofs cannot be looked up: {error}")))
            }
        }
    }
}
