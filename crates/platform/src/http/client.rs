//! The HTTP client of a node: time, redirects, cache, and one exchange at a time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, COOKIE, HOST, LOCATION, PROXY_AUTHORIZATION, USER_AGENT};
use http::{HeaderValue, Method, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use ipnet::IpNet;
use rustls_pki_types::CertificateDer;
use tokio::time::Instant;
use url::{Position, Url};

use super::address::AddressGuard;
use super::body;
use super::cache::{Key, Part, ResponseCache};
use super::connections::IdleConnections;
use super::connector::{Connection, Connector};
use super::hosts::Hosts;
use super::resolve::{Resolve, SystemResolver};
use super::target::{Origin, TargetError};
use super::tls::{self, TlsError};
use super::{HttpClient, HttpError, Request, Response};
use crate::BoxFuture;
use crate::clock::Clock;
use crate::sql::transaction_is_open;

/// The redirects that one request follows.
const REDIRECTS_MAX: usize = 10;

/// How this client calls itself.
const AGENT: HeaderValue = HeaderValue::from_static(concat!("pecan/", env!("CARGO_PKG_VERSION")));

/// What a client is told (contract/platform.md 3.2).
#[derive(Clone, Debug)]
pub struct Settings {
    /// Strict mode: `https`, public names and public addresses only. Outside it the ranges below do nothing.
    pub strict: bool,
    /// The time for an exchange that names none: `httpclient.timeout`.
    pub timeout: Duration,
    /// The size of the response cache in bytes, zero for none: `http.cache.maxbytes`.
    pub cache_bytes_max: u64,
    /// Non-public ranges that may be called: `http.client.allowedinternalcidrs`.
    pub allowed_internal: Vec<IpNet>,
    /// Ranges that are never called: `http.client.deniedcidrs`.
    pub denied: Vec<IpNet>,
    /// Servers that the operator named for a purpose of this node. Strict mode calls them wherever they are.
    pub configured: Vec<ConfiguredServer>,
}

/// A server that the operator configured, such as a FHIR server or decision point in the network of the node.
///
/// It is reached by requests of its purpose at its very scheme, host and port, and by no others: nothing that a peer names leads there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredServer {
    /// The [`Request::purpose`] that it is for.
    pub purpose: &'static str,
    /// Its base URL, of which scheme, host and port count.
    pub url: Url,
}

