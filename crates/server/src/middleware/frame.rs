//! The frame around every operation: limits, dispatch by method, crashes, failures, cache headers.

use std::convert::Infallible;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::HttpBody as _;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{HeaderValue, Method, StatusCode, Uri, header};
use pecan_platform::random::{self, Random};
use tokio::time::Instant;
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt};

use super::access_log;
use super::client_ip::client_ip;
use crate::extract::{BODY_BYTES_MAX, drain, is_well_formed, too_large};
use crate::operations::metrics::Meter;
use crate::respond::cache::Cache;
use crate::respond::{
    Failure, Place, Refusal, RequestError, Style, Wanted, json, log, render, text,
};
use crate::{App, Settings};

/// The most bytes of a subject that are logged.
const SUBJECT_SHOWN_MAX: usize = 128;

/// What the frame does around an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// It refuses what cannot be read, and logs the request.
    Usual,
    /// A gateway asks: whatever is wrong is answered as a denial, in the form that the gateway reads, and by the handler. Bodies
    /// are not waited for, since some gateways announce one that never comes. The decision is logged, the request is not: its
    /// target may have a secret of the gateway, or name a patient.
    Decision,
}

/// An operation, ready to be called.
pub(crate) struct Mounted {
    /// Its method.
    pub(crate) method: Method,
    /// Its operation id.
    pub(crate) operation: &'static str,
    /// Whether strangers reach it.
    pub(crate) is_public: bool,
    /// Whether it also answers methods that no other operation of its path has.
    pub(crate) takes_any_method: bool,
    /// What is done around it.
    pub(crate) rule: Rule,
    /// Its handler.
    pub(crate) service: BoxCloneSyncService<Request, Response, Infallible>,
    meter: Meter,
}

impl Mounted {
    /// An operation that `service` answers.
    pub(crate) fn new(
        method: Method,
        operation: &'static str,
        is_public: bool,
        service: BoxCloneSyncService<Request, Response, Infallible>,
    ) -> Self {
        let (takes_any_method, rule) = (false, Rule::Usual);
        let meter = Meter::new(Some(operation));
        Self { method, operation, is_public, takes_any_method, rule, service, meter }
    }
}

/// What all paths of a listener share.
pub(crate) struct Frame {
    random: Arc<dyn Random>,
    settings: Arc<Settings>,
}

impl Frame {
    /// The frame of a node.
    pub(crate) fn new(app: &App) -> Arc<Self> {
        Self::of(Arc::clone(&app.node.env.random), Arc::clone(&app.settings))
    }

    /// A frame that draws ids from `random`.
    pub(crate) fn of(random: Arc<dyn Random>, settings: Arc<Settings>) -> Arc<Self> {
        Arc::new(Self { random, settings })
    }
}

/// A path of the route table with its operations, or everything that is not in the table.
pub(crate) struct Path {
    operations: Vec<Mounted>,
    allow: HeaderValue,
    cache: Cache,
    style: Style,
    subject_segment: Option<usize>,
    secret_segment: Option<usize>,
    is_logged: bool,
    meter: Meter,
}

impl Path {
    /// A path with its operations, one per method.
    pub(crate) fn new(template: &str, operations: Vec<Mounted>) -> Self {
        Self {
            allow: allow(&operations),
            operations,
            cache: Cache::of(template),
            style: Style::of(template),
            subject_segment: segment(template, &["{subject"]),
            // SECURITY: who knows one of these gets a token, or burns a request.
            secret_segment: segment(template, &["{session", "{request", "{secret"]),
            is_logged: access_log::is_logged(template),
            meter: Meter::new(None),
        }
    }

    /// Every path that is not in the table.
    pub(crate) fn unknown(is_logged: bool) -> Self {
        Self {
            operations: Vec::new(),
            allow: HeaderValue::from_static(""),
            cache: Cache::Unsaid,
            style: Style::Problem,
            subject_segment: None,
            secret_segment: None,
            is_logged,
            meter: Meter::new(None),
        }
    }

    fn find(&self, method: &Method) -> Option<&Mounted> {
        let exact = self.operations.iter().find(|operation| operation.method == *method);
        exact.or_else(|| self.operations.iter().find(|operation| operation.takes_any_method))
    }

    fn subject<'u>(&self, path: &'u str) -> &'u str {
        let subject = self.subject_segment.and_then(|at| path.split('/').nth(at));
        let subject = subject.unwrap_or_default();
        subject.get(..subject.floor_char_boundary(SUBJECT_SHOWN_MAX)).unwrap_or_default()
    }
}

/// The position of the first parameter whose name begins with one of these.
fn segment(template: &str, names: &[&str]) -> Option<usize> {
    template.split('/').position(|part| names.iter().any(|name| part.starts_with(name)))
}

