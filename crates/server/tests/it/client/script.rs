//! An authorization server that answers what it is told to.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use pecan_testkit::{Sent, World};
use serde_json::{Value, json};

pub(super) const AS_HOST: &str = "as.example.nl";

/// What is answered: status, content type, more headers, body.
#[derive(Clone)]
pub(super) struct Reply(u16, &'static str, Vec<(&'static str, String)>, String);

impl Reply {
    pub(super) fn new(status: u16, content_type: &'static str, body: &str) -> Self {
        Self(status, content_type, Vec::new(), body.to_owned())
    }

    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", &body.to_string())
    }

    pub(super) fn error(status: u16, code: &str, description: &str) -> Self {
        Self::json(status, &json!({"error": code, "error_description": description}))
    }

    pub(super) fn with(mut self, header: &'static str, value: &str) -> Self {
        self.2.push((header, value.to_owned()));
        self
    }
}

struct Replies {
    inserted: Reply,
    appended: Reply,
    definition: Reply,
    /// In turn; the last one stays.
    tokens: Vec<Reply>,
}

pub(super) struct Script {
    network: Arc<pecan_testkit::InProcessNetwork>,
    replies: Arc<Mutex<Replies>>,
}

impl Script {
    pub(super) fn new(world: &World) -> Self {
        let replies = Arc::new(Mutex::new(Replies {
            inserted: Reply::json(200, &metadata()),
            appended: Reply::new(404, "text/plain", "nope"),
            definition: Reply::json(200, &definition()),
            tokens: vec![Reply::json(200, &token())],
        }));
        let shared = Arc::clone(&replies);
        let router = Router::new().fallback(move |request: Request| {
            let reply = answer(&shared, request.uri().path());
            async move { response(reply) }
        });
        world.network.serve(AS_HOST, router);
        Self { network: Arc::clone(&world.network), replies }
    }

    pub(super) fn metadata(&self, inserted: Reply, appended: Reply) {
        let mut replies = self.replies.lock().unwrap();
        replies.inserted = inserted;
        replies.appended = appended;
    }

    /// Usual metadata, changed; null takes a member away.
    pub(super) fn metadata_with(&self, change: &Value) {
        let mut changed = metadata();
        for (name, value) in change.as_object().unwrap() {
            changed[name] = value.clone();
        }
        changed.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        self.replies.lock().unwrap().inserted = Reply::json(200, &changed);
    }

    pub(super) fn definition(&self, reply: Reply) {
        self.replies.lock().unwrap().definition = reply;
    }

    pub(super) fn tokens(&self, replies: impl IntoIterator<Item = Reply>) {
        self.replies.lock().unwrap().tokens = replies.into_iter().collect();
    }

    /// What was sent here since this was last asked.
    pub(super) fn take_sent(&self) -> Vec<Sent> {
        let here = |sent: &Sent| sent.url.host_str() == Some(AS_HOST);
        self.network.take_sent().into_iter().filter(here).collect()
    }
}

/// The usual metadata.
pub(super) fn metadata() -> Value {
    let issuer = format!("https://{AS_HOST}/as/x");
    let algorithms = json!({"alg_values_supported": ["ES256", "EdDSA"]});
    let proofs = json!({"proof_type_values_supported": ["JsonWebSignature2020"]});
    json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}/token"),
        "presentation_definition_endpoint": format!("{issuer}/pd"),
        "vp_formats_supported": {"jwt_vp_json": algorithms, "jwt_vc_json": algorithms, "ldp_vc": proofs, "ldp_vp": proofs},
        "did_methods_supported": ["web", "jwk", "key", "x509"],
    })
}

/// The usual definition: an organisation credential, with name and city.
pub(super) fn definition() -> Value {
    let both = |member: &str| {
        json!([
            format!("$.credentialSubject.organization.{member}"),
            format!("$.credentialSubject[0].organization.{member}")
        ])
    };
    json!({"id": "pd_org_only", "input_descriptors": [{"id": "id_org", "constraints": {"fields": [
        {"path": ["$.type"], "filter": {"type": "string", "const": "NutsOrganizationCredential"}},
        {"path": ["$.issuer"], "filter": {"type": "string", "pattern": "^did:web:hospital"}},
        {"id": "organization_name", "path": both("name"), "filter": {"type": "string"}},
        {"id": "organization_city", "path": both("city"), "filter": {"type": "string"}},
    ]}}]})
}

/// The usual token, with members that nobody needs.
pub(super) fn token() -> Value {
    json!({"access_token": "tok-1", "token_type": "DPoP", "expires_in": 900, "extra": 1, "dpop_kid": "evil"})
}

fn answer(replies: &Mutex<Replies>, path: &str) -> Reply {
    let mut replies = replies.lock().unwrap();
    match path {
        "/.well-known/oauth-authorization-server/as/x" => replies.inserted.clone(),
        "/as/x/.well-known/oauth-authorization-server" => replies.appended.clone(),
        "/as/x/pd" => replies.definition.clone(),
        "/as/x/token" if replies.tokens.len() > 1 => replies.tokens.remove(0),
        "/as/x/token" => replies.tokens[0].clone(),
        _ => Reply::new(404, "text/plain", "not here"),
    }
}

fn response(Reply(status, content_type, headers, body): Reply) -> Response {
    let mut response = Response::builder().status(status).header("content-type", content_type);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Body::from(body)).unwrap()
}