/// The HTTP client of a node.
pub struct GuardedClient {
    strict: bool,
    timeout: Duration,
    clock: Arc<dyn Clock>,
    cache: ResponseCache,
    connector: Connector,
    idle: IdleConnections,
    hosts: Hosts,
    /// By purpose; each is marked as configured.
    configured: Vec<(&'static str, Origin)>,
}

impl GuardedClient {
    /// A client that trusts the certificate authorities of the system, which are read here, once.
    pub fn new(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, TlsError> {
        Self::trusting(settings, clock, Vec::new())
    }

    /// The same, and it trusts these certificate authorities too.
    pub fn trusting(
        settings: Settings,
        clock: Arc<dyn Clock>,
        authorities: Vec<CertificateDer<'static>>,
    ) -> Result<Self, TlsError> {
        let mut roots = tls::system_roots();
        roots.extend(authorities);
        if roots.is_empty() && settings.strict {
            return Err(TlsError::NoRoots);
        }
        Self::assemble(settings, clock, Box::new(SystemResolver::new()), roots)
    }

    fn assemble(
        settings: Settings,
        clock: Arc<dyn Clock>,
        resolver: Box<dyn Resolve>,
        roots: Vec<CertificateDer<'static>>,
    ) -> Result<Self, TlsError> {
        let guard = AddressGuard::new(settings.strict, settings.allowed_internal, settings.denied);
        let known = |server: &ConfiguredServer| {
            Some((server.purpose, Origin::configured(&server.url).ok()?))
        };
        Ok(Self {
            configured: settings.configured.iter().filter_map(known).collect(),
            strict: settings.strict,
            timeout: settings.timeout,
            clock,
            cache: ResponseCache::new(settings.cache_bytes_max),
            connector: Connector { resolver, guard, tls: tls::client_config(roots)? },
            idle: IdleConnections::default(),
            hosts: Hosts::new(),
        })
    }

    /// Where a request leads.
    fn target(&self, request: &Request) -> Result<Origin, HttpError> {
        if let Ok(origin) = Origin::configured(&request.url)
            && self.configured.iter().any(|it| it.0 == request.purpose && it.1 == origin)
        {
            return Ok(origin);
        }
        Origin::of(&request.url, self.strict)
            .map_err(|error| HttpError::Refused(format!("invalid target URL: {error}")))
    }

    /// Follows redirects, each checked like the first URL.
    async fn follow(&self, mut request: Request) -> Result<Response, HttpError> {
        let mut origin = self.target(&request)?;
        for _ in 0..=REDIRECTS_MAX {
            let response = self.answer(&request, &origin).await?;
            if request.method != Method::GET || !is_redirect(response.status) {
                return Ok(response);
            }
            let next = location(&request.url, &response)?;
            let next_origin = self.redirect_target(&origin, &next)?;
            if next_origin != origin {
                // SECURITY: what proves who we are to one party is never sent to another.
                for name in [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION] {
                    request.headers.remove(name);
                }
            }
            (request.url, origin) = (next, next_origin);
        }
        Err(HttpError::Redirect(format!("stopped after {REDIRECTS_MAX} redirects")))
    }

    fn redirect_target(&self, origin: &Origin, next: &Url) -> Result<Origin, HttpError> {
        if origin.is_configured {
            // SECURITY: what the operator opened is this server, and not those that it names.
            return Origin::configured(next).ok().filter(|next| next == origin).ok_or_else(|| {
                HttpError::Refused("redirect away from a configured server".to_owned())
            });
        }
        // SECURITY: an answer that came over TLS does not lead away from it, whatever the mode.
        let strict_scheme = origin.is_tls && next.scheme() == "http";
        let found =
            if strict_scheme { Err(TargetError::NotHttps) } else { Origin::of(next, self.strict) };
        found.map_err(|error| HttpError::Refused(format!("invalid redirect target: {error}")))
    }

    /// One answer, from the cache or fetched.
    async fn answer(&self, request: &Request, origin: &Origin) -> Result<Response, HttpError> {
        // SECURITY: what a configured server answers is for requests of its purpose only.
        let key = self.cache.key(request, &request.url).filter(|_| !origin.is_configured);
        let Some(key) = key else {
            return self.fetch(request, origin).await;
        };
        loop {
            if let Some(response) = self.cache.find(&key, self.clock.now()) {
                return Ok(response);
            }
            match self.cache.join(&key) {
                Part::Lead(lead) => {
                    let fetched = self.fetch_and_keep(request, origin, &key).await;
                    lead.finish(matches!(fetched, Ok((_, true))));
                    return fetched.map(|(response, _)| response);
                }
                Part::Follow(other) => {
                    if other.wait().await {
                        continue;
                    }
                }
                Part::Alone => {}
            }
            return self.fetch_and_keep(request, origin, &key).await.map(|(response, _)| response);
        }
    }

    async fn fetch_and_keep(
        &self,
        request: &Request,
        origin: &Origin,
        key: &Key,
    ) -> Result<(Response, bool), HttpError> {
        let response = self.fetch(request, origin).await?;
        let is_kept = self.cache.keep(key, &response, self.clock.now());
        Ok((response, is_kept))
    }

    /// One exchange with the other party.
    async fn fetch(&self, request: &Request, origin: &Origin) -> Result<Response, HttpError> {
        let _turn = self.hosts.turn(origin).await;
        let (connection, answer) = self.exchange(request, origin).await?;
        let (head, incoming) = answer.into_parts();
        let body = body::read(incoming, origin).await?;
        self.idle.keep(origin.clone(), connection);
        Ok(Response { status: head.status, headers: head.headers, body })
    }

    /// Sends a request over a kept connection, or over a new one where there is none or it turns out to be closed.
    async fn exchange(
        &self,
        request: &Request,
        origin: &Origin,
    ) -> Result<(Connection, http::Response<Incoming>), HttpError> {
        if let Some(mut connection) = self.idle.take(origin).await {
            match connection.try_send_request(message(request, origin)?).await {
                Ok(answer) => return Ok((connection, answer)),
                // A POST is sent again only if nothing of it went out: the other party may have acted on it.
                Err(error) if request.method == Method::GET || error.message().is_some() => {}
                Err(error) => return Err(HttpError::unreachable(origin, error.into_error())),
            }
        }
        let mut connection = self.connector.connect(origin).await?;
        let answer = connection.send_request(message(request, origin)?).await;
        answer
            .map(|answer| (connection, answer))
            .map_err(|error| HttpError::unreachable(origin, error))
    }
}

impl HttpClient for GuardedClient {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        Box::pin(async move {
            // INVARIANT: gather first, call out, then write: a call that is slow would hold the transaction's locks.
            debug_assert!(!transaction_is_open(), "a request while a transaction is open");
            let limit = request.timeout.unwrap_or(self.timeout);
            let (purpose, host) = (request.purpose, authority(&request.url));
            let start = Instant::now();
            let result = match tokio::time::timeout(limit, self.follow(request)).await {
                Ok(result) => result,
                Err(_) => Err(HttpError::Timeout { host: host.clone(), limit }),
            };
            let duration_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
            match &result {
                Ok(response) => {
                    let status = response.status.as_u16();
                    tracing::debug!(purpose, peer.host = host, status, duration_ms, "called");
                }
                Err(error) => {
                    tracing::debug!(purpose, peer.host = host, duration_ms, %error, "call failed");
                }
            }
            result
        })
    }
}

/// The host and port of a URL, for logs and errors: nothing of its path, query or user.
fn authority(url: &Url) -> String {
    url[Position::BeforeHost..Position::AfterPort].to_owned()
}

/// The message for one hop. What a URL holds before its host or behind `#` is not sent.
fn message(request: &Request, origin: &Origin) -> Result<http::Request<Full<Bytes>>, HttpError> {
    let mut message = http::Request::new(Full::new(request.body.clone()));
    let path = &request.url[Position::BeforePath..Position::AfterQuery];
    *message.method_mut() = request.method.clone();
    *message.uri_mut() = path.parse().map_err(|error| HttpError::unreachable(origin, error))?;
    *message.headers_mut() = request.headers.clone();
    let host = HeaderValue::try_from(origin.to_string());
    let host = host.map_err(|error| HttpError::unreachable(origin, error))?;
    message.headers_mut().insert(HOST, host);
    message.headers_mut().insert(USER_AGENT, AGENT);
    Ok(message)
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// The target of a redirect.
fn location(url: &Url, response: &Response) -> Result<Url, HttpError> {
    let location = response.headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let location =
        location.ok_or_else(|| HttpError::Redirect("redirect without a target".to_owned()))?;
    url.join(location)
        .map_err(|_| HttpError::Redirect("redirect to something that is no URL".to_owned()))
}

#[cfg(test)]
mod tests;
