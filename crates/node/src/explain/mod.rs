//! Says to an operator which credentials would be presented for a scope, or why none would.
//!
//! Does what a token request does up to the choice, and then looks at every credential again, also at those that a request never
//! sees: expired, revoked, not offered to this server. Sends nothing but the requests for metadata and definition. What it says is
//! for the operator of the holder's node and never for a peer.

mod advice;
mod check;
mod facts;
mod wallet;

use std::sync::Arc;

use pecan_credentials::exchange::select::Selection;
use pecan_credentials::exchange::{Definition, DefinitionError};
use pecan_credentials::format::PresentationFormat;
use pecan_oauth::metadata::AuthorizationServerMetadata;
use pecan_platform::Env;
use pecan_platform::sql::SqlError;
use serde_json::Value;

pub use facts::{
    CandidateFacts, Check, CredentialFacts, DefinitionFacts, DescriptorFacts, Explanation,
    FieldFacts, Fit, ServerFacts, WalletFacts, WalletOutcome,
};

use crate::client::{Client, ServiceTokenError, self_attested, wanted};
use crate::failure::FailureKind;
use crate::policy::Policies;
use crate::verifier::Verifier;
use crate::wallet::Wallet;

/// What is to be explained.
#[derive(Clone, Debug)]
pub struct Question {
    /// Whose wallet.
    pub subject: String,
    /// What is asked of it.
    pub about: About,
    /// Self-attested credentials, as in a token request.
    pub credentials: Vec<Value>,
    /// Field ids and values, as in a token request.
    pub selection: Selection,
}

/// Where a definition comes from.
#[derive(Clone, Debug)]
pub enum About {
    /// The local policy, by scope.
    Scope(String),
    /// The question itself.
    Definition(Value),
    /// Another authorization server, by scope.
    Server {
        /// Its issuer identifier.
        authorization_server: String,
        /// The scope.
        scope: String,
    },
}

/// Why there is no explanation.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The subject or the self-attested credentials are not what a token request would take.
    #[error(transparent)]
    Request(ServiceTokenError),
    /// The definition of the question is none.
    #[error(transparent)]
    Definition(#[from] DefinitionError),
    /// The database failed.
    #[error("internal error")]
    Sql(#[from] SqlError),
    /// Comparing ended in a crash.
    #[error("internal error")]
    Failed,
}

impl ExplainError {
    /// Whose fault it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Request(error) => error.kind(),
            Self::Definition(_) => FailureKind::Invalid,
            Self::Sql(_) | Self::Failed => FailureKind::Internal,
        }
    }
}

/// Explains choices. Cheap to clone.
#[derive(Clone)]
pub struct Explainer {
    env: Env,
    client: Client,
    policies: Policies,
    wallet: Wallet,
    verifier: Verifier,
}

/// What is asked for, and by whom.
struct Asked {
    definition: Definition,
    source: String,
    server: Option<Arc<AuthorizationServerMetadata>>,
}

impl Explainer {
    /// An explainer that looks where the client looks.
    pub fn new(
        env: Env,
        client: Client,
        policies: Policies,
        wallet: Wallet,
        verifier: Verifier,
    ) -> Self {
        Self { env, client, policies, wallet, verifier }
    }

    /// Explains what a subject would present, or why nothing.
    pub async fn explain(&self, question: &Question) -> Result<Explanation, ExplainError> {
        let now = self.env.clock.now();
        let subject = self.client.find_subject(&question.subject).await;
        let subject = subject.map_err(ExplainError::Request)?;
        self_attested::check(&question.credentials).map_err(ExplainError::Request)?;
        let asked = match self.asked(question).await {
            Ok(asked) => asked,
            Err(AskError::Definition(error)) => return Err(error.into()),
            Err(AskError::Refused(error)) => return Ok(advice::unanswered(question, &error)),
        };
        let format = asked.format();
        let view = Arc::new(wallet::View {
            selection: question.selection.clone(),
            credentials: question.credentials.clone(),
            definition: asked.definition.clone(),
            did_methods: asked.server.as_ref().map(|server| server.did_methods_supported.clone()),
            format: format.as_ref().and_then(|format| format.as_ref().ok().copied()),
            now,
        });
        let mut wallets = Vec::new();
        for did in &subject.dids {
            wallets.push(self.look_into(did, &view).await?);
        }
        wallet::settle(&mut wallets);
        Ok(advice::explanation(question, &asked, format, wallets))
    }

    async fn asked(&self, question: &Question) -> Result<Asked, AskError> {
        match &question.about {
            About::Definition(definition) => Ok(Asked {
                definition: Definition::compile_received(definition)?,
                source: "the question".to_owned(),
                server: None,
            }),
            About::Scope(scope) => Ok(Asked {
                definition: wanted::local(&self.policies, scope)?.definition,
                source: format!("the local policy for `{scope}`"),
                server: None,
            }),
            About::Server { authorization_server, scope } => {
                let server = self.client.remote().metadata(authorization_server).await;
                let server = server.map_err(ServiceTokenError::from)?;
                let definition = self.client.wanted(&server, scope).await?.definition;
                let source = server.presentation_definition_endpoint.clone();
                let source = source.unwrap_or_else(|| format!("the local policy for `{scope}`"));
                Ok(Asked { definition, source, server: Some(server) })
            }
        }
    }
}

impl Asked {
    /// The format of the presentation; `None` where no server has a say in it.
    fn format(&self) -> Option<Result<PresentationFormat, String>> {
        let server = self.server.as_ref()?;
        let format = self.definition.presentation_format(&server.vp_formats_supported);
        Some(format.map_err(|error| error.to_string()))
    }
}

enum AskError {
    Definition(DefinitionError),
    /// A token request would end with this.
    Refused(ServiceTokenError),
}

impl From<DefinitionError> for AskError {
    fn from(error: DefinitionError) -> Self {
        Self::Definition(error)
    }
}

impl From<ServiceTokenError> for AskError {
    fn from(error: ServiceTokenError) -> Self {
        Self::Refused(error)
    }
}
