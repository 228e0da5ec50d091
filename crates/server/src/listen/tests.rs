//! Hostile and honest clients on real loopback sockets. Nothing here waits for a clock but the listener itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::handler::Handler;
use axum::response::Response;
use http::{Method, StatusCode};
use pecan_platform::random::SystemRandom;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tower::util::BoxCloneSyncService;

use super::*;
use crate::extract::{BODY_BYTES_MAX, RawBody, RawPath};
use crate::middleware::{Frame, Mounted};
use crate::respond::text;
use crate::routes::assemble;

pub(super) fn mounted<H: Handler<T, ()>, T: 'static>(method: Method, handler: H) -> Mounted {
    Mounted::new(method, "TestIt", true, BoxCloneSyncService::new(handler.with_state(())))
}

async fn echo(RawPath(parameters): RawPath) -> Response {
    assert_ne!(parameters, ["crash"], "asked to");
    text(StatusCode::OK, format!("{parameters:?}"))
}

async fn length(RawBody(body): RawBody) -> Response {
    text(StatusCode::OK, body.len().to_string())
}

async fn large() -> Response {
    text(StatusCode::OK, "x".repeat(64 * 1024 * 1024))
}

fn test_router(listener: Listener) -> Router {
    let frame = Frame::of(Arc::new(SystemRandom), Arc::new(crate::Settings::default()));
    let mut paths: BTreeMap<_, Vec<Mounted>> = BTreeMap::new();
    if listener == Listener::Gateway {
        paths.insert("/who", vec![mounted(Method::GET, gateway_tests::who)]);
        return assemble(&frame, paths, false);
    }
    if listener != Listener::Internal {
        paths.insert("/open/{what}", vec![mounted(Method::GET, echo)]);
        paths.insert("/body", vec![mounted(Method::POST, length)]);
        paths.insert("/large", vec![mounted(Method::GET, large)]);
    }
    if listener != Listener::Public {
        paths.insert("/internal/{what}", vec![mounted(Method::GET, echo)]);
    }
    assemble(&frame, paths, true)
}

pub(super) fn any_port() -> Face {
    Face { address: "127.0.0.1:0".to_owned(), tls: None }
}

/// Limits that are reached while a test waits.
fn short() -> Limits {
    Limits {
        first_request: Duration::from_millis(200),
        idle: Duration::from_millis(200),
        write_stall: Duration::from_millis(200),
        shutdown: Duration::from_millis(200),
        ..Limits::default()
    }
}

pub(super) struct Running {
    pub(super) addresses: Addresses,
    stop: oneshot::Sender<()>,
    served: JoinSet<io::Result<()>>,
}

async fn start(limits: Limits) -> Running {
    run(Settings { public: any_port(), internal: any_port(), gateway: None, limits }).await
}

pub(super) async fn run(settings: Settings) -> Running {
    let listeners = Listeners::bind(settings).await.unwrap();
    let addresses = listeners.addresses();
    let (stop, stopped) = oneshot::channel();
    let stopped = async { stopped.await.unwrap_or_default() };
    let mut served = JoinSet::new();
    served.spawn(listeners.serve_routers(test_router, stopped));
    Running { addresses, stop, served }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.addresses.public).await.unwrap()
    }

    /// Sends bytes and reads until the listener hangs up.
    async fn send(&self, bytes: &str) -> String {
        talk(self.connect().await, bytes).await
    }
}