/// `Allow` as the reference writes it: `OPTIONS` first, the rest sorted.
fn allow(operations: &[Mounted]) -> HeaderValue {
    let mut methods: Vec<_> = operations.iter().map(|row| row.method.as_str()).collect();
    methods.sort_unstable();
    let text = format!("OPTIONS, {}", methods.join(", "));
    HeaderValue::from_str(&text).expect("methods are tokens")
}

/// A path inside its frame: what axum routes to.
#[derive(Clone)]
pub(crate) struct Framed {
    frame: Arc<Frame>,
    path: Arc<Path>,
}

impl Framed {
    /// Puts a path into a frame.
    pub(crate) fn new(frame: &Arc<Frame>, path: Path) -> Self {
        Self { frame: Arc::clone(frame), path: Arc::new(path) }
    }
}

impl Service<Request> for Framed {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let framed = self.clone();
        Box::pin(async move { Ok(framed.serve(request).await) })
    }
}

impl Framed {
    async fn serve(&self, request: Request) -> Response {
        let started_at = Instant::now();
        let (frame, path) = (&self.frame, &self.path);
        let uri = request.uri().clone();
        let method = request.method().clone();
        let client_header = frame.settings.client_ip_header.as_ref();
        let client = client_ip(request.headers(), request.extensions(), client_header);
        let operation = path.find(&method);
        let place = Place {
            operation: operation.map(|operation| operation.operation),
            is_public: operation.is_none_or(|operation| operation.is_public),
            style: path.style,
            wanted: Wanted::of(request.headers()),
        };
        let rule = operation.map_or(Rule::Usual, |operation| operation.rule);
        let refused = if rule == Rule::Usual { refusal(&request) } else { None };
        let mut response = match refused {
            None => self.dispatch(operation, request).await,
            Some(refused) => {
                drain(request.into_body()).await;
                refused
            }
        };
        if let Some(failure) = response.extensions_mut().remove::<Failure>() {
            self.log_failure(&failure, place, &uri, client);
            response = match rule {
                Rule::Usual => replaced(&response, render(&failure, place)),
                // SECURITY: some gateways let requests pass while whom they ask is broken.
                Rule::Decision => denied(),
            };
        }
        path.cache.apply(&mut response);
        let status = response.status();
        operation.map_or(&path.meter, |row| &row.meter).answered(status, started_at.elapsed());
        if path.is_logged && rule == Rule::Usual && frame.settings.access_log {
            access_log::write(&method, &uri, path.secret_segment, client, status);
        }
        response
    }

    fn log_failure(&self, failure: &Failure, place: Place, uri: &Uri, client: Option<IpAddr>) {
        // What is not routed is in the access log already.
        if place.operation.is_some() {
            let id = random::uuid(&*self.frame.random);
            let subject = self.path.subject(uri.path());
            log(failure, place, &Refusal { id: &id, subject, client });
        }
    }

    async fn dispatch(&self, operation: Option<&Mounted>, request: Request) -> Response {
        let Some(operation) = operation else {
            return self.path.without_operation(request.method());
        };
        let call = operation.service.clone().oneshot(request);
        // A crash costs one request, not the connection: hyper would drop it, and other requests with it.
        match AssertUnwindSafe(call).catch_unwind().await {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(panic) => {
                operation.meter.crashed();
                crashed(&*panic)
            }
        }
    }
}

impl Path {
    fn without_operation(&self, method: &Method) -> Response {
        if self.operations.is_empty() {
            return Failure::not_understood(RequestError::NotFound, "Not Found").into_response();
        }
        let mut response = if *method == Method::OPTIONS {
            StatusCode::NO_CONTENT.into_response()
        } else {
            Failure::not_understood(RequestError::MethodNotAllowed, "Method Not Allowed")
                .into_response()
        };
        response.headers_mut().insert(header::ALLOW, self.allow.clone());
        response
    }
}

/// A failure's answer, which keeps the headers that the failure came with (`Allow`).
fn replaced(failed: &Response, mut rendered: Response) -> Response {
    for (name, value) in failed.headers() {
        if name != header::CONTENT_LENGTH {
            rendered.headers_mut().insert(name, value.clone());
        }
    }
    rendered
}

/// Refuses what no handler should see: a target that cannot be decoded, a body that says it is too long.
fn refusal(request: &Request) -> Option<Response> {
    let target = request.uri();
    if !is_well_formed(target.path()) {
        return Some(text(StatusCode::BAD_REQUEST, "400 Bad Request"));
    }
    let least = request.body().size_hint().lower();
    let fits = usize::try_from(least).is_ok_and(|least| least <= BODY_BYTES_MAX);
    (!fits).then(|| too_large().into_response())
}

/// What a gateway reads as a refusal, whatever its dialect.
fn denied() -> Response {
    json(StatusCode::FORBIDDEN, &serde_json::json!({ "error": "access_denied" }))
}

fn crashed(panic: &(dyn std::any::Any + Send)) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no text");
    Failure::not_understood(RequestError::Crashed, "internal error")
        .because(format!("handler panicked: {text}"))
        .into_response()
}
