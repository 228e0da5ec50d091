//! Connections that wait for the next exchange with their origin.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::connector::Connection;
use super::target::Origin;

/// The connections that are kept open without an exchange, with all origins together.
const IDLE_MAX: usize = 64;

/// How long a connection is kept open without an exchange.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a kept connection may take to finish its last exchange before it is dropped instead.
const READY_TIMEOUT: Duration = Duration::from_millis(100);

/// The idle connections, oldest first.
#[derive(Default)]
pub(super) struct IdleConnections {
    idle: Mutex<VecDeque<Idle>>,
}

struct Idle {
    origin: Origin,
    since: Instant,
    connection: Connection,
}

impl IdleConnections {
    /// Takes the connection to an origin that was used last, if one is usable.
    pub(super) async fn take(&self, origin: &Origin) -> Option<Connection> {
        while let Some(mut connection) = self.take_newest(origin) {
            // INVARIANT: an exchange takes a connection before it makes one, so that one origin has no more than it may have exchanges.
            if let Ok(Ok(())) = tokio::time::timeout(READY_TIMEOUT, connection.ready()).await {
                return Some(connection);
            }
        }
        None
    }

    fn take_newest(&self, origin: &Origin) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let at = idle.iter().rposition(|idle| idle.origin == *origin)?;
        let found = idle.remove(at)?;
        (found.since.elapsed() < IDLE_TIMEOUT).then_some(found.connection)
    }

    /// Keeps a connection whose answer was read to its end.
    pub(super) fn keep(&self, origin: Origin, connection: Connection) {
        if connection.is_closed() {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|idle| !idle.connection.is_closed() && idle.since.elapsed() < IDLE_TIMEOUT);
        if idle.len() >= IDLE_MAX {
            idle.pop_front();
        }
        idle.push_back(Idle { origin, since: Instant::now(), connection });
    }
}
