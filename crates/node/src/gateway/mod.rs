//! Decides for API gateways whether a request may reach what is behind them.
//!
//! A gateway tells what it received; the answer is allow or deny, with a reason for the operator, an identity for the service
//! behind, and obligations. Token, proof, request and policy are decided in one call, so that no part of it can be forgotten.
//! Everything fails closed. [`decide`](Gateway::decide) is the order of the checks.

mod access;
mod decide;
mod decision;
mod describe;
mod dialect;
mod facts;
mod headers;
mod http;
mod identity;
mod input;
mod log;
mod lookup;
mod masking;
mod metadata;
mod nonce;
mod obligations;
mod policies;
mod proof;
mod question;
mod refuse;
mod registration;
mod registry;
mod route;
mod routes;
mod settings;
mod signer;
mod target;
mod token;

use std::sync::Arc;

use pecan_platform::Env;
use serde_json::Value;

use self::registry::Registry;
use self::routes::Routes;
use self::signer::Signer;
use crate::access_facts::AccessFacts;
use crate::authorization_server::AuthorizationServer;
use crate::decision_point::DecisionPoint;
use crate::key::{KeyError, Keys};

pub use decision::{Allowed, Decision, Denied, Identity, Narrowing, Outcome, Refusal};
pub use describe::{Description, describe};
pub use dialect::{
    CertificateForm, CertificateSource, CertificateVerified, Dialect, OriginalHeaders,
};
pub use question::{Body, Certificate, Question};
pub use registration::{Abilities, Credential, Registration};
pub use registry::Presented;
pub use route::{Route, RouteKind};
pub use settings::{Settings, SettingsError};

/// Decides. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    env: Env,
    authorization_server: AuthorizationServer,
    decision_point: DecisionPoint,
    access_facts: AccessFacts,
    prepared: Arc<Tables>,
}

/// What is made of the settings, once.
struct Tables {
    registry: Registry,
    routes: Routes,
    signer: Signer,
}

impl Gateway {
    /// A decider over its parts. Fails if settings contradict themselves.
    pub fn new(
        env: Env,
        settings: &Settings,
        authorization_server: AuthorizationServer,
        decision_point: DecisionPoint,
        access_facts: AccessFacts,
    ) -> Result<Self, SettingsError> {
        settings.check()?;
        let public_url = authorization_server.public_url();
        let prepared = Tables {
            registry: Registry::new(&settings.gateways),
            routes: Routes::new(&settings.routes, |subject| public_url.issuer(subject))?,
            signer: Signer::new(Keys::new(env.clone()), public_url.as_str().to_owned()),
        };
        let prepared = Arc::new(prepared);
        Ok(Self { env, authorization_server, decision_point, access_facts, prepared })
    }

    /// The registration of whoever asks; `None` if there is none.
    pub fn authenticate(&self, presented: Presented<'_>) -> Option<Arc<Registration>> {
        self.prepared.registry.find(presented)
    }

    /// The keys that `X-Pecan-Identity` is signed with, as a JWK set (RFC 7517 §5).
    pub async fn identity_keys(&self) -> Result<Value, KeyError> {
        self.prepared.signer.key_set().await
    }

    /// The metadata of a protected resource by its URL (RFC 9728 §2); `None` if no route has this URL.
    pub fn protected_resource(&self, route_url: &str) -> Option<Value> {
        self.prepared.routes.find_by_url(route_url).map(metadata::of)
    }
}
