//! The sockets: binds the public and the internal address, then serves until told to stop.
//!
//! Binding comes first and fails loudly: nothing is answered before both addresses are ours. HTTP/1.1 only; TLS where a
//! certificate is handed in, plain otherwise, behind a proxy that ends it.

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

/// What is bound.
pub struct Settings {
    /// `http.public.address`, as in `:8080`.
    pub public: Face,
    /// `http.internal.address`, as in `127.0.0.1:8081`.
    pub internal: Face,
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

/// Where the listeners are, with real ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Of the public listener.
    pub public: SocketAddr,
    /// Of the internal listener; the same where one listener serves all.
    pub internal: SocketAddr,
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
    /// Binds both addresses, or none. Equal ones (but for port 0, which is no address) make one listener that serves all.
    pub async fn bind(settings: Settings) -> Result<Self, BindError> {
        let Settings { public, internal, limits } = settings;
        let is_one = address::are_equal(&public.address, &internal.address);
        if is_one && public.tls != internal.tls {
            return Err(BindError::TwoIdentities { address: public.address });
        }
        let first = if is_one { Listener::Both } else { Listener::Public };
        let (first, public) = Bound::new(first, public).await?;
        if is_one {
            let addresses = Addresses { public, internal: public };
            return Ok(Self { bound: vec![first], addresses, limits });
        }
        let (second, internal) = Bound::new(Listener::Internal, internal).await?;
        let addresses = Addresses { public, internal };
        Ok(Self { bound: vec![first, second], addresses, limits })
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

impl Bound {
    async fn new(listener: Listener, face: Face) -> Result<(Self, SocketAddr), BindError> {
        let Face { address, tls } = face;
        let tls = tls.as_ref().map(tls::Config::new).transpose();
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
            .http1_only()
            .first_request_timeout(limits.first_request)
            .accept_error_handler(|_, error| tracing::debug!(%error, "connection not accepted"));
        server
            .http_builder()
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.idle)
            .max_buf_size(limits.buffer_bytes);
        let admission = Admission::new(limits);
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        match self.tls {
            None => server.acceptor(admission).serve(service).await,
            Some(tls) => server.acceptor(tls.over(admission, limits)).serve(service).await,
        }
    }
}

#[cfg(test)]
mod tests;
