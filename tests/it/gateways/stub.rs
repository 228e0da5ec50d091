//! A FHIR server that knows one Task and remembers what it was asked.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// The URA of the organisation that the Task is for.
pub(crate) const RECEIVER_URA: &str = "12345678";

/// The most bytes of a body that are read.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// The server, at two addresses: the gateway passes requests on to one, the node looks things up at the other.
pub(crate) struct Stub {
    pub(crate) port_for_gateway: u16,
    pub(crate) port_for_node: u16,
    passed: Arc<Mutex<Vec<Passed>>>,
    // The servers end with this value.
    _serving: JoinSet<()>,
}

/// A request that the gateway let pass.
#[derive(Clone, Debug)]
pub(crate) struct Passed {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Stub {
    pub(crate) async fn start() -> Self {
        let passed = Arc::new(Mutex::new(Vec::new()));
        let mut serving = JoinSet::new();
        let for_gateway = Router::new().fallback(answer_gateway).with_state(Arc::clone(&passed));
        let for_node = Router::new().fallback(answer);
        let port_for_gateway = serve(for_gateway, &mut serving).await;
        let port_for_node = serve(for_node, &mut serving).await;
        Self { port_for_gateway, port_for_node, passed, _serving: serving }
    }

    /// What has passed since this was asked last.
    pub(crate) fn take_passed(&self) -> Vec<Passed> {
        std::mem::take(&mut self.passed.lock().unwrap())
    }
}

/// The Task in a state.
pub(crate) fn task(status: &str) -> Value {
    json!({
        "resourceType": "Task",
        "id": "1",
        "meta": {"versionId": "1"},
        "status": status,
        "intent": "proposal",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "308292007"}]},
        "owner": {"identifier": {"system": "http://fhir.nl/fhir/NamingSystem/ura", "value": RECEIVER_URA}},
    })
}

async fn serve(router: Router, serving: &mut JoinSet<()>) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
    port
}

async fn answer_gateway(
    State(passed): State<Arc<Mutex<Vec<Passed>>>>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_BYTES_MAX).await.unwrap();
    let seen = Passed {
        method: parts.method.clone(),
        target: parts.uri.to_string(),
        headers: parts.headers.clone(),
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    passed.lock().unwrap().push(seen);
    answer(Request::from_parts(parts, Body::empty())).await
}

async fn answer(request: Request) -> Response {
    match (request.method().as_str(), request.uri().path()) {
        ("GET" | "HEAD" | "PUT", "/fhir/Task/1") => {
            let headers =
                [(header::CONTENT_TYPE, "application/fhir+json"), (header::ETAG, "W/\"1\"")];
            (headers, task("requested").to_string()).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