pub(super) async fn talk(
    mut stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    bytes: &str,
) -> String {
    // The listener may hang up before it has read everything.
    let _ = stream.write_all(bytes.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

pub(super) fn closing(head: &str) -> String {
    format!("{head} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
}

pub(super) fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or("none")
}

#[tokio::test]
async fn no_spelling_of_a_target_reaches_the_other_listener() {
    let node = start(Limits::default()).await;
    for (target, expected) in [
        ("/open/a", "200"),
        ("http://x/open/a", "200"),
        ("/internal/a", "404"),
        ("//internal/a", "404"),
        ("/./internal/a", "404"),
        ("/open/../internal/a", "404"),
        ("/open%2f..%2finternal/a", "404"),
        ("/%69nternal/a", "404"),
        ("http://x/internal/a", "404"),
        ("http://x//internal/a", "404"),
        ("http://127.0.0.1:8081/internal/a", "404"),
        ("*", "404"),
        ("/open/%zz", "400"),
        ("/open/\u{7f}", "400"),
    ] {
        let answer = node.send(&closing(&format!("GET {target}"))).await;
        assert_eq!(status(&answer), expected, "{target}");
    }
    assert_ne!(status(&node.send(&closing("CONNECT x:80")).await), "200");
}

#[tokio::test]
async fn each_listener_has_its_own_routes_and_one_address_has_all() {
    let node = start(Limits::default()).await;
    let internal = TcpStream::connect(node.addresses.internal).await.unwrap();
    assert_eq!(status(&talk(internal, &closing("GET /open/a")).await), "404");
    let internal = TcpStream::connect(node.addresses.internal).await.unwrap();
    assert_eq!(status(&talk(internal, &closing("GET /internal/a")).await), "200");

    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let face = || Face { address: free.to_string(), tls: None };
    let one = run(Settings {
        public: face(),
        internal: face(),
        gateway: None,
        limits: Limits::default(),
    })
    .await;
    assert_eq!(one.addresses.public, one.addresses.internal);
    assert_eq!(status(&one.send(&closing("GET /open/a")).await), "200");
    assert_eq!(status(&one.send(&closing("GET /internal/a")).await), "200");
}

#[tokio::test]
async fn an_address_that_is_taken_fails_before_anything_is_served() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let internal = Face { address: taken.local_addr().unwrap().to_string(), tls: None };
    let settings =
        Settings { public: any_port(), internal, gateway: None, limits: Limits::default() };
    assert!(matches!(Listeners::bind(settings).await, Err(BindError::Bind { .. })));
    for address in ["", "127.0.0.1", "127.0.0.1:http", ":99999"] {
        let public = Face { address: address.to_owned(), tls: None };
        let settings =
            Settings { public, internal: any_port(), gateway: None, limits: Limits::default() };
        assert!(matches!(Listeners::bind(settings).await, Err(BindError::Address { .. })));
    }
}

#[tokio::test]
async fn who_sends_no_whole_head_is_hung_up_on() {
    let node = start(short()).await;
    assert_eq!(node.send("").await, "");
    assert_eq!(node.send("GET /open/a HTTP/1.1\r\nHost: x\r\nX-Slow: ").await, "");
    // On a connection that has been served, too.
    let answer =
        node.send("GET /open/a HTTP/1.1\r\nHost: x\r\n\r\nGET /open/b HTTP/1.1\r\nHo").await;
    assert_eq!((status(&answer), answer.matches("HTTP/1.1 200").count()), ("200", 1));
}

#[tokio::test]
async fn who_takes_no_answer_is_hung_up_on() {
    // With one place, the next client gets in only after the first one was given up.
    let node = start(Limits { connections: 1, ..short() }).await;
    let mut stalled = node.connect().await;
    stalled.write_all(closing("GET /large").as_bytes()).await.unwrap();
    loop {
        let answer = node.send(&closing("GET /open/a")).await;
        if status(&answer) == "200" {
            break;
        }
    }
}

#[tokio::test]
async fn more_connections_than_there_are_places_are_closed_at_once() {
    let node = start(Limits { connections: 1, ..Limits::default() }).await;
    let mut first = node.connect().await;
    first.write_all(b"GET /open/a HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answer = [0; 12];
    first.read_exact(&mut answer).await.unwrap();
    assert_eq!(node.send(&closing("GET /open/a")).await, "");
}

#[tokio::test]
async fn an_endless_body_ends_at_the_limit() {
    let node = start(Limits::default()).await;
    let mut stream = node.connect().await;
    stream
        .write_all(b"POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        .await
        .unwrap();
    let chunk = format!("{:x}\r\n{}\r\n", 100_000, "x".repeat(100_000));
    let (mut reading, mut writing) = stream.into_split();
    let endless = async { while writing.write_all(chunk.as_bytes()).await.is_ok() {} };
    let mut answer = [0; 12];
    let ((), answered) = tokio::join!(endless, reading.read_exact(&mut answer));
    // The listener hangs up on what still comes, and that may overtake the answer.
    assert!(answered.is_err() || status(&String::from_utf8_lossy(&answer)) == "413");
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_read() {
    let node = start(Limits::default()).await;
    for (bytes, expected) in [(BODY_BYTES_MAX, "200"), (BODY_BYTES_MAX + 1, "413")] {
        let head = format!(
            "POST /body HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {bytes}\r\n\r\n"
        );
        let answer = node.send(&(head + &"x".repeat(bytes))).await;
        assert_eq!(status(&answer), expected);
    }
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order_and_a_crash_costs_one() {
    let node = start(Limits::default()).await;
    let requests =
        ["a", "crash", "b"].map(|what| format!("GET /open/{what} HTTP/1.1\r\nHost: x\r\n\r\n"));
    let answer = node.send(&(requests.concat() + &closing("GET /open/c"))).await;
    let statuses: Vec<_> =
        answer.match_indices("HTTP/1.1 ").map(|(at, _)| &answer[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["200", "500", "200", "200"]);
    assert!(answer.find(r#"["a"]"#) < answer.find(r#"["b"]"#));
}

#[tokio::test]
async fn smuggled_and_oversized_heads_are_refused() {
    let node = start(Limits::default()).await;
    let many = "X-Many: 1\r\n".repeat(200);
    let long = "x".repeat(200_000);
    for head in [
        "Content-Length: 1\r\nContent-Length: 2\r\n".to_owned(),
        "Content-Length: +5\r\n".to_owned(),
        "Transfer-Encoding: gzip\r\n".to_owned(),
        "Transfer-Encoding: chunked, identity\r\n".to_owned(),
        " Folded: 1\r\n".to_owned(),
        "Bad Name: 1\r\n".to_owned(),
        many,
        format!("X: {long}\r\n"),
    ] {
        let answer = node
            .send(&format!("POST /body HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{head}\r\n"))
            .await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{head:.40}: {answer}");
    }
}

#[tokio::test]
async fn only_http_1_is_spoken() {
    let node = start(short()).await;
    let answer = node.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    assert!(!answer.contains("200"), "{answer}");
}

#[tokio::test]
async fn the_stop_ends_idle_connections_and_new_ones() {
    let mut node = start(Limits::default()).await;
    let mut idle = node.connect().await;
    idle.write_all(b"GET /open/a HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut start_of_answer = [0; 12];
    idle.read_exact(&mut start_of_answer).await.unwrap();
    node.stop.send(()).unwrap();
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).await.unwrap();
    node.served.join_next().await.unwrap().unwrap().unwrap();
    assert!(TcpStream::connect(node.addresses.public).await.is_err());
}

#[tokio::test]
async fn the_stop_does_not_wait_for_ever() {
    let mut node = start(Limits { first_request: Duration::from_hours(1), ..short() }).await;
    let mut slow = node.connect().await;
    slow.write_all(b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        .await
        .unwrap();
    node.stop.send(()).unwrap();
    node.served.join_next().await.unwrap().unwrap().unwrap();
}

/// A certificate for `localhost`, and a client that trusts it.
fn identity() -> (TlsIdentity, tokio_rustls::TlsConnector) {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let mut trusted = rustls::RootCertStore::empty();
    trusted.add(certified.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(trusted)
        .with_no_client_auth();
    let identity = TlsIdentity {
        certificates: certified.cert.pem().into_bytes(),
        key: certified.signing_key.serialize_pem().into_bytes(),
    };
    (identity, Arc::new(client).into())
}

#[tokio::test]
async fn tls_is_spoken_where_a_certificate_is_given() {
    let (identity, connector) = identity();
    let public = Face { tls: Some(identity), ..any_port() };
    let limits = Limits { handshake: Duration::from_millis(200), ..Limits::default() };
    let node = run(Settings { public, internal: any_port(), gateway: None, limits }).await;
    let name = "localhost".try_into().unwrap();
    let stream = connector.connect(name, node.connect().await).await.unwrap();
    assert_eq!(status(&talk(stream, &closing("GET /open/a")).await), "200");
    // Plain HTTP, and a handshake that never comes, get nothing.
    assert!(!node.send(&closing("GET /open/a")).await.contains("HTTP/1.1 200"));
    assert_eq!(node.send("").await, "");
}

#[tokio::test]
async fn an_identity_that_cannot_be_used_fails_at_the_start() {
    let (one, _) = identity();
    let (other, _) = identity();
    let garbage = b"garbage".to_vec();
    for identity in [
        TlsIdentity { certificates: garbage.clone(), key: one.key.clone() },
        TlsIdentity { certificates: one.certificates.clone(), key: garbage },
        TlsIdentity { certificates: one.certificates.clone(), key: other.key.clone() },
    ] {
        let public = Face { tls: Some(identity), ..any_port() };
        let settings =
            Settings { public, internal: any_port(), gateway: None, limits: Limits::default() };
        assert!(matches!(Listeners::bind(settings).await, Err(BindError::Tls { .. })));
    }
    let face = |tls| Face { address: "127.0.0.1:1".to_owned(), tls };
    let settings = Settings {
        public: face(Some(one)),
        internal: face(None),
        gateway: None,
        limits: Limits::default(),
    };
    assert!(matches!(Listeners::bind(settings).await, Err(BindError::TwoIdentities { .. })));
}
