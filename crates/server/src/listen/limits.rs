//! What one listener bears before it hangs up.

use std::time::Duration;

use pecan_platform::process;

/// The limits of a listener. Together they bound what a stranger can hold: so many connections, each for so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most connections at a time; more are closed at once. Each listener has its own, so that strangers cannot shut
    /// out the organisation's own systems.
    pub connections: usize,
    /// How long a new connection may take until the head of its first request is complete, from its first byte or before.
    pub first_request: Duration,
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// How long a connection may be idle, and how long the head of a later request may take.
    pub idle: Duration,
    /// How long a client may refuse to take bytes of an answer.
    pub write_stall: Duration,
    /// How long running requests may go on after the stop.
    pub shutdown: Duration,
    /// The most bytes that a connection buffers, and so the longest head of a request.
    pub buffer_bytes: usize,
}

/// The most connections of a listener, if the system lets us have that many.
const CONNECTIONS_MAX: usize = 4096;

/// Open files that are not ours to give to clients: databases, keys, outbound connections.
const FILES_RESERVED: usize = 256;

impl Default for Limits {
    fn default() -> Self {
        // SECURITY: without the second bound, strangers take the last open file, and the database fails.
        let files = process::open_files_max().unwrap_or(1024);
        let connections = files.saturating_sub(FILES_RESERVED) / 2;
        Self {
            connections: connections.clamp(1, CONNECTIONS_MAX),
            first_request: Duration::from_secs(10),
            handshake: Duration::from_secs(10),
            // Longer than proxies keep their idle connections (60 s), so that it is they who close.
            idle: Duration::from_secs(75),
            write_stall: Duration::from_secs(30),
            shutdown: Duration::from_secs(15),
            buffer_bytes: 128 * 1024,
        }
    }
}
