//! The sockets: binds the public and the internal address, and the one for gateways where there is one, then serves until told to stop.
//!
//! Binding comes first and fails loudly: nothing is answered before all addresses are ours. HTTP/1.1 only, but for the address of gRPC,
//! which is HTTP/2 only; TLS where a certificate is handed in, plain otherwise, behind a proxy that ends it.

mod address;
mod admission;
mod limits;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::pin::pin;

use axum::Router;
use axum_server::{Control, Handle, Server};
use hyper_util::rt::TokioTimer;
use tokio::net::TcpListener;

use crate::App;
use crate::operations::metrics;
use crate::routes::{Listener, router};
use admission::Admission;

pub use limits::Limits;
pub use tls::{TlsError, TlsIdentity};

/// The most requests at a time on one connection of HTTP/2.
const STREAMS_MAX: u32 = 256;
/// The most bytes of the head of a request of HTTP/2.
const HEADER_LIST_BYTES_MAX: u32 = 64 * 1024;

/// What is bound.
pub struct Settings {
    /// `http.public.address`, as in `:8080`.
    pub public: Face,
    /// `http.internal.address`, as in `127.0.0.1:8081`.
    pub internal: Face,
    /// `gateway.address`; `None`: nothing is answered to gateways. Never one with another listener.
    pub gateway: Option<GatewayFace>,
    /// What one listener bears.
    pub limits: Limits,
}

/// One address, and how it speaks.
#[derive(Clone, PartialEq, Eq)]
pub struct Face {
    /// `host:port`; without a host all addresses of the machine, with port 0 any free port.
    pub address: String,
    /// Certificate and key; `None`: plain HTTP.
    pub tls: Option<TlsIdentity>,
}

/// The address for gateways.
#[derive(Clone, PartialEq, Eq)]
pub struct GatewayFace {
    /// Address and certificate.
    pub face: Face,
    /// Authorities of the certificates with which gateways may connect, as the bytes of a PEM file; `None`: they show none. Needs
    /// a certificate of our own.
    pub authorities: Option<Vec<u8>>,
}

/// Where the listeners are, with real ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Of the public listener.
    pub public: SocketAddr,
    /// Of the internal listener; the same where one listener serves all.
    pub internal: SocketAddr,
    /// Of the listener for gateways.
    pub gateway: Option<SocketAddr>,
    /// Of the one for gateways that speak gRPC.
    pub grpc: Option<SocketAddr>,
}

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The text is no address.
    #[error("`{address}` is not an address: expected host:port")]
    Address {
        /// The text.
        address: String,
    },
    /// The address cannot be had.
    #[error("cannot listen on `{address}`")]
    Bind {
        /// The address.
        address: String,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// Certificate or key cannot be used.
    #[error("certificate or key of `{address}` cannot be used")]
    Tls {
        /// The address.
        address: String,
        /// Why.
        #[source]
        cause: TlsError,
    },
    /// Certificates of gateways can only be checked on TLS connections.
    #[error("`{address}` has authorities for gateways, but no certificate of its own")]
    NoIdentity {
        /// The address.
        address: String,
    },
    /// Public and internal listener share an address but not a certificate.
    #[error("`{address}` is given to both listeners, with different certificates")]
    TwoIdentities {
        /// The address.
        address: String,
    },
}

/// Bound sockets that nobody answers yet. Connections wait in the backlog.
///
/// ```no_run
/// # async fn start(app: pecan_server::App) -> Result<(), Box<dyn std::error::Error>> {
/// use pecan_server::listen::{Face, Limits, Listeners, Settings};
///
/// let settings = Settings {
///     public: Face { address: ":8080".to_owned(), tls: None },
///     internal: Face { address: "127.0.0.1:8081".to_owned(), tls: None },
///     gateway: None,
///     limits: Limits::default(),
/// };
/// let listeners = Listeners::bind(settings).await?;
/// let addresses = listeners.addresses();
/// listeners.serve(app, async { /* resolves at SIGTERM */ }).await?;
/// # let _ = addresses;
/// # Ok(())
/// # }
/// ```
pub struct Listeners {
    bound: Vec<Bound>,
    addresses: Addresses,
    limits: Limits,
}

struct Bound {
    listener: Listener,
    socket: TcpListener,
    tls: Option<tls::Config>,
}

