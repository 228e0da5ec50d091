//! A node with the subject `hospital`, and outsiders who want tokens of it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::post;
use http::{Method, StatusCode};
use pecan_jose::dpop;
use pecan_node::policy;
use pecan_platform::Env;
use pecan_platform::clock::Clock as _;
use pecan_platform::session;
use pecan_platform::tasks::Tasks;
use pecan_testkit::{Answer, Folder, NodeOptions, TestNode, World};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use url::Url;

use crate::party::{P256, P256_OTHER, P384, Party};
use crate::store::Watched;

pub(crate) const ISSUER: &str = "https://hospital.example.nl/oauth2/hospital";
pub(crate) const TOKEN: &str = "/oauth2/hospital/token";
const PDP: &str = "pdp.example.nl";

/// The node and the parties around it.
pub(crate) struct Hospital {
    pub(crate) world: World,
    pub(crate) node: TestNode,
    pub(crate) sessions: Arc<Watched>,
    pub(crate) holder: Party,
    pub(crate) other: Party,
    pub(crate) issuer: Party,
    pub(crate) folder: Folder,
    env: Env,
    options: NodeOptions,
    tasks: Tasks,
    nonces: AtomicU64,
}

/// A token request that can be changed before it is sent.
#[derive(Clone)]
pub(crate) struct Form {
    pub(crate) fields: HashMap<&'static str, String>,
    pub(crate) dpop: Option<String>,
}

impl Form {
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.insert(name, value.into());
        self
    }

    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.fields.remove(name);
        self
    }

    pub(crate) fn proved(mut self, proof: impl Into<String>) -> Self {
        self.dpop = Some(proof.into());
        self
    }

    pub(crate) fn submission(self, definition: &str, format: &str, path: &str) -> Self {
        self.with("presentation_submission", submission(definition, "id_org", format, path))
    }
}

pub(crate) fn submission(definition: &str, id: &str, format: &str, path: &str) -> String {
    json!({
        "id": "s", "definition_id": definition,
        "descriptor_map": [{ "id": id, "format": format, "path": path }],
    })
    .to_string()
}

impl Hospital {
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// A hospital whose node is told something else, too.
    pub(crate) async fn with(change: impl FnOnce(&mut NodeOptions)) -> Self {
        let folder = Folder::with(&[("all.json", include_str!("policies.json"))]);
        let world = World::new();
        let mut env = world.env().await;
        let tasks = Tasks::default();
        let stored = session::start(&env.db, Arc::clone(&env.clock), &tasks).await.unwrap();
        let sessions = Arc::new(Watched::new(stored));
        env.sessions = Arc::clone(&sessions) as _;
        let mut options = NodeOptions {
            policy: policy::Settings {
                directory: Some(folder.path().to_owned()),
                authzen_endpoint: Some(Url::parse(&format!("https://{PDP}")).unwrap()),
                ..policy::Settings::default()
            },
            ..NodeOptions::default()
        };
        change(&mut options);
        let node = world.node_on(env.clone(), "hospital.example.nl", options.clone());
        let created = json!({ "subject": "hospital" });
        assert_eq!(node.post("/internal/vdr/v2/subject", &created).await.status, StatusCode::OK);
        sessions.take_writes();
        Self {
            holder: Party::new(&world, "holder.example.nl", P256),
            other: Party::new(&world, "other.example.nl", P256_OTHER),
            issuer: Party::new(&world, "issuer.example.nl", P384),
            nonces: AtomicU64::new(0),
            world,
            node,
            sessions,
            folder,
            env,
            options,
            tasks,
        }
    }

    /// The same node once more, over the same database.
    pub(crate) fn twin(&self) -> TestNode {
        self.world.node_on(self.env.clone(), "hospital.example.nl", self.options.clone())
    }

    /// Ends the tasks that write what the node stores.
    pub(crate) async fn stop_storing(&self) {
        self.tasks.stop(std::time::Duration::from_secs(5)).await;
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.world.clock.now()
    }

    pub(crate) fn nonce(&self) -> String {
        format!("nonce-{}", self.nonces.fetch_add(1, Ordering::Relaxed))
    }

    /// The holder's credential as a token.
    pub(crate) fn credential(&self) -> Value {
        self.issuer.organization_jwt(&self.holder.did, self.now())
    }

    /// The claims of a good presentation.
    pub(crate) fn claims(&self) -> Map<String, Value> {
        self.claims_of(&json!([self.credential()]))
    }

    pub(crate) fn claims_of(&self, credentials: &Value) -> Map<String, Value> {
        self.holder.claims(credentials, ISSUER, &self.nonce(), self.now())
    }

