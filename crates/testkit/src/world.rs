//! Nodes in one world: one clock, one network.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use http::{Method, Request, header};
use http_body_util::BodyExt as _;
use pecan_node::{Node, PublicUrl, Settings, decision_point, gateway, policy, verifier};
use pecan_platform::Env;
use pecan_platform::clock::Clock;
use pecan_platform::session::SessionStore;
use pecan_platform::session::memory::MemorySessions;
use pecan_platform::sql::Db;
use pecan_server::App;
use pecan_server::routes::{self, Listener};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::network::{self, InProcessNetwork};
use crate::{Answer, InMemoryVault, ManualClock, SeededRandom};

/// A clock and a network that nodes share.
#[derive(Default)]
pub struct World {
    /// Stands still until a test moves it.
    pub clock: Arc<ManualClock>,
    /// Leads from host to node.
    pub network: Arc<InProcessNetwork>,
    nodes: AtomicU64,
}

/// What differs among nodes.
#[derive(Clone, Debug, Default)]
pub struct NodeOptions {
    /// Where its policies are.
    pub policy: policy::Settings,
    /// What it does about unknown statuses.
    pub status: verifier::status::Settings,
    /// Where its access policies are.
    pub decision_point: decision_point::Settings,
    /// The gateways before it.
    pub gateway: Option<gateway::Settings>,
}

/// A complete node at `https://<host>`.
pub struct TestNode {
    /// Its public base URL.
    pub url: String,
    /// The node.
    pub node: Arc<Node>,
    /// Its public listener.
    pub public: Router,
    /// Its internal listener.
    pub internal: Router,
    /// Its listener for gateways.
    pub gateway: Router,
}

impl World {
    /// A world at nine in the morning, empty.
    pub fn new() -> Self {
        Self::default()
    }

    /// The ports of a new node in this world, with a database of its own.
    pub async fn env(&self) -> Env {
        let seed = self.nodes.fetch_add(1, Ordering::Relaxed);
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let sessions: Arc<dyn SessionStore> = Arc::new(MemorySessions::default());
        Env {
            clock,
            random: Arc::new(SeededRandom::new(seed)),
            http: network::port(&self.network),
            sessions,
            vault: Arc::new(InMemoryVault::default()),
            db: Db::in_memory().await.expect("SQLite opens in memory"),
        }
    }

    /// A node that answers for a host (`clinic.example.nl`).
    pub async fn node(&self, host: &str, options: NodeOptions) -> TestNode {
        let env = self.env().await;
        self.node_on(env, host, options)
    }

    /// A node over given ports, such as a database that it shares with another.
    pub fn node_on(&self, env: Env, host: &str, options: NodeOptions) -> TestNode {
        let url = format!("https://{host}");
        let settings = Settings {
            public_url: PublicUrl::parse(&url).expect("a host makes a URL"),
            strict: false,
            policy: options.policy,
            status: options.status,
            decision_point: options.decision_point,
            gateway: options.gateway,
        };
        let node = Arc::new(Node::new(settings, env).expect("the policies load"));
        let app = App::new(Arc::clone(&node), pecan_server::Settings::default());
        let public = routes::router(Listener::Public, &app);
        let internal = routes::router(Listener::Internal, &app);
        let gateway = routes::router(Listener::Gateway, &app);
        self.network.serve(host, public.clone());
        TestNode { url, node, public, internal, gateway }
    }
}

impl TestNode {
    /// Calls the internal API with a JSON body, or none.
    pub async fn internal(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        send(&self.internal, request.body(body).expect("a test writes a path")).await
    }

    /// Sends any request to the internal listener.
    pub async fn internal_request(&self, request: Request<Body>) -> Answer {
        send(&self.internal, request).await
    }

    /// Sends any request to the listener for gateways.
    pub async fn gateway_request(&self, request: Request<Body>) -> Answer {
        send(&self.gateway, request).await
    }

    /// Posts JSON to the internal API.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.internal(Method::POST, path, Some(body)).await
    }

    /// Sends any request to the public listener.
    pub async fn public(&self, request: Request<Body>) -> Answer {
        send(&self.public, request).await
    }

    /// Gets from the public listener.
    pub async fn get(&self, path: &str) -> Answer {
        self.public(Request::get(path).body(Body::empty()).expect("a test writes a path")).await
    }

    /// Posts a form to the public listener, asking for JSON, with a DPoP proof or without.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)], dpop: Option<&str>) -> Answer {
        let mut request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json");
        if let Some(proof) = dpop {
            request = request.header("DPoP", proof);
        }
        self.public(request.body(Body::from(form(fields))).expect("a test writes a path")).await
    }
}

/// Fields as `application/x-www-form-urlencoded`.
fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.expect("a router always answers");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a body in memory ends").to_bytes();
    Answer { status: parts.status, headers: parts.headers, body }
}