impl Listeners {
    /// Binds all addresses, or none. Where the public and the internal one are equal (but for port 0, which is no address) one
    /// listener serves both.
    pub async fn bind(settings: Settings) -> Result<Self, BindError> {
        let Settings { public, internal, gateway, limits } = settings;
        let is_one = address::are_equal(&public.address, &internal.address);
        if is_one && public.tls != internal.tls {
            return Err(BindError::TwoIdentities { address: public.address });
        }
        let first = if is_one { Listener::Both } else { Listener::Public };
        let (first, public) = Bound::new(first, public, None).await?;
        let mut bound = vec![first];
        let mut addresses = Addresses { public, internal: public, gateway: None, grpc: None };
        if !is_one {
            let (second, internal) = Bound::new(Listener::Internal, internal, None).await?;
            bound.push(second);
            addresses.internal = internal;
        }
        if let Some(GatewayFace { face, authorities }) = gateway {
            let (third, gateway) = Bound::new(Listener::Gateway, face, authorities).await?;
            bound.push(third);
            addresses.gateway = Some(gateway);
        }
        Ok(Self { bound, addresses, limits })
    }

    /// Binds one address more, for gateways that speak gRPC.
    #[cfg(feature = "grpc")]
    pub async fn with_grpc(mut self, grpc: GatewayFace) -> Result<Self, BindError> {
        let GatewayFace { face, authorities } = grpc;
        let (bound, address) = Bound::new(Listener::Grpc, face, authorities).await?;
        self.bound.push(bound);
        self.addresses.grpc = Some(address);
        Ok(self)
    }

    /// Where they are.
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Serves a node until `stop` resolves, then lets running requests end within [`Limits::shutdown`].
    ///
    /// Also keeps the metrics in bounds while it runs. Fails if a listener breaks; the others stop then, too.
    pub async fn serve(self, app: App, stop: impl Future<Output = ()>) -> io::Result<()> {
        self.serve_routers(|listener| router(listener, &app), stop).await
    }

    async fn serve_routers(
        self,
        router: impl Fn(Listener) -> Router,
        stop: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let control = Control::new();
        let limits = self.limits;
        let servers = self.bound.into_iter().map(|bound| {
            let router = router(bound.listener);
            bound.serve(router, &limits, control.clone())
        });
        let mut servers = pin!(futures_util::future::try_join_all(servers));
        let stopped = async {
            stop.await;
            control.graceful_shutdown(Some(limits.shutdown));
            std::future::pending::<()>().await;
        };
        let ended = tokio::select! {
            ended = &mut servers => ended,
            () = metrics::keep() => Ok(Vec::new()),
            () = stopped => Ok(Vec::new()),
        };
        control.shutdown();
        ended.map(drop)
    }
}

/// The version of HTTP that is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Http1,
    Http2,
}

fn protocol(listener: Listener) -> Protocol {
    match listener {
        Listener::Grpc => Protocol::Http2,
        Listener::Public
        | Listener::Internal
        | Listener::Both
        | Listener::Gateway
        | Listener::PublicAndGateway
        | Listener::InternalAndGateway => Protocol::Http1,
    }
}

impl Bound {
    async fn new(
        listener: Listener,
        face: Face,
        authorities: Option<Vec<u8>>,
    ) -> Result<(Self, SocketAddr), BindError> {
        let Face { address, tls } = face;
        if tls.is_none() && authorities.is_some() {
            return Err(BindError::NoIdentity { address });
        }
        let protocol = protocol(listener);
        let tls = tls.map(|identity| tls::Config::new(&identity, authorities.as_deref(), protocol));
        let tls = tls.transpose();
        let tls = tls.map_err(|cause| BindError::Tls { address: address.clone(), cause })?;
        let socket = address::bind(&address).await?;
        match socket.local_addr() {
            Ok(at) => Ok((Self { listener, socket, tls }, at)),
            Err(cause) => Err(BindError::Bind { address, cause }),
        }
    }

    async fn serve(self, router: Router, limits: &Limits, control: Control) -> io::Result<()> {
        let mut server = Server::<SocketAddr>::from_listener(self.socket)
            .handle(Handle::with_control(control))
            .first_request_timeout(limits.first_request)
            .accept_error_handler(|_, error| tracing::debug!(%error, "connection not accepted"));
        match protocol(self.listener) {
            Protocol::Http1 => {
                server = server.http1_only();
                let mut builder = server.http_builder().http1();
                builder.timer(TokioTimer::new()).header_read_timeout(limits.idle);
                builder.max_buf_size(limits.buffer_bytes);
            }
            Protocol::Http2 => {
                server = server.http2_only();
                let mut builder = server.http_builder().http2();
                builder.timer(TokioTimer::new()).keep_alive_interval(limits.idle);
                builder.keep_alive_timeout(limits.first_request);
                builder.max_concurrent_streams(STREAMS_MAX);
                builder.max_header_list_size(HEADER_LIST_BYTES_MAX);
            }
        }
        let admission = Admission::new(limits);
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        match self.tls {
            None => server.acceptor(admission).serve(service).await,
            Some(tls) => server.acceptor(tls.over(admission, limits)).serve(service).await,
        }
    }
}

#[cfg(test)]
mod gateway_tests;
#[cfg(test)]
mod tests;
