//! Every endpoint in one table: listener, method, path, operation id.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::Response;
use http::Method;
use tower::util::BoxCloneSyncService;

use crate::middleware::{Frame, Framed, Mounted, Path, Rule};
use crate::{App, gateway, internal, operations, public};

/// Who can reach an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    /// Everybody.
    Public,
    /// The organisation's own systems.
    Internal,
    /// Both.
    Both,
    /// API gateways.
    Gateway,
    /// Everybody, and API gateways.
    PublicAndGateway,
    /// The organisation's own systems, and API gateways.
    InternalAndGateway,
    /// API gateways that speak gRPC. No endpoint of the table is there.
    Grpc,
}

impl Listener {
    /// Whether a row for `self` is served by `listener`.
    fn is_on(self, listener: Self) -> bool {
        match self {
            Self::Grpc => false,
            Self::Gateway => listener == Self::Gateway,
            Self::Both => matches!(listener, Self::Public | Self::Internal | Self::Both),
            Self::Public | Self::Internal => listener == self || listener == Self::Both,
            Self::PublicAndGateway => !matches!(listener, Self::Internal | Self::Grpc),
            Self::InternalAndGateway => !matches!(listener, Self::Public | Self::Grpc),
        }
    }

    /// Whether strangers may be among those who reach it.
    fn is_public(self) -> bool {
        !matches!(self, Self::Internal | Self::InternalAndGateway)
    }
}

/// One row of the table.
pub struct Endpoint {
    /// Who can reach it.
    pub listener: Listener,
    /// Its method.
    pub method: Method,
    /// Its path, with `{name}` for parameters. The name of an organisation is `{subject}`: it is logged.
    pub path: &'static str,
    /// Its operation id: in logs, metrics and the title of a problem.
    pub operation: &'static str,
    /// Whether every method comes here, for which there is no other row. [`method`](Self::method) is only the usual one, then.
    pub takes_any_method: bool,
    /// What the frame leaves to the handler.
    rule: Rule,
    mount: Box<dyn FnOnce(App) -> BoxCloneSyncService<Request, Response, Infallible>>,
}

impl Endpoint {
    /// An endpoint that a handler answers.
    pub(crate) fn new<H, T>(
        listener: Listener,
        method: Method,
        path: &'static str,
        operation: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let mount = Box::new(|app| BoxCloneSyncService::new(handler.with_state(app)));
        let (takes_any_method, rule) = (false, Rule::Usual);
        Self { listener, method, path, operation, takes_any_method, rule, mount }
    }
}

impl Endpoint {
    /// An endpoint at which gateways ask for decisions: see [`Rule::Decision`]. Under both spellings of its path: see
    /// [`gateway_paths`].
    pub(crate) fn decision<H, T>(
        method: &Method,
        paths: [&'static str; 2],
        operation: &'static str,
        handler: H,
    ) -> Vec<Self>
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let row = |path, handler| {
            let row = Self::new(Listener::Gateway, method.clone(), path, operation, handler);
            Self { rule: Rule::Decision, ..row }
        };
        let [path, with_secret] = paths;
        vec![row(path, handler.clone()), row(with_secret, handler)]
    }

    /// The same for every method.
    pub(crate) fn decision_of_any_method<H, T>(
        paths: [&'static str; 2],
        operation: &'static str,
        handler: H,
    ) -> Vec<Self>
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let rows = Self::decision(&Method::GET, paths, operation, handler).into_iter();
        rows.map(|row| Self { takes_any_method: true, ..row }).collect()
    }

    /// An endpoint of the authorization API, under both spellings of its path: see [`auth_paths`].
    pub(crate) fn auth<H, T>(
        method: Method,
        paths: [&'static str; 2],
        operation: &'static str,
        handler: H,
    ) -> Vec<Self>
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let [path, older_path] = paths;
        let older = handler.clone();
        vec![
            Self::new(Listener::Internal, method.clone(), path, operation, handler),
            Self::new(Listener::Internal, method, older_path, operation, older),
        ]
    }
}

/// The paths of an endpoint of the authorization API: the one of the API file, and the one of the older manual.
macro_rules! auth_paths {
    ($rest:literal) => {
        [concat!("/internal/auth/v2", $rest), concat!("/internal/v2/auth", $rest)]
    };
}
pub(crate) use auth_paths;

