//! Turns names into addresses.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::BoxFuture;

/// The look-ups that may run at the same time; each holds a thread, also after its caller gave up.
const LOOKUPS_MAX: usize = 64;

/// The addresses of one name that are looked at; a name may have thousands.
pub(super) const ADDRESSES_MAX: usize = 16;

/// Resolves names: the machine's way, or a table in tests of strict mode.
pub(super) trait Resolve: Send + Sync {
    /// The addresses of a name, best first, at most [`ADDRESSES_MAX`].
    fn resolve(&self, name: &str, port: u16) -> BoxFuture<'_, io::Result<Vec<SocketAddr>>>;
}

/// The resolver of the machine.
pub(super) struct SystemResolver {
    lookups: Arc<Semaphore>,
}

impl SystemResolver {
    pub(super) fn new() -> Self {
        Self { lookups: Arc::new(Semaphore::new(LOOKUPS_MAX)) }
    }
}

impl Resolve for SystemResolver {
    fn resolve(&self, name: &str, port: u16) -> BoxFuture<'_, io::Result<Vec<SocketAddr>>> {
        let name = name.to_owned();
        Box::pin(async move {
            let permit = Arc::clone(&self.lookups).acquire_owned().await;
            // INVARIANT: the permit moves into the thread, which goes on when this future is dropped.
            let lookup = move || {
                let _permit = permit;
                let found = (name.as_str(), port).to_socket_addrs()?;
                Ok(found.take(ADDRESSES_MAX).collect())
            };
            tokio::task::spawn_blocking(lookup).await.map_err(io::Error::other)?
        })
    }
}
