//! A reverse proxy as a policy enforcement point: for each request it asks the node whether it may pass, as Traefik and Caddy do.
//!
//! It decides nothing. Where the node says neither yes nor no, nothing passes.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pecan_platform::http::{self, HttpClient};
use url::Url;

/// The most bytes of a body.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Below this path a refusal points to metadata of the service (RFC 9728 §3.1), which are for everybody.
const METADATA: &str = "/.well-known/oauth-protected-resource/";

/// What belongs to one connection, and what the HTTP client writes by itself.
const HOP: [HeaderName; 8] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::HOST,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// What is between the client and the gateway only.
const CREDENTIALS: [&str; 3] = ["authorization", "dpop", "x-access-token"];

/// What an answer may tell the client.
const ANSWER: [&str; 6] = [
    "content-type",
    "etag",
    "last-modified",
    "www-authenticate",
    "dpop-nonce",
    "x-pecan-decision-id",
];

/// The proxy before one service.
pub(super) struct Proxy {
    /// Sends questions to the node and requests to the service.
    pub(super) client: Arc<dyn HttpClient>,
    /// Where the node is asked.
    pub(super) node: Url,
    /// What the proxy shows to the node.
    pub(super) secret: HeaderValue,
    /// Under which authority clients reach the proxy.
    pub(super) authority: HeaderValue,
    /// The service, without a path.
    pub(super) service: Url,
    /// What passed.
    pub(super) passed: Mutex<Passed>,
}

/// What passed a proxy.
#[derive(Clone, Debug, Default)]
pub(super) struct Passed {
    /// How many requests.
    pub(super) count: usize,
    /// What the service was told of the last one's client.
    pub(super) identity: HeaderMap,
}

