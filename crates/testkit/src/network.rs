//! The network of a world: host names that lead to routers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use http_body_util::BodyExt as _;
use pecan_platform::BoxFuture;
use pecan_platform::http::{HttpClient, HttpError, Request, Response};
use tower::ServiceExt as _;
use url::Url;

/// Leads requests to the router of their host, without sockets.
#[derive(Default)]
pub struct InProcessNetwork {
    hosts: Mutex<HashMap<String, Router>>,
    sent: Mutex<Vec<Sent>>,
}

/// A request that a node sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// What it was for.
    pub purpose: &'static str,
    /// `GET` or `POST`.
    pub method: String,
    /// Where to.
    pub url: Url,
    /// Its headers.
    pub headers: http::HeaderMap,
    /// Its body.
    pub body: String,
}

impl InProcessNetwork {
    /// Lets a router answer for a host (`name` or `name:port`), in place of what answered before.
    pub fn serve(&self, host: &str, router: Router) {
        self.hosts.lock().expect("no test panics here").insert(host.to_owned(), router);
    }

    /// Lets nobody answer for a host any more.
    pub fn cut(&self, host: &str) {
        self.hosts.lock().expect("no test panics here").remove(host);
    }

    /// What was sent since this was last asked.
    pub fn take_sent(&self) -> Vec<Sent> {
        std::mem::take(&mut self.sent.lock().expect("no test panics here"))
    }

    fn find(&self, host: &str) -> Result<Router, HttpError> {
        let hosts = self.hosts.lock().expect("no test panics here");
        hosts.get(host).cloned().ok_or_else(|| HttpError::Unreachable {
            host: host.to_owned(),
            cause: "nobody answers there".into(),
        })
    }
}

/// Host and port as they stand in a URL.
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

impl HttpClient for InProcessNetwork {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        let host = authority(&request.url);
        let router = self.find(&host);
        self.sent.lock().expect("no test panics here").push(Sent {
            purpose: request.purpose,
            method: request.method.to_string(),
            url: request.url.clone(),
            headers: request.headers.clone(),
            body: String::from_utf8_lossy(&request.body).into_owned(),
        });
        Box::pin(async move {
            let target = match request.url.query() {
                Some(query) => format!("{}?{query}", request.url.path()),
                None => request.url.path().to_owned(),
            };
            let mut inner = http::Request::builder().method(request.method).uri(target);
            for (name, value) in &request.headers {
                inner = inner.header(name, value);
            }
            let inner = inner.header("host", &host).body(Body::from(request.body));
            let inner = inner.map_err(|error| HttpError::Refused(error.to_string()))?;
            let broken = |cause| HttpError::Unreachable { host: host.clone(), cause };
            let answer = router?.oneshot(inner).await.map_err(|never| match never {})?;
            let (parts, body) = answer.into_parts();
            let body = body.collect().await.map_err(|error| broken(Box::new(error)))?.to_bytes();
            Ok(Response { status: parts.status, headers: parts.headers, body })
        })
    }
}

/// The network as a port.
pub(crate) fn port(network: &Arc<InProcessNetwork>) -> Arc<dyn HttpClient> {
    Arc::clone(network) as Arc<dyn HttpClient>
}
