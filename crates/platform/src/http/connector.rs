//! Opens connections, each to an address that was judged.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Host;

use super::HttpError;
use super::address::{AddressGuard, Blocked};
use super::resolve::{ADDRESSES_MAX, Resolve};
use super::target::Origin;

/// The time for one connection, TLS handshake included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// How long one address has, before the next is tried beside it (RFC 8305 §5).
const NEXT_ADDRESS_DELAY: Duration = Duration::from_millis(250);

/// The size of the status line and headers of an answer.
const HEADER_BYTES_MAX: usize = 32 * 1024;

/// What a connection reads ahead.
const BUFFER_BYTES_MAX: usize = 64 * 1024;

/// The sending half of an open connection.
pub(super) type Connection = SendRequest<Full<Bytes>>;

/// Opens connections.
pub(super) struct Connector {
    pub(super) resolver: Box<dyn Resolve>,
    pub(super) guard: AddressGuard,
    pub(super) tls: Arc<ClientConfig>,
}

impl Connector {
    /// Opens a connection to an origin.
    pub(super) async fn connect(&self, origin: &Origin) -> Result<Connection, HttpError> {
        let timeout = || HttpError::Timeout { host: origin.to_string(), limit: CONNECT_TIMEOUT };
        tokio::time::timeout(CONNECT_TIMEOUT, self.connect_unbounded(origin))
            .await
            .map_err(|_| timeout())?
    }

    async fn connect_unbounded(&self, origin: &Origin) -> Result<Connection, HttpError> {
        let unreachable = |cause: io::Error| HttpError::unreachable(origin, cause);
        let addresses = match &origin.host {
            Host::Ipv4(ip) => vec![SocketAddr::new((*ip).into(), origin.port)],
            Host::Ipv6(ip) => vec![SocketAddr::new((*ip).into(), origin.port)],
            Host::Domain(name) => {
                self.resolver.resolve(name, origin.port).await.map_err(unreachable)?
            }
        };
        let judged = self
            .judge(addresses, origin.is_configured)
            .map_err(|blocked| HttpError::Refused(blocked.to_string()))?;
        let stream = connect_first(&judged).await.map_err(unreachable)?;
        let _ = stream.set_nodelay(true);
        if !origin.is_tls {
            return handshake(stream, origin).await;
        }
        let name = server_name(&origin.host).map_err(unreachable)?;
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        handshake(connector.connect(name, stream).await.map_err(unreachable)?, origin).await
    }

    /// The addresses that may be called. All blocked is an error, some blocked is not: the rest is called.
    fn judge(
        &self,
        addresses: Vec<SocketAddr>,
        is_configured: bool,
    ) -> Result<Vec<SocketAddr>, Blocked> {
        let mut first_blocked = None;
        let mut judged = Vec::new();
        for address in addresses.into_iter().take(ADDRESSES_MAX) {
            match self.guard.judge(&address, is_configured) {
                Ok(()) => judged.push(address),
                Err(blocked) => first_blocked = first_blocked.or(Some(blocked)),
            }
        }
        match first_blocked {
            Some(blocked) if judged.is_empty() => Err(blocked),
            _ => Ok(judged),
        }
    }
}

/// Connects to the first address that answers; each later one starts a little later, or when one failed.
async fn connect_first(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut waiting = addresses.iter();
    let mut attempts = FuturesUnordered::new();
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the name has no addresses");
    loop {
        if let Some(address) = waiting.next() {
            attempts.push(TcpStream::connect(*address));
        } else if attempts.is_empty() {
            return Err(failure);
        }
        // Where no address is left to start, the wait is for those that run.
        let is_last = waiting.len() == 0;
        tokio::select! {
            result = attempts.next() => match result {
                Some(Ok(stream)) => return Ok(stream),
                Some(Err(error)) => failure = error,
                None => {}
            },
            () = tokio::time::sleep(NEXT_ADDRESS_DELAY), if !is_last => {}
        }
    }
}

/// The name that the certificate must have; an address has no brackets there.
fn server_name(host: &Host<String>) -> io::Result<ServerName<'static>> {
    match host {
        Host::Domain(name) => ServerName::try_from(name.clone()).map_err(io::Error::other),
        Host::Ipv4(ip) => Ok(ServerName::IpAddress((*ip).into())),
        Host::Ipv6(ip) => Ok(ServerName::IpAddress((*ip).into())),
    }
}

/// Makes an HTTP/1.1 connection of a stream. A task drives it until one side closes it.
#[expect(
    clippy::disallowed_methods,
    reason = "the task belongs to its connection, not to the node"
)]
async fn handshake<S>(stream: S, origin: &Origin) -> Result<Connection, HttpError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (sender, connection) = http1::Builder::new()
        .max_header_size(HEADER_BYTES_MAX)
        .max_buf_size(BUFFER_BYTES_MAX)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| HttpError::unreachable(origin, error))?;
    // It ends with the connection: when the sender is dropped, or an error occurs, which the sender reports.
    tokio::spawn(connection);
    Ok(sender)
}