/// The paths of an endpoint at which gateways ask: the plain one, and one with the secret of a gateway that cannot add a header.
macro_rules! gateway_paths {
    ($plain:literal) => {
        gateway_paths!($plain, $plain)
    };
    ($plain:literal, $rest:literal) => {
        [$plain, concat!("/gateway/k/{secret}", $rest)]
    };
}
pub(crate) use gateway_paths;

/// The whole table.
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = Vec::new();
    all.extend(operations::endpoints());
    all.extend(public::endpoints());
    all.extend(internal::endpoints());
    all.extend(gateway::endpoints());
    all
}

/// The routes of one listener. Where both listeners have one address, [`Listener::Both`] has all of them.
pub fn router(listener: Listener, app: &App) -> Router {
    #[cfg(feature = "grpc")]
    if listener == Listener::Grpc {
        return gateway::envoy_grpc::router(app);
    }
    let frame = Frame::new(app);
    let mut paths: BTreeMap<&'static str, Vec<Mounted>> = BTreeMap::new();
    for endpoint in endpoints() {
        if endpoint.listener.is_on(listener) {
            let Endpoint { method, path, operation, mount, listener, takes_any_method, rule } =
                endpoint;
            let service = mount(app.clone());
            let mut mounted = Mounted::new(method, operation, listener.is_public(), service);
            mounted.takes_any_method = takes_any_method;
            mounted.rule = rule;
            paths.entry(path).or_default().push(mounted);
        }
    }
    // SECURITY: a gateway that is set up wrong asks with paths of its clients, and these may name patients.
    assemble(&frame, paths, listener != Listener::Gateway)
}

