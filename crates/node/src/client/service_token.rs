//! Requests an access token for a subject: the job that this node is for (contract/iam.md 7).

use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use pecan_credentials::exchange::select::Selection;
use pecan_credentials::proof::SigningKey;
use pecan_oauth::metadata::AuthorizationServerMetadata;
use pecan_oauth::token_request::VpTokenRequest;
use pecan_oauth::token_response::TokenResponse;
use pecan_platform::random::{token, uuid};
use pecan_platform::session::Key;
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::choice::{Chosen, Task};
use super::dpop::Target;
use super::error::ServiceTokenError;
use super::fingerprint::fingerprint;
use super::kept::{self, Answer};
use super::offer::Terms;
use super::remote_error::RemoteError;
use super::token_endpoint::Outcome;
use super::wanted::Wanted;
use super::{Client, self_attested};
use crate::subject::Subject;
use crate::wallet::PresentationRequest;

/// How long a presentation lasts. Servers of this network accept no more.
pub const PRESENTATION_LIFETIME: Duration = Duration::seconds(5);
/// How far back presentations are dated: older peers allow nothing for a clock that runs ahead of theirs.
pub const PRESENTED_BEFORE: Duration = Duration::seconds(1);
/// The most bytes of the identifier of an authorization server.
pub const ISSUER_BYTES_MAX: usize = 2_048;
/// The most bytes of a scope string.
pub const SCOPE_BYTES_MAX: usize = 8_192;

/// What a caller asks for.
#[derive(Clone, Debug, Default)]
pub struct ServiceTokenRequest {
    /// The issuer identifier of the authorization server.
    pub authorization_server: String,
    /// The scopes, separated by spaces.
    pub scope: String,
    /// Self-attested credentials, offered besides those of the wallet.
    pub credentials: Vec<Value>,
    /// Field ids and the values that they must have.
    pub credential_selection: Selection,
    /// `Bearer` in any case: no proof of possession. Anything else: with.
    pub token_type: Option<String>,
    /// Asks for the grant with two presentations.
    pub service_provider_subject_id: Option<String>,
    /// Whether a token that came earlier will do.
    pub use_cache: bool,
}

impl Client {
    /// Gets an access token for a subject: the JSON of the answer.
    pub async fn service_token(
        &self,
        subject: &str,
        request: &ServiceTokenRequest,
    ) -> Result<Bytes, ServiceTokenError> {
        let now = self.env.clock.now();
        // In this order: the first failing check decides what the caller reads.
        let subject = self.find_subject(subject).await?;
        self.check_service_provider(request).await?;
        let name = fingerprint(&subject.id, request);
        if request.use_cache
            && let Some(answer) = self.find_kept(&name, now).await
        {
            return Ok(answer);
        }
        check(request)?;
        let server = self.remote.metadata(&request.authorization_server).await?;
        let wanted = self.wanted(&server, &request.scope).await?;
        let ask = Ask { subject: &subject, request, server: &server, wanted: &wanted, now };
        let chosen = self.choose(&ask).await?;
        let key = self.subjects.signing_key(&chosen.did).await?;
        let token = self.exchange(&ask, &chosen, &key).await?;
        let answer = Answer {
            access_token: &token.access_token,
            token_type: &token.token_type,
            scope: token.scope.as_deref().unwrap_or(&request.scope),
            dpop_key_id: request.wants_proof().then(|| key.id.as_str()),
            expires_in_seconds: token.expires_in_seconds,
        };
        self.keep(&name, &answer, now).await;
        Ok(answer.to_json(now))
    }

    /// The subject of a name; the error is that of the OAuth endpoints.
    pub async fn find_subject(&self, name: &str) -> Result<Arc<Subject>, ServiceTokenError> {
        self.subjects.find(name).await?.ok_or(ServiceTokenError::SubjectNotFound)
    }

    async fn check_service_provider(
        &self,
        request: &ServiceTokenRequest,
    ) -> Result<(), ServiceTokenError> {
        match request.service_provider_subject_id.as_deref() {
            None => Ok(()),
            Some("") => Err(ServiceTokenError::EmptyServiceProvider),
            Some(name) => self.find_subject(name).await.map(|_| ()),
        }
    }