    /// A good request.
    pub(crate) fn good(&self) -> Form {
        Self::form(self.holder.token(&self.claims()))
    }

    /// A request with changed claims, signed by the holder.
    pub(crate) fn changed(&self, change: impl FnOnce(&mut Map<String, Value>)) -> Form {
        let mut claims = self.claims();
        change(&mut claims);
        Self::form(self.holder.token(&claims))
    }

    /// A request with an assertion.
    pub(crate) fn form(assertion: impl Into<String>) -> Form {
        let fields = HashMap::from([
            ("grant_type", "vp_token-bearer".to_owned()),
            ("client_id", "https://holder.example.nl/oauth2/holder".to_owned()),
            ("scope", "org-only".to_owned()),
            ("assertion", assertion.into()),
        ]);
        Form { fields, dpop: None }.submission("pd_org_only", "jwt_vc", "$.verifiableCredential[0]")
    }

    /// A proof for the token endpoint, changed before it is signed.
    pub(crate) fn proof(&self, change: impl FnOnce(&mut dpop::Draft<'_>)) -> String {
        let id = self.nonce();
        let mut draft = dpop::Draft {
            method: "POST",
            uri: "https://hospital.example.nl/oauth2/hospital/token",
            id: &id,
            issued_at: self.now(),
            access_token: None,
            nonce: None,
        };
        change(&mut draft);
        self.holder.proof(&draft)
    }

    pub(crate) async fn send(&self, form: &Form) -> Answer {
        Self::send_to(&self.node, form).await
    }

    pub(crate) async fn send_to(node: &TestNode, form: &Form) -> Answer {
        let fields: Vec<(&str, &str)> =
            form.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        node.form(TOKEN, &fields, form.dpop.as_deref()).await
    }

    /// Sends a request that is granted; the access token.
    pub(crate) async fn granted(&self, form: &Form) -> String {
        let answer = self.send(form).await.expect(200).json();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// Asks what a token stands for.
    pub(crate) async fn introspect(&self, token: &str) -> Answer {
        self.introspect_at("/internal/auth/v2/accesstoken/introspect", token).await
    }

    pub(crate) async fn introspect_at(&self, path: &str, token: &str) -> Answer {
        self.introspect_raw(
            path,
            Some("application/x-www-form-urlencoded"),
            format!("token={token}"),
        )
        .await
    }

    pub(crate) async fn introspect_raw(
        &self,
        path: &str,
        content_type: Option<&str>,
        body: String,
    ) -> Answer {
        let mut request = http::Request::builder().method(Method::POST).uri(path);
        if let Some(content_type) = content_type {
            request = request.header("Content-Type", content_type);
        }
        self.internal(request.body(body.into()).unwrap()).await
    }

    async fn internal(&self, request: http::Request<axum::body::Body>) -> Answer {
        use http_body_util::BodyExt as _;
        use tower::ServiceExt as _;
        let response = self.node.internal.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Lets the decision point answer; what it is asked.
    pub(crate) fn decide(&self, status: StatusCode, answer: &str) -> Arc<Mutex<Vec<Value>>> {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, log) = (answer.to_owned(), Arc::clone(&asked));
        let handler = move |body: String| async move {
            log.lock().unwrap().push(serde_json::from_str(&body).unwrap());
            (status, answer)
        };
        self.world.network.serve(PDP, Router::new().route("/access/v1/evaluations", post(handler)));
        asked
    }
}

/// Checks that a request is refused, that nothing was issued, and whether its nonce is used up.
pub(crate) async fn refused(
    hospital: &Hospital,
    what: &str,
    form: &Form,
    expected: &str,
    is_nonce_burned: bool,
) {
    hospital.sessions.take_writes();
    let answer = hospital.send(form).await;
    let (code, description) = expected.split_once(" - ").unwrap();
    let status = if code == "server_error" { 500 } else { 400 };
    let body = answer.json();
    assert_eq!(answer.status, status, "{what}: {body}");
    assert_eq!(body["error"], code, "{what}: {body}");
    let text = body["error_description"].as_str().unwrap_or_default();
    match description.strip_suffix('…') {
        Some(start) => assert!(text.starts_with(start), "{what}: {text}"),
        None => assert_eq!(text, description, "{what}"),
    }
    assert_eq!(answer.header("cache-control"), "no-cache", "{what}");
    assert_eq!(answer.header("pragma"), "no-store", "{what}");
    let writes = hospital.sessions.take_writes();
    assert!(!writes.contains(&"serveraccesstoken"), "{what}: {writes:?}");
    assert_eq!(writes.contains(&"s2s/nonce"), is_nonce_burned, "{what}: {writes:?}");
}