/// Paths inside a frame. axum only matches the path: methods, and everything around a handler, are the frame's.
pub(crate) fn assemble(
    frame: &Arc<Frame>,
    paths: BTreeMap<&'static str, Vec<Mounted>>,
    logs_unknown_paths: bool,
) -> Router {
    let mut router = Router::new();
    for (path, operations) in paths {
        router = router.route_service(path, Framed::new(frame, Path::new(path, operations)));
    }
    router.fallback_service(Framed::new(frame, Path::unknown(logs_unknown_paths)))
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use http::StatusCode;
    use pecan_node::FailureKind;
    use pecan_oauth::error::ErrorCode;
    use pecan_platform::random::SystemRandom;
    use tower::ServiceExt;

    use super::*;
    use crate::Settings;
    use crate::extract::{BODY_BYTES_MAX, JsonBody, OAuthForm, Query, RawPath};
    use crate::respond::{Failure, text};

    fn mounted<H: Handler<T, ()>, T: 'static>(method: Method, handler: H) -> Mounted {
        let service = BoxCloneSyncService::new(handler.with_state(()));
        Mounted::new(method, "TestIt", false, service)
    }

    fn deciding<H: Handler<T, ()>, T: 'static>(handler: H) -> Mounted {
        let mut mounted = mounted(Method::GET, handler);
        mounted.rule = Rule::Decision;
        mounted.takes_any_method = true;
        mounted
    }

    async fn echo(RawPath(parameters): RawPath, form: OAuthForm) -> Response {
        text(StatusCode::OK, format!("{parameters:?} {:?}", form.0))
    }

    async fn query(query: Query) -> Result<Response, Failure> {
        Ok(text(StatusCode::OK, query.required("scope")?))
    }

    async fn read(JsonBody(value): JsonBody<serde_json::Value>) -> Response {
        text(StatusCode::OK, value.to_string())
    }

    async fn refuse(path: RawPath) -> Failure {
        match path.text(0).as_str() {
            "code" => Failure::oauth(ErrorCode::InvalidGrant, "no such code"),
            "bare" => Failure::oauth(ErrorCode::InvalidGrant, ""),
            "missing" => Failure::api(FailureKind::NotFound, "subject not found"),
            "broken" => Failure::api(FailureKind::Internal, "database is full"),
            _ => panic!("a \"secret\" text"),
        }
    }

    fn test_router() -> Router {
        let frame = Frame::of(Arc::new(SystemRandom), Arc::new(Settings::default()));
        let paths = BTreeMap::from([
            ("/oauth2/{subject}/token", vec![mounted(Method::POST, echo)]),
            ("/oauth2/{subject}/presentation_definition", vec![mounted(Method::GET, query)]),
            ("/oauth2/{what}/refuse", vec![mounted(Method::GET, refuse)]),
            ("/oauth2/{what}/authorize", vec![mounted(Method::GET, refuse)]),
            ("/internal/{what}/refuse", vec![mounted(Method::GET, refuse)]),
            ("/gateway/{what}", vec![deciding(refuse)]),
            (
                "/internal/{a}/x/{b}",
                vec![mounted(Method::GET, echo), mounted(Method::DELETE, echo)],
            ),
            ("/internal/read", vec![mounted(Method::POST, read)]),
        ]);
        assemble(&frame, paths, true)
    }

    async fn send(request: Request) -> (u16, http::HeaderMap, String) {
        let response = test_router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        (parts.status.as_u16(), parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    fn get(target: &str) -> http::request::Builder {
        Request::builder().uri(target)
    }

    async fn check(request: http::request::Builder, body: &str, status: u16, expected: &str) {
        let what = format!("{request:?}");
        let (actual, _, text) = send(request.body(Body::from(body.to_owned())).unwrap()).await;
        assert_eq!((actual, text.as_str()), (status, expected), "{what}");
    }

    #[tokio::test]
    async fn what_is_not_routed_is_a_problem() {
        let not_found = r#"{"detail":"Not Found","status":404,"title":"Operation failed"}"#;
        for target in
            ["/nope", "//internal/read", "/INTERNAL/read", "/%69nternal/read", "/internal/read/"]
        {
            check(get(target), "", 404, not_found).await;
        }
    }

    #[tokio::test]
    async fn another_method_is_told_which_ones_there_are() {
        let not_allowed =
            r#"{"detail":"Method Not Allowed","status":405,"title":"Operation failed"}"#;
        for method in ["PUT", "HEAD", "PATCH", "BREW"] {
            let request = get("/internal/a/x/b").method(method).body(Body::empty()).unwrap();
            let (status, headers, body) = send(request).await;
            assert_eq!((status, headers["allow"].as_bytes()), (405, &b"OPTIONS, DELETE, GET"[..]));
            // The body of a HEAD answer is cut off by hyper.
            assert_eq!(body, not_allowed);
        }
        let request = get("/internal/a/x/b").method("OPTIONS").body(Body::empty()).unwrap();
        assert_eq!(send(request).await.0, 204);
    }

    #[tokio::test]
    async fn tokens_are_never_kept_and_errors_of_documents_are_not_either() {
        for (method, status) in [("POST", 200), ("GET", 405)] {
            let request = get("/oauth2/s/token").method(method).body(Body::empty()).unwrap();
            let (actual, headers, _) = send(request).await;
            assert_eq!(actual, status);
            assert_eq!(headers["cache-control"], "no-cache");
            assert_eq!(headers["pragma"], "no-store");
        }
        let target = "/oauth2/s/presentation_definition";
        let (_, headers, _) =
            send(get(&format!("{target}?scope=a")).body(Body::empty()).unwrap()).await;
        assert_eq!(headers["cache-control"], "max-age=300");
        let (status, headers, _) = send(get(target).body(Body::empty()).unwrap()).await;
        assert_eq!((status, headers.get("cache-control")), (400, None));
    }

    #[tokio::test]
    async fn failures_have_the_form_of_their_path() {
        check(
            get("/internal/code/refuse"),
            "",
            400,
            r#"{"detail":"invalid_grant - no such code","status":400,"title":"TestIt failed"}"#,
        )
        .await;
        check(
            get("/internal/bare/refuse"),
            "",
            400,
            r#"{"detail":"invalid_grant","status":400,"title":"TestIt failed"}"#,
        )
        .await;
        check(
            get("/internal/missing/refuse"),
            "",
            404,
            r#"{"detail":"subject not found","status":404,"title":"TestIt failed"}"#,
        )
        .await;
        check(
            get("/internal/broken/refuse"),
            "",
            500,
            r#"{"detail":"database is full","status":500,"title":"TestIt failed"}"#,
        )
        .await;
        check(
            get("/oauth2/code/refuse"),
            "",
            400,
            "{\"error\":\"invalid_grant\",\"error_description\":\"no such code\"}\n",
        )
        .await;
        check(get("/oauth2/bare/refuse"), "", 400, "{\"error\":\"invalid_grant\"}\n").await;
        check(
            get("/oauth2/missing/refuse"),
            "",
            404,
            "{\"error\":\"invalid_request\",\"error_description\":\"subject not found\"}\n",
        )
        .await;
        check(get("/oauth2/broken/refuse"), "", 500, "{\"error\":\"server_error\"}\n").await;
    }

    #[tokio::test]
    async fn a_page_goes_to_browsers_only() {
        for (target, accept, is_page) in [
            ("/oauth2/code/refuse", "text/html,application/xhtml+xml", true),
            ("/oauth2/code/refuse", "*/*", false),
            ("/oauth2/code/refuse", "text/html, application/json", false),
            ("/oauth2/code/authorize", "*/*", true),
            ("/oauth2/code/authorize", "application/json", false),
        ] {
            let (_, headers, body) =
                send(get(target).header("Accept", accept).body(Body::empty()).unwrap()).await;
            assert_eq!(body.starts_with("<html"), is_page, "{target} {accept}");
            assert_eq!(headers["content-type"] == "text/html; charset=UTF-8", is_page);
        }
    }

    #[tokio::test]
    async fn a_crash_is_one_answer_and_tells_nothing() {
        check(
            get("/internal/x/refuse"),
            "",
            500,
            r#"{"detail":"internal error","status":500,"title":"Operation failed"}"#,
        )
        .await;
    }

    #[tokio::test]
    async fn a_decision_that_crashes_is_a_refusal_for_every_method() {
        for (method, target) in [("GET", "/gateway/x"), ("BREW", "/gateway/%zz")] {
            let body = "x".repeat(BODY_BYTES_MAX + 1);
            let request = get(target).method(method);
            check(request, &body, 403, "{\"error\":\"access_denied\"}\n").await;
        }
    }

    #[tokio::test]
    async fn a_body_that_says_it_is_too_long_is_refused_unread() {
        let too_large =
            r#"{"detail":"Request Entity Too Large","status":413,"title":"Operation failed"}"#;
        let body = "x".repeat(BODY_BYTES_MAX + 1);
        for target in ["/oauth2/s/token", "/internal/read", "/nope"] {
            check(get(target).method("POST"), &body, 413, too_large).await;
        }
        let request = get("/oauth2/s/token").method("POST").body(Body::from(body)).unwrap();
        let (status, headers, _) = send(request).await;
        assert_eq!(
            (status, headers.get("cache-control"), headers.get("pragma")),
            (413, None, None)
        );
    }

    #[tokio::test]
    async fn forms_and_queries_are_merged_and_nothing_counts_twice() {
        let form = |target: &str| {
            get(target).method("POST").header("Content-Type", "application/x-www-form-urlencoded")
        };
        let target = "/oauth2/a%2Fb/token?scope=query&x=1";
        check(
            form(target),
            "scope=body&e=",
            200,
            r#"["a%2Fb"] [("scope", "body"), ("e", ""), ("x", "1")]"#,
        )
        .await;
        check(
            get(target).method("POST"),
            "scope=body",
            200,
            r#"["a%2Fb"] [("scope", "query"), ("x", "1")]"#,
        )
        .await;
        for (target, body, description) in [
            ("/oauth2/s/token", "a=1&a=1", "parameter `a` occurs twice"),
            ("/oauth2/s/token?a=1&%61=2", "", "parameter `a` occurs twice"),
            ("/oauth2/s/token", "a=%zz", "body: invalid percent-encoding"),
            ("/oauth2/s/token", "a=%ff", "body: not UTF-8"),
        ] {
            let expected = format!(
                "{{\"error\":\"invalid_request\",\"error_description\":\"{description}\"}}\n"
            );
            check(form(target), body, 400, &expected).await;
        }
    }

    #[tokio::test]
    async fn a_broken_target_is_refused_before_routing() {
        check(get("/internal/%zz/x/b"), "", 400, "400 Bad Request").await;
    }

    #[test]
    fn no_operation_is_routed_twice() {
        let mut seen = std::collections::HashSet::new();
        for row in endpoints() {
            assert!(seen.insert((row.method, row.path)), "{}", row.path);
        }
    }
}