impl Proxy {
    /// What passed so far.
    pub(super) fn passed(&self) -> Passed {
        self.passed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn pass(&self, request: Request) -> Result<Response, StatusCode> {
        let (mut parts, body) = request.into_parts();
        let body = to_bytes(body, BODY_BYTES_MAX).await;
        let body = body.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
        let reads = matches!(parts.method, Method::GET | Method::HEAD);
        let body = if reads { Bytes::new() } else { body };
        remove_claims(&mut parts.headers);
        if parts.uri.path().starts_with(METADATA) {
            return self.metadata(&parts).await;
        }
        let decision = self.ask(&parts, body.clone()).await?;
        if decision.status != StatusCode::OK {
            return Ok(answer(decision));
        }
        for name in CREDENTIALS {
            parts.headers.remove(name);
        }
        let identity = self.note(decision.headers);
        parts.headers.extend(identity);
        let mut url = self.service.clone();
        url.set_path(parts.uri.path());
        url.set_query(parts.uri.query());
        self.send(parts.method, url, parts.headers, body).await.map(answer)
    }

    /// What the node says about the service to whoever has no token yet.
    async fn metadata(&self, parts: &Parts) -> Result<Response, StatusCode> {
        let mut url = self.node.clone();
        url.set_path(parts.uri.path());
        self.send(Method::GET, url, HeaderMap::new(), Bytes::new()).await.map(answer)
    }

    /// Remembers that a request passes, and what the service is told of its client.
    fn note(&self, decision: HeaderMap) -> HeaderMap {
        let identity = decision.into_iter().filter_map(|(name, value)| Some((name?, value)));
        let identity: HeaderMap = identity.filter(|(name, _)| is_claim(name)).collect();
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        *passed = Passed { count: passed.count + 1, identity: identity.clone() };
        identity
    }

    /// Asks the node. Only its yes and its no count.
    async fn ask(&self, parts: &Parts, body: Bytes) -> Result<http::Response, StatusCode> {
        let word = |text: &str| HeaderValue::from_str(text).map_err(|_| StatusCode::BAD_REQUEST);
        let target = parts.uri.path_and_query().ok_or(StatusCode::BAD_REQUEST)?;
        let mut headers = parts.headers.clone();
        for (name, value) in [
            ("x-forwarded-method", word(parts.method.as_str())?),
            ("x-forwarded-proto", HeaderValue::from_static("https")),
            ("x-forwarded-host", self.authority.clone()),
            ("x-forwarded-uri", word(target.as_str())?),
            ("x-pecan-gateway-secret", self.secret.clone()),
        ] {
            headers.insert(name, value);
        }
        let decision = self.send(Method::POST, self.node.clone(), headers, body).await?;
        let asks_for_token = decision.headers.contains_key(header::WWW_AUTHENTICATE);
        match decision.status {
            StatusCode::OK | StatusCode::FORBIDDEN => Ok(decision),
            StatusCode::UNAUTHORIZED if asks_for_token => Ok(decision),
            // SECURITY: also where the node does not know this proxy.
            _ => Err(StatusCode::BAD_GATEWAY),
        }
    }

    async fn send(
        &self,
        method: Method,
        url: Url,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<http::Response, StatusCode> {
        let mut request = http::Request::get("demo", url);
        (request.method, request.headers, request.body) = (method, headers, body);
        request.use_cache = false;
        self.client.send(request).await.map_err(|_| StatusCode::BAD_GATEWAY)
    }
}

/// The routes of a proxy: whatever comes.
pub(super) fn router(proxy: Arc<Proxy>) -> Router {
    Router::new().fallback(handle).with_state(proxy)
}

async fn handle(State(proxy): State<Arc<Proxy>>, request: Request) -> Response {
    proxy.pass(request).await.unwrap_or_else(IntoResponse::into_response)
}

/// Removes what a client says about itself in the words of the gateway, in any spelling.
// SECURITY: the service believes these fields.
fn remove_claims(headers: &mut HeaderMap) {
    let is_foreign = |name: &HeaderName| {
        let folded = name.as_str().replace(['_', '.'], "-");
        ["x-pecan-", "x-userinfo", "x-forwarded-"].iter().any(|own| folded.starts_with(own))
            || HOP.contains(name)
    };
    let foreign: Vec<HeaderName> =
        headers.keys().filter(|name| is_foreign(name)).cloned().collect();
    for name in foreign {
        headers.remove(name);
    }
}

/// Whether a field of a decision tells the service who asks.
fn is_claim(name: &HeaderName) -> bool {
    name == "x-userinfo" || name.as_str().starts_with("x-pecan-")
}

fn answer(from: http::Response) -> Response {
    let mut response = Response::new(Body::from(from.body));
    *response.status_mut() = from.status;
    for (name, value) in &from.headers {
        if ANSWER.contains(&name.as_str()) {
            response.headers_mut().append(name, value.clone());
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use pecan_platform::BoxFuture;
    use pecan_platform::http::HttpError;

    use super::*;

    /// A node that answers every question in one way, and a service that is content with everything.
    struct World(StatusCode, &'static [(&'static str, &'static str)], Mutex<Vec<http::Request>>);

    impl HttpClient for World {
        fn send(&self, request: http::Request) -> BoxFuture<'_, Result<http::Response, HttpError>> {
            let is_node = request.url.path() == "/ask";
            self.2.lock().unwrap().push(request);
            let fields = if is_node { self.1 } else { &[] };
            let headers = fields.iter().map(|(name, value)| {
                (HeaderName::from_static(name), HeaderValue::from_static(value))
            });
            let headers = headers.collect();
            let status = if is_node { self.0 } else { StatusCode::NO_CONTENT };
            Box::pin(async move { Ok(http::Response { status, headers, body: Bytes::new() }) })
        }
    }

    async fn call(world: &Arc<World>, headers: &[(&str, &str)]) -> StatusCode {
        let proxy = Proxy {
            client: Arc::clone(world) as Arc<dyn HttpClient>,
            node: "http://node/ask".parse().unwrap(),
            secret: HeaderValue::from_static("secret"),
            authority: HeaderValue::from_static("localhost:1"),
            service: "http://service".parse().unwrap(),
            passed: Mutex::default(),
        };
        let mut request = Request::builder().uri("/fhir/Task/1?a=b");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        handle(State(Arc::new(proxy)), request.body(Body::empty()).unwrap()).await.status()
    }

    #[tokio::test]
    async fn nothing_passes_without_a_yes_of_the_node() {
        for (said, fields, expected) in [
            (403, &[][..], 403),
            (401, &[("www-authenticate", "DPoP")][..], 401),
            // The node does not know this gateway.
            (401, &[], 502),
            (204, &[], 502),
            (302, &[], 502),
            (500, &[], 502),
        ] {
            let said = StatusCode::from_u16(said).unwrap();
            let world = Arc::new(World(said, fields, Mutex::default()));
            assert_eq!(call(&world, &[]).await, expected);
            assert_eq!(world.2.lock().unwrap().len(), 1, "{said}");
        }
    }

    #[tokio::test]
    async fn the_service_is_told_what_the_node_says_and_nothing_that_the_client_claims() {
        let fields = &[("x-pecan-user-id", "u-1"), ("content-length", "0")];
        let world = Arc::new(World(StatusCode::OK, fields, Mutex::default()));
        let claims = [
            ("X-Pecan-User-Id", "forged"),
            ("X_Pecan_User_Role", "forged"),
            ("X-Userinfo", "forged"),
            ("X-Forwarded-Host", "forged"),
            ("Authorization", "DPoP t"),
            ("DPoP", "p"),
            ("Accept", "application/fhir+json"),
        ];
        assert_eq!(call(&world, &claims).await, StatusCode::NO_CONTENT);
        let sent = world.2.lock().unwrap();
        let [question, request] = &sent[..] else { panic!("{sent:?}") };
        assert_eq!(question.headers["authorization"], "DPoP t");
        assert_eq!(question.headers["x-forwarded-uri"], "/fhir/Task/1?a=b");
        assert_eq!(request.url.as_str(), "http://service/fhir/Task/1?a=b");
        let names: Vec<&str> = request.headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["accept", "x-pecan-user-id"]);
        assert_eq!(request.headers["x-pecan-user-id"], "u-1");
        for request in sent.iter() {
            assert!(request.headers.values().all(|value| value != "forged"), "{request:?}");
        }
    }
}
