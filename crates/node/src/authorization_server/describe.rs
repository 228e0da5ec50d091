//! What the node publishes about the authorization server of a subject (contract/iam.md 3).

use pecan_credentials::did::DidUrl;
use pecan_jose::jws::{HeaderFields, Unsigned};
use pecan_oauth::error::ErrorCode;
use pecan_oauth::metadata::{Published, VP_TOKEN_BEARER, vp_formats};
use pecan_oauth::token::AUTHORIZATION_CODE;
use pecan_platform::sql::SqlError;
use serde_json::{Map, Value, json};
use time::Duration;

use super::AuthorizationServer;
use crate::FailureKind;
use crate::key::KeyError;
use crate::policy::{ScopeError, WalletOwner};
use crate::subject::SigningKeyError;

/// How long an entity statement holds.
const STATEMENT_LIFETIME: Duration = Duration::hours(1);

/// Why a subject is not described.
#[derive(Debug, thiserror::Error)]
pub enum DescribeError {
    /// No such subject.
    #[error("subject not found")]
    UnknownSubject,
    /// The database failed.
    #[error("internal error")]
    Sql(#[from] SqlError),
}

impl DescribeError {
    /// Whose fault it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::UnknownSubject => FailureKind::NotFound,
            Self::Sql(_) => FailureKind::Internal,
        }
    }

    /// The code on an OAuth endpoint.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::UnknownSubject => ErrorCode::InvalidRequest,
            Self::Sql(_) => ErrorCode::ServerError,
        }
    }
}

/// Why there is no entity statement. `Display` is the `detail` of the problem.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// No such subject.
    #[error("invalid_request - subject not found")]
    UnknownSubject,
    /// The subject has no DID.
    #[error("server_error")]
    NoDid,
    /// A DID of the subject has no key to sign with.
    #[error("server_error")]
    SigningKey(#[from] SigningKeyError),
    /// A key cannot be used.
    #[error("server_error")]
    Key(#[from] KeyError),
    /// The database failed.
    #[error("internal error")]
    Sql(#[from] SqlError),
}

impl StatementError {
    /// Whose fault it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::UnknownSubject => FailureKind::Invalid,
            Self::NoDid | Self::SigningKey(_) | Self::Key(_) | Self::Sql(_) => {
                FailureKind::Internal
            }
        }
    }
}

/// Why no presentation definition is served. `Display` is the `error_description`.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    /// The subject is not described.
    #[error(transparent)]
    Describe(#[from] DescribeError),
    /// The scope has no profile.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// The profile asks nothing of this wallet.
    #[error("no presentation definition found for '{owner}' wallet")]
    NoDefinition {
        /// The owner that was asked for, shortened.
        owner: String,
    },
}

/// How much of an unknown wallet owner an answer repeats, in characters.
const OWNER_SHOWN_MAX: usize = 100;

impl AuthorizationServer {
    /// Authorization server metadata as JSON text (RFC 8414 §3.2).
    pub async fn metadata(&self, subject: &str) -> Result<String, DescribeError> {
        let issuer = self.issuer_of(subject).await?;
        Ok(Published { issuer: &issuer, has_authorization_endpoint: false }.to_value().to_string())
    }

    /// OAuth client metadata as JSON text.
    pub async fn client_metadata(&self, subject: &str) -> Result<String, DescribeError> {
        self.issuer_of(subject).await?;
        Ok(client_metadata().to_string())
    }

    /// The presentation definition of a scope as JSON text (contract/iam.md 3.4). Other scopes in it do not matter.
    pub async fn presentation_definition(
        &self,
        subject: &str,
        scope: &str,
        wallet_owner: Option<&str>,
    ) -> Result<String, DefinitionError> {
        self.issuer_of(subject).await?;
        if scope.is_empty() {
            // Peers that ask for nothing are told that nothing is asked of them.
            return Ok(r#"{"id":"","input_descriptors":null}"#.to_owned());
        }
        let profile = self.policies.resolve(scope)?.profile;
        let owner = wallet_owner.unwrap_or(WalletOwner::Organization.name());
        let definition = WalletOwner::find(owner).and_then(|owner| profile.find_definition(owner));
        let definition = definition.ok_or_else(|| DefinitionError::NoDefinition {
            owner: owner.chars().take(OWNER_SHOWN_MAX).collect(),
        })?;
        Ok(definition.source().to_string())
    }

    /// The entity statement of a subject: a compact JWS (contract/iam.md 3.2).
    pub async fn entity_statement(&self, subject: &str) -> Result<String, StatementError> {
        let now = self.env.clock.now();
        let subject = self.subjects.find(subject).await?.ok_or(StatementError::UnknownSubject)?;
        let mut keys = Vec::with_capacity(subject.dids.len());
        let mut signer = None;
        for did in &subject.dids {
            let key = self.subjects.signing_key(did).await?;
            keys.push(self.jwk(&key.id).await?);
            signer.get_or_insert(key);
        }
        let signer = signer.ok_or(StatementError::NoDid)?;
        let issuer = self.public_url.issuer(subject.id.as_str());
        let provider = Published { issuer: &issuer, has_authorization_endpoint: true }.to_value();
        let claims = json!({
            "iss": issuer,
            "sub": issuer,
            "iat": now.unix_timestamp(),
            "exp": (now + STATEMENT_LIFETIME).unix_timestamp(),
            "jwks": { "keys": keys },
            "metadata": { "openid_provider": provider },
        });
        let header = HeaderFields {
            algorithm: signer.algorithm,
            key_id: Some(signer.id.to_string()),
            typ: Some("JWT".to_owned()),
            extra: Map::new(),
        };
        let unsigned = Unsigned::new(header, claims.to_string().as_bytes());
        let signature = self.keys.sign(&signer.id, unsigned.signing_input()).await?;
        Ok(unsigned.attach(&signature))
    }

    async fn jwk(&self, id: &DidUrl) -> Result<Value, KeyError> {
        let mut jwk = Map::new();
        jwk.insert("kid".to_owned(), id.to_string().into());
        jwk.extend(self.keys.public_key(id).await?.to_jwk());
        Ok(Value::Object(jwk))
    }

    async fn issuer_of(&self, subject: &str) -> Result<String, DescribeError> {
        let subject = self.subjects.find(subject).await?.ok_or(DescribeError::UnknownSubject)?;
        Ok(self.public_url.issuer(subject.id.as_str()))
    }
}

/// What this node says about itself as a client; only `vp_formats` means something to others.
fn client_metadata() -> Value {
    json!({
        "token_endpoint_auth_method": "none",
        "grant_types": [AUTHORIZATION_CODE, VP_TOKEN_BEARER],
        "response_types": ["code", "vp_token"],
        "software_id": "pecan",
        "software_version": env!("CARGO_PKG_VERSION"),
        "vp_formats": vp_formats(),
        "client_id_scheme": "entity_id",
    })
}
