//! Decisions for gateways: a clinic with a token of the hospital, and a gateway before the hospital's FHIR server.

mod identity;
mod log;
mod narrowing;
mod policies;
mod proofs;
mod requests;
mod tokens;
mod two_nodes;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use pecan_credentials::did::DidUrl;
use pecan_jose::{digest, dpop};
use pecan_node::access_facts::AccessFacts;
use pecan_node::authorization_server::AuthorizationServer;
use pecan_node::decision_point::{self, DecisionPoint};
use pecan_node::gateway::{
    Abilities, Allowed, Body, Credential, Decision, Denied, Gateway, OriginalHeaders, Outcome,
    Presented, Question, Refusal, Registration, Route, RouteKind, Settings,
};
use pecan_platform::Env;
use pecan_platform::clock::Clock as _;
use pecan_testkit::{Folder, Scenario};
use serde_json::{Map, Value, json};
use time::Duration;
use url::Url;

use crate::party::Network;

/// The public URL of the route.
pub(crate) const URL: &str = "https://api.hospital.example.nl/fhir";
pub(crate) const AUTHORITY: &str = "api.hospital.example.nl";
const SECRET: &str = "of the gateway";
/// Where the hospital's FHIR server is.
pub(crate) const SERVER: &str = "http://fhir.internal:8080/fhir";

/// Allows to read a Task and nothing else.
pub(crate) const READ_TASK: &str = r#"package test
default allow := false
allow if {
	input.action.fhir_rest.interaction_type == "read"
	input.resource.type == "Task"
}
reasons contains {"code": "not_allowed", "description": "only Tasks are read here"} if not allow
"#;

/// A gateway before the hospital.
pub(crate) struct Gate {
    pub(crate) scenario: Scenario,
    pub(crate) gateway: Gateway,
    pub(crate) registration: Arc<Registration>,
    pub(crate) network: Arc<Network>,
    _policies: Folder,
}

/// An access token of the clinic.
pub(crate) struct Token {
    pub(crate) text: String,
    /// The key that it is bound to; empty if to none.
    pub(crate) key_id: String,
}

/// What the clinic writes into a proof.
#[derive(Clone)]
pub(crate) struct Draft<'a> {
    pub(crate) method: &'a str,
    pub(crate) uri: &'a str,
    pub(crate) id: &'a str,
    /// How long ago.
    pub(crate) age: Duration,
    pub(crate) nonce: Option<&'a str>,
    pub(crate) token: &'a str,
}

impl Gate {
    pub(crate) async fn new(policy: &str) -> Self {
        Self::with(policy, |_| {}).await
    }

    /// The same with other settings.
    pub(crate) async fn with(policy: &str, change: impl FnOnce(&mut Settings)) -> Self {
        Self::with_files(&[("test.rego", policy)], change).await
    }

    /// The same with a folder of policies.
    pub(crate) async fn with_files(
        files: &[(&str, &str)],
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let scenario = Scenario::with_credential("jwt_vc").await;
        Self::before(scenario, Folder::with(files), change)
    }

    /// A gateway before the hospital of a scenario.
    pub(crate) fn before(
        scenario: Scenario,
        policies: Folder,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let network = Arc::new(Network::default());
        let env = Env { http: network.clone(), ..scenario.hospital.node.env.clone() };
        let mut settings = Settings { gateways: vec![registration()], routes: vec![route()] };
        change(&mut settings);
        let gateway = gateway(&scenario, env, &settings, &policies);
        let registration = gateway
            .authenticate(Presented { secret: Some(SECRET), certificate_subject: None })
            .expect("it is registered");
        Self { scenario, gateway, registration, network, _policies: policies }
    }

    pub(crate) async fn bearer(&self) -> Token {
        self.token("Bearer").await
    }

    pub(crate) async fn bound(&self) -> Token {
        self.token("DPoP").await
    }

    async fn token(&self, token_type: &str) -> Token {
        self.token_for(&json!({ "scope": "test", "token_type": token_type })).await
    }

    /// A token that the clinic asks for with these members.
    pub(crate) async fn token_for(&self, members: &Value) -> Token {
        let answer = self.scenario.request_token_for(members).await.expect(200).json();
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        Token { text: text("access_token"), key_id: text("dpop_kid") }
    }

    /// A proof of the clinic.
    pub(crate) async fn proof(&self, token: &Token, draft: Draft<'_>) -> String {
        let keys = &self.scenario.clinic.node.keys;
        let id = DidUrl::parse(&token.key_id).unwrap();
        let key = keys.public_key(&id).await.unwrap();
        let draft = dpop::Draft {
            method: draft.method,
            uri: draft.uri,
            id: draft.id,
            issued_at: self.scenario.world.clock.now() - draft.age,
            access_token: Some(draft.token),
            nonce: draft.nonce,
        };
        let unsigned = dpop::draft(&draft, &key, key.algorithm().unwrap()).unwrap();
        let signature = keys.sign(&id, unsigned.signing_input()).await.unwrap();
        unsigned.attach(&signature)
    }

