//! What this node does, one folder per capability. This file wires, nothing imports from it but the shared words below.
//!
//! A folder may use folders to its left, never to its right:
//! `key · resolver · decision_point → policy → subject · verifier → issuer · wallet · access_facts → authorization_server · client →
//! explain · gateway`.

pub mod access_facts;
pub mod authorization_server;
pub mod client;
pub mod decision_point;
pub mod explain;
pub mod failure;
pub mod gateway;
pub mod issuer;
pub mod key;
pub mod policy;
pub mod public_url;
mod recent;
pub mod resolver;
pub mod subject;
pub mod verifier;
pub mod wallet;

use std::sync::Arc;

use pecan_credentials::contexts::BUILT_IN;
use pecan_jsonld::contexts::Contexts;
use pecan_jsonld::processor::Processor;
use pecan_platform::Env;
use pecan_platform::tasks::Tasks;

pub use failure::FailureKind;
pub use public_url::PublicUrl;

/// What a node is told about itself.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the world reaches it.
    pub public_url: PublicUrl,
    /// Strict mode: `https` only, no reserved hosts, no non-public addresses (contract/platform.md 2.12).
    pub strict: bool,
    /// Policy files and the decision point that they may name.
    pub policy: policy::Settings,
    /// What is done about a credential status that cannot be determined.
    pub status: verifier::status::Settings,
    /// Where access policies are.
    pub decision_point: decision_point::Settings,
    /// The gateways before it, if it decides for any.
    pub gateway: Option<gateway::Settings>,
}

/// One node: its capabilities, wired together.
pub struct Node {
    /// What it was told.
    pub settings: Settings,
    /// The world that it lives in.
    pub env: Env,
    /// Private keys by key id.
    pub keys: key::Keys,
    /// DID documents, own and remote.
    pub resolver: resolver::Resolver,
    /// Scopes and their presentation definitions.
    pub policies: policy::Policies,
    /// Organisations that this node hosts.
    pub subjects: subject::Subjects,
    /// Checks credentials and presentations.
    pub verifier: verifier::Verifier,
    /// Issues and revokes credentials.
    pub issuer: issuer::Issuer,
    /// Keeps and presents credentials.
    pub wallet: wallet::Wallet,
    /// Grants and introspects access tokens.
    pub authorization_server: authorization_server::AuthorizationServer,
    /// Requests access tokens from others.
    pub client: client::Client,
    /// Says to operators why a token did not come.
    pub explainer: explain::Explainer,
    /// Asks access policies.
    pub decision_point: decision_point::DecisionPoint,
    /// Who may reach what.
    pub access_facts: access_facts::AccessFacts,
    /// Decides for gateways.
    pub gateway: Option<gateway::Gateway>,
}

/// Why a node was not made.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The policy files cannot be used.
    #[error("policy: {0}")]
    Policy(#[from] policy::LoadError),
    /// The access policies cannot be used.
    #[error("gateway.policies: {0}")]
    AccessPolicies(#[from] decision_point::LoadError),
    /// Gateways and routes cannot be used.
    #[error("gateway: {0}")]
    Gateway(#[from] gateway::SettingsError),
}

impl Node {
    /// Wires a node. Reads the policy files; the database is already migrated.
    pub fn new(settings: Settings, env: Env) -> Result<Self, StartError> {
        let processor = Arc::new(Processor::new(built_in_contexts()));
        let keys = key::Keys::new(env.clone());
        let resolver = resolver::Resolver::new(env.clone(), &settings.public_url);
        let decision_point =
            decision_point::DecisionPoint::load(settings.decision_point.clone(), env.clone())?;
        let policies = policy::Policies::load(
            &settings.policy,
            settings.strict,
            decision_point.clone(),
            env.clone(),
        )?;
        let subjects = subject::Subjects::new(
            env.clone(),
            settings.public_url.clone(),
            keys.clone(),
            resolver.own().clone(),
        );
        let verifier = verifier::Verifier::new(
            env.clone(),
            resolver.clone(),
            Arc::clone(&processor),
            settings.status,
        );
        let issuer = issuer::Issuer::new(
            env.clone(),
            settings.public_url.clone(),
            subjects.clone(),
            keys.clone(),
            verifier.clone(),
            Arc::clone(&processor),
        );
        verifier.set_own_status_lists(Arc::new(issuer.status_lists().clone()));
        let wallet = wallet::Wallet::new(
            env.clone(),
            subjects.clone(),
            keys.clone(),
            verifier.clone(),
            processor,
        );
        let authorization_server = authorization_server::AuthorizationServer::new(
            env.clone(),
            settings.public_url.clone(),
            subjects.clone(),
            policies.clone(),
            verifier.clone(),
            keys.clone(),
        );
        let client = client::Client::new(
            env.clone(),
            settings.public_url.clone(),
            subjects.clone(),
            policies.clone(),
            wallet.clone(),
            keys.clone(),
        );
        let explainer = explain::Explainer::new(
            env.clone(),
            client.clone(),
            policies.clone(),
            wallet.clone(),
            verifier.clone(),
        );
        let access_facts = access_facts::AccessFacts::new(env.clone(), subjects.clone());
        let gateway = match &settings.gateway {
            None => None,
            Some(gateway) => Some(gateway::Gateway::new(
                env.clone(),
                gateway,
                authorization_server.clone(),
                decision_point.clone(),
                access_facts.clone(),
            )?),
        };
        Ok(Self {
            settings,
            env,
            keys,
            resolver,
            policies,
            subjects,
            verifier,
            issuer,
            wallet,
            authorization_server,
            client,
            explainer,
            decision_point,
            access_facts,
            gateway,
        })
    }
}

impl Node {
    /// Starts the background work; it ends with `tasks`.
    pub fn watch(&self, tasks: &Tasks) {
        self.policies.watch(tasks);
        self.verifier.watch(tasks);
        self.access_facts.watch(tasks);
        self.decision_point.watch(tasks);
    }
}

/// The contexts that the executable carries.
fn built_in_contexts() -> Contexts {
    let mut contexts = Contexts::new();
    for (url, text) in BUILT_IN {
        contexts.insert(url, text).expect("a test compiles the built-in contexts");
    }
    contexts
}
