//! Requests to other parties, with every limit that a hostile one makes necessary.
//!
//! [`GuardedClient`] is the one client of a node: it checks the URL, judges each address that it connects to, follows redirects, bounds
//! time, size and connections, and keeps answers that may be kept. It does not honour `HTTP_PROXY` and its kin: a proxy would connect in
//! its place, and the guard would judge the proxy.

mod address;
mod body;
mod cache;
mod client;
mod connections;
mod connector;
mod freshness;
mod hosts;
mod resolve;
mod target;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use url::Url;

use crate::BoxFuture;

pub use address::{AddressRange, CidrError, parse_cidr};
pub use client::{ConfiguredServer, GuardedClient, Settings};
pub use target::{TargetError, check_target};
pub use tls::TlsError;

/// A request to another party.
#[derive(Clone, Debug)]
pub struct Request {
    /// What it is for, such as `did-web` or `token`: a metric and a log field.
    pub purpose: &'static str,
    /// GET or POST.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Headers beside `Host`, `User-Agent` and `Content-Length`.
    pub headers: HeaderMap,
    /// The body; empty for GET.
    pub body: Bytes,
    /// The time for the whole exchange, redirects included; the client's own limit if absent.
    pub timeout: Option<Duration>,
    /// Whether an answer may come from the cache (contract/platform.md 2.8). Only GET is ever cached.
    pub use_cache: bool,
}

impl Request {
    /// A GET that may be answered by the cache, asking for JSON.
    pub fn get(purpose: &'static str, url: Url) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        Self {
            purpose,
            method: Method::GET,
            url,
            headers,
            body: Bytes::new(),
            timeout: None,
            use_cache: true,
        }
    }

    /// A POST of `body`, asking for JSON.
    pub fn post(
        purpose: &'static str,
        url: Url,
        content_type: &'static str,
        body: impl Into<Bytes>,
    ) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self {
            purpose,
            method: Method::POST,
            url,
            headers,
            body: body.into(),
            timeout: None,
            use_cache: false,
        }
    }
}

/// An answer, of any status. The body is complete and at most 1 MiB.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body. An answer from the cache shares its bytes with earlier ones: the same pointer means the same document.
    pub body: Bytes,
}

impl Response {
    /// The media type, in lower case, without parameters.
    pub fn media_type(&self) -> Option<String> {
        let value = self.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        Some(value.split(';').next()?.trim().to_ascii_lowercase())
    }
}

/// Sends requests.
pub trait HttpClient: Send + Sync {
    /// Sends a request and reads the whole answer, following redirects of a GET through the guard.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>>;
}

/// A client shared by all parts of a node.
pub type SharedClient = Arc<dyn HttpClient>;

/// Why there is no answer. `Display` may be shown to our own caller; it never holds a body.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The URL, or the target of a redirect, is not one that may be called (scheme, host, address).
    #[error("{0}")]
    Refused(String),
    /// The other party could not be reached, or broke off.
    #[error("could not reach `{host}`")]
    Unreachable {
        /// Its host name and port.
        host: String,
        /// The cause, for the log.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It did not answer in time.
    #[error("no answer from `{host}` in {limit:?}")]
    Timeout {
        /// Its host name and port.
        host: String,
        /// The limit that ran out.
        limit: Duration,
    },
    /// The answer is larger than a body may be.
    #[error("data to read exceeds max. safety limit of {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Too many redirects, or one without a target.
    #[error("{0}")]
    Redirect(String),
}

impl HttpError {
    /// An error of the connection with an origin.
    fn unreachable(
        origin: &target::Origin,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Unreachable { host: origin.to_string(), cause: cause.into() }
    }
}