    pub(crate) async fn decide(&self, question: Question) -> Decision {
        self.gateway.decide(&self.registration, question).await
    }

    pub(crate) async fn allowed(&self, question: Question) -> Allowed {
        match self.decide(question).await.outcome {
            Outcome::Allow(allowed) => *allowed,
            Outcome::Deny(denied) => panic!("denied: {}", denied.reason),
        }
    }

    pub(crate) async fn denied(&self, question: Question) -> Denied {
        match self.decide(question).await.outcome {
            Outcome::Allow(_) => panic!("allowed"),
            Outcome::Deny(denied) => denied,
        }
    }

    /// The request is refused with 403, for this reason.
    pub(crate) async fn forbids(&self, question: Question, reason: &str) {
        let denied = self.denied(question).await;
        assert_eq!(denied.refusal, Refusal::Forbidden, "{}", denied.reason);
        assert!(denied.reason.contains(reason), "{}", denied.reason);
    }

    /// The request is refused with 401, with this error and for this reason.
    pub(crate) async fn challenges(&self, question: Question, error: Option<&str>, reason: &str) {
        let denied = self.denied(question).await;
        let Refusal::Unauthenticated { error: told, resource_metadata, .. } = denied.refusal else {
            panic!("forbidden: {}", denied.reason);
        };
        assert_eq!(told, error, "{}", denied.reason);
        assert!(denied.reason.contains(reason), "{}", denied.reason);
        let metadata = "https://api.hospital.example.nl/.well-known/oauth-protected-resource/fhir";
        assert_eq!(resource_metadata.as_deref(), Some(metadata));
    }
}

/// A decider on the parts of the hospital's node.
pub(crate) fn gateway(
    scenario: &Scenario,
    env: Env,
    settings: &Settings,
    policies: &Folder,
) -> Gateway {
    let node = &scenario.hospital.node;
    let server = node.authorization_server.clone();
    gateway_on(env, settings, server, node.access_facts.clone(), policies)
}

/// A decider on these parts.
pub(crate) fn gateway_on(
    env: Env,
    settings: &Settings,
    server: AuthorizationServer,
    access_facts: AccessFacts,
    policies: &Folder,
) -> Gateway {
    let from = decision_point::Settings {
        policies: Some(policies.path().to_owned()),
        ..decision_point::Settings::default()
    };
    let decision_point = DecisionPoint::load(from, env.clone()).unwrap();
    Gateway::new(env, settings, server, decision_point, access_facts).unwrap()
}

/// What a good proof for a GET of a Task says.
pub(crate) fn draft<'a>(token: &'a Token, id: &'a str) -> Draft<'a> {
    Draft {
        method: "GET",
        uri: "https://api.hospital.example.nl/fhir/Task/1",
        id,
        age: Duration::seconds(1),
        nonce: None,
        token: &token.text,
    }
}

pub(crate) fn registration() -> Registration {
    Registration {
        name: "edge".to_owned(),
        credential: Credential::Secret(digest::sha256(SECRET.as_bytes())),
        abilities: Abilities { tells_body: true, sets_headers: true, ..Abilities::default() },
        dialects: BTreeSet::new(),
        original: OriginalHeaders::default(),
        certificate: None,
    }
}

pub(crate) fn route() -> Route {
    Route {
        name: "fhir".to_owned(),
        url: Url::parse(URL).unwrap(),
        gateway_path: None,
        gateways: Vec::new(),
        subject: "hospital".to_owned(),
        kind: RouteKind::FhirR4,
        policies: BTreeMap::new(),
        fhir_server: Some(Url::parse(SERVER).unwrap()),
        holder_ura: "87654321".to_owned(),
        holder_facility_type: "V4".to_owned(),
        requires_nonce: false,
        requires_certificate: false,
    }
}

pub(crate) fn question(method: &str, target: &str, headers: &[(&str, &str)]) -> Question {
    let header = |(name, value): &(&str, &str)| {
        ((*name).to_owned(), Bytes::copy_from_slice(value.as_bytes()))
    };
    Question {
        method: method.to_owned(),
        scheme: None,
        authority: Some(AUTHORITY.to_owned()),
        target: target.to_owned(),
        headers: headers.iter().map(header).collect(),
        body: Body::Whole(Bytes::new()),
        certificate: None,
        introspection: None,
        context: Map::new(),
    }
}

/// A question with a bearer token.
pub(crate) fn with_bearer(token: &Token, method: &str, target: &str) -> Question {
    question(method, target, &[("Authorization", &format!("Bearer {}", token.text))])
}

pub(crate) fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

pub(crate) fn header<'a>(allowed: &'a Allowed, name: &str) -> &'a str {
    let found = allowed.identity.headers.iter().find(|(known, _)| known == name);
    &found.expect("it is always set").1
}