    async fn choose(&self, ask: &Ask<'_>) -> Result<Chosen, ServiceTokenError> {
        let definition = &ask.wanted.definition;
        let format = definition.presentation_format(&ask.server.vp_formats_supported);
        let terms = Terms {
            did_methods: Some(&ask.server.did_methods_supported),
            format: format.as_ref().ok().copied(),
        };
        let offers = self.offers(ask.subject, &ask.request.credentials, terms, ask.now).await?;
        let task = Task {
            offers,
            definition: definition.clone(),
            selection: ask.request.credential_selection.clone(),
            format,
            id: uuid(&*self.env.random),
        };
        self.run(task).await
    }

    /// Trades a presentation for a token; once more if the server wants a nonce in the proof.
    async fn exchange(
        &self,
        ask: &Ask<'_>,
        chosen: &Chosen,
        key: &SigningKey,
    ) -> Result<TokenResponse, ServiceTokenError> {
        let endpoint = ask.server.token_endpoint.as_deref().unwrap_or_default();
        let remembered = self.remote.find_dpop_nonce(endpoint, ask.now);
        let nonce = match self.request_token(ask, chosen, key, remembered).await? {
            Outcome::Token(token) => return Ok(token),
            Outcome::NonceWanted(nonce) => nonce,
        };
        match self.request_token(ask, chosen, key, Some(nonce)).await? {
            Outcome::Token(token) => Ok(token),
            Outcome::NonceWanted(_) => Err(RemoteError::nonce_refused().into()),
        }
    }

    async fn request_token(
        &self,
        ask: &Ask<'_>,
        chosen: &Chosen,
        key: &SigningKey,
        nonce: Option<String>,
    ) -> Result<Outcome, ServiceTokenError> {
        let endpoint = ask.server.token_endpoint.as_deref().unwrap_or_default();
        let created_at = ask.now - PRESENTED_BEFORE;
        let presentation = self.wallet.present(PresentationRequest {
            key: key.clone(),
            credentials: chosen.credentials.clone(),
            audience: ask.request.authorization_server.clone(),
            nonce: token(&*self.env.random),
            format: chosen.format,
            created_at,
            expires_at: created_at + PRESENTATION_LIFETIME,
        });
        let form = VpTokenRequest {
            assertion: &presentation.await?,
            client_id: &self.public_url.issuer(ask.subject.id.as_str()),
            presentation_submission: &chosen.submission.to_string(),
            scope: &ask.wanted.scope,
        }
        .to_form();
        let proof = if ask.request.wants_proof() {
            let target = Target { method: "POST", uri: endpoint };
            Some(self.proof(&key.id, target, None, nonce.as_deref(), ask.now).await?)
        } else {
            None
        };
        Ok(self.remote.token(endpoint, form, proof.as_deref(), ask.now).await?)
    }

    async fn find_kept(&self, name: &str, now: OffsetDateTime) -> Option<Bytes> {
        match self.env.sessions.find(Key { space: kept::SPACE, name }, now).await {
            Ok(kept) => kept::answer(&kept?, now),
            Err(error) => {
                tracing::warn!(error = &error as &dyn Error, "a kept access token was not read");
                None
            }
        }
    }

    /// Keeps an answer, also that of a request which did not want an older one.
    async fn keep(&self, name: &str, answer: &Answer<'_>, now: OffsetDateTime) {
        let Some(seconds) = answer.kept_seconds() else { return };
        let key = Key { space: kept::SPACE, name };
        let expires_at = now + Duration::seconds(seconds);
        if let Err(error) = self.env.sessions.put(key, answer.to_kept(now), expires_at, now).await {
            tracing::warn!(error = &error as &dyn Error, "an access token was not kept");
        }
    }
}

impl ServiceTokenRequest {
    fn wants_proof(&self) -> bool {
        !self.token_type.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("Bearer"))
    }
}

/// A request on its way to a server that is known.
struct Ask<'a> {
    subject: &'a Subject,
    request: &'a ServiceTokenRequest,
    server: &'a AuthorizationServerMetadata,
    wanted: &'a Wanted,
    now: OffsetDateTime,
}

/// What can be refused without asking anybody.
fn check(request: &ServiceTokenRequest) -> Result<(), ServiceTokenError> {
    if request.authorization_server.len() > ISSUER_BYTES_MAX {
        let member = "authorization_server";
        return Err(ServiceTokenError::TooLong { member, max: ISSUER_BYTES_MAX });
    }
    if request.scope.len() > SCOPE_BYTES_MAX {
        return Err(ServiceTokenError::TooLong { member: "scope", max: SCOPE_BYTES_MAX });
    }
    self_attested::check(&request.credentials)?;
    if request.service_provider_subject_id.is_some() {
        return Err(ServiceTokenError::TwoPresentations);
    }
    Ok(())
}
