//! A small HTTP client: what an EHR, a peer or a gateway would send.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use url::Url;

/// How long an answer may take. Debug executables on a busy machine are slow.
const ANSWER_MAX: Duration = Duration::from_mins(1);

/// Sends requests, each over a connection of its own, trusting one authority. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Client {
    tls: TlsConnector,
}

/// A connection, encrypted or not.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// An answer, read whole.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// No answer came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoAnswer;

impl Client {
    pub(crate) fn new(authority: CertificateDer<'static>) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(authority).unwrap();
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let config = ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self { tls: Arc::new(config).into() }
    }

    /// Sends a request.
    pub(crate) async fn try_send(
        &self,
        request: http::request::Builder,
        body: impl Into<Bytes>,
    ) -> Result<Answer, NoAnswer> {
        let request = request.body(Full::new(body.into())).unwrap();
        tokio::time::timeout(ANSWER_MAX, self.exchange(request)).await.map_err(|_| NoAnswer)?
    }

    async fn exchange(&self, mut request: Request<Full<Bytes>>) -> Result<Answer, NoAnswer> {
        let url = Url::parse(&request.uri().to_string()).unwrap();
        let authority = request.uri().authority().unwrap().as_str().parse().unwrap();
        request.headers_mut().insert(header::HOST, authority);
        *request.uri_mut() = request.uri().path_and_query().unwrap().as_str().parse().unwrap();

        let stream = TokioIo::new(self.connect(&url).await?);
        let (mut sender, connection) = http1::handshake(stream).await.map_err(|_| NoAnswer)?;
        // Its work ends with this exchange, whichever way that ends.
        let mut connected = JoinSet::new();
        connected.spawn(connection);
        let (parts, body) = sender.send_request(request).await.map_err(|_| NoAnswer)?.into_parts();
        let body = body.collect().await.map_err(|_| NoAnswer)?.to_bytes();
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }

    async fn connect(&self, url: &Url) -> Result<Box<dyn Stream>, NoAnswer> {
        let host = url.host_str().unwrap();
        let address = ("127.0.0.1", url.port().unwrap());
        let stream = TcpStream::connect(address).await.map_err(|_| NoAnswer)?;
        if url.scheme() == "http" {
            return Ok(Box::new(stream));
        }
        let name = ServerName::try_from(host.to_owned()).unwrap();
        let stream = self.tls.connect(name, stream).await.map_err(|_| NoAnswer)?;
        Ok(Box::new(stream))
    }

    /// Sends bytes as they are, and reads until the other side closes.
    pub(crate) async fn exchange_bytes(&self, url: &str, bytes: &[u8]) -> String {
        let mut stream = self.connect(&Url::parse(url).unwrap()).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        // A side that closes at once is no failure: what counts is what it said.
        let _ = tokio::time::timeout(ANSWER_MAX, stream.read_to_end(&mut answer)).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub(crate) async fn send(
        &self,
        request: http::request::Builder,
        body: impl Into<Bytes>,
    ) -> Answer {
        let url = request.uri_ref().cloned();
        let answer = self.try_send(request, body).await;
        answer.unwrap_or_else(|_| panic!("no answer from {url:?}"))
    }

    pub(crate) async fn get(&self, url: &str) -> Answer {
        self.send(Request::get(url), Bytes::new()).await
    }

    pub(crate) async fn delete(&self, url: &str) -> Answer {
        self.send(Request::delete(url), Bytes::new()).await
    }

    /// Posts JSON.
    pub(crate) async fn post(&self, url: &str, body: &Value) -> Answer {
        self.send(json(url), body.to_string()).await
    }

    /// Posts a form.
    pub(crate) async fn form(&self, url: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(form_request(url), form(fields)).await
    }

    /// Posts a form, unless the connection breaks.
    pub(crate) async fn try_form(
        &self,
        url: &str,
        fields: &[(&str, &str)],
    ) -> Result<Answer, NoAnswer> {
        self.try_send(form_request(url), form(fields)).await
    }
}

fn json(url: &str) -> http::request::Builder {
    Request::builder()
        .method(Method::POST)
        .uri(url)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CACHE_CONTROL, "no-cache")
}

fn form_request(url: &str) -> http::request::Builder {
    Request::post(url)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json")
}

fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

impl Answer {
    /// The answer, if its status is `status`.
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    /// A member of the JSON body that is text.
    pub(crate) fn member(&self, name: &str) -> String {
        let body = self.json();
        body[name].as_str().unwrap_or_else(|| panic!("no `{name}` in {body}")).to_owned()
    }
}
