//! A server on loopback that answers with whatever bytes a test wants, and a client to call it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pecan_platform::clock::Clock;
use pecan_platform::http::{GuardedClient, HttpClient, HttpError, Request, Response, Settings};
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// What the server does with a connection after it read a request.
#[derive(Clone)]
pub(crate) enum Answer {
    /// Writes this and reads the next request.
    Complete(String),
    /// Writes this and closes.
    ThenClose(Vec<u8>),
    /// Writes this and is silent, with the connection open.
    ThenSilence(Vec<u8>),
    /// Writes the first, then the second again and again.
    Endless(Vec<u8>, Vec<u8>),
    /// Resets the connection.
    Reset,
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    connections: usize,
    requests: Vec<String>,
}

impl Server {
    /// Starts a server; `answer` gets the number of the request, from zero, and its text up to the empty line.
    #[expect(clippy::disallowed_methods, reason = "a server in a test ends with its runtime")]
    pub(crate) async fn start<F>(answer: F) -> Self
    where
        F: Fn(usize, &str) -> Answer + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (answer, log) = (Arc::new(answer), Arc::clone(&seen));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                log.lock().expect("not poisoned").connections += 1;
                tokio::spawn(serve(stream, Arc::clone(&answer), Arc::clone(&log)));
            }
        });
        Self { address, seen }
    }

    /// A server that gives one answer to all.
    pub(crate) async fn always(answer: Answer) -> Self {
        Self::start(move |_, _| answer.clone()).await
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        format!("http://{}{path}", self.address).parse().expect("a URL")
    }

    pub(crate) fn connections(&self) -> usize {
        self.seen.lock().expect("not poisoned").connections
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.lock().expect("not poisoned").requests.clone()
    }
}

async fn serve<F>(mut stream: TcpStream, answer: Arc<F>, seen: Arc<Mutex<Seen>>)
where
    F: Fn(usize, &str) -> Answer,
{
    while let Some(request) = read_head(&mut stream).await {
        let number = {
            let mut seen = seen.lock().expect("not poisoned");
            seen.requests.push(request.clone());
            seen.requests.len() - 1
        };
        match answer(number, &request) {
            Answer::Complete(text) => {
                let _ = stream.write_all(text.as_bytes()).await;
            }
            Answer::ThenClose(bytes) => {
                let _ = stream.write_all(&bytes).await;
                return;
            }
            Answer::ThenSilence(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.read(&mut [0; 1]).await;
            }
            Answer::Endless(first, again) => {
                let mut more = stream.write_all(&first).await;
                while more.is_ok() {
                    more = stream.write_all(&again).await;
                }
                return;
            }
            Answer::Reset => {
                // An answer that was not read is thrown away: that is what a reset looks like to the other side.
                let _ = stream.set_zero_linger();
                return;
            }
        }
    }
}

/// Reads a head and, as far as its `Content-Length` says, a body.
async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(bytes).expect("text");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |text| text.parse().expect("a number"))];
    stream.read_exact(&mut body).await.ok()?;
    Some(head + &String::from_utf8(body).expect("text"))
}

/// A complete answer of 200.
pub(crate) fn ok(headers: &str, body: &str) -> Answer {
    answer("200 OK", headers, body)
}

/// A complete answer; `headers` are lines, each with its line end.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Answer {
    let length = body.len();
    Answer::Complete(format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    ))
}

/// A clock that is moved by hand.
pub(crate) struct ManualClock(Mutex<OffsetDateTime>);

impl ManualClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(datetime!(2026-03-01 12:00 UTC))))
    }

    pub(crate) fn advance(&self, seconds: u64) {
        *self.0.lock().expect("not poisoned") += Duration::from_secs(seconds);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().expect("not poisoned")
    }
}

/// What a client outside strict mode is told.
pub(crate) fn settings() -> Settings {
    Settings {
        strict: false,
        timeout: Duration::from_secs(30),
        cache_bytes_max: 10_485_760,
        allowed_internal: Vec::new(),
        denied: Vec::new(),
        configured: Vec::new(),
    }
}

/// A client outside strict mode.
pub(crate) fn client() -> GuardedClient {
    GuardedClient::new(settings(), ManualClock::new()).expect("a client")
}

/// Sends one GET with a new client.
pub(crate) async fn get(url: Url) -> Result<Response, HttpError> {
    client().send(Request::get("test", url)).await
}
