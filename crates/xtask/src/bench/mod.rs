//! `cargo xtask bench`: starts the release executable, drives it, prints one table of ratios.
//!
//! Every ratio is of one run on one machine: the bare signatures, the empty server and the node are measured side by side.

mod bare;
mod empty;
mod gateway;
mod guard;
mod load;
mod options;
mod parties;
mod process;
mod rows;
mod seed;
mod server;
mod table;
mod three_calls;

use std::time::{Instant, SystemTime};

use time::OffsetDateTime;

pub(crate) use empty::serve as serve_empty;
use options::Options;

/// Runs the benchmark; the table.
pub(crate) fn run(arguments: impl Iterator<Item = String>) -> Result<String, String> {
    let options = Options::parse(arguments)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(rows::run(&options))
}

/// The time of day.
#[expect(clippy::disallowed_methods, reason = "a load generator signs with the time of now")]
fn now() -> OffsetDateTime {
    OffsetDateTime::from(SystemTime::now())
}

/// A moment to measure from.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn moment() -> Instant {
    Instant::now()
}

/// A request as bytes of HTTP/1.1.
fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let headers: String =
        headers.iter().flat_map(|(name, value)| [name, ": ", value, "\r\n"]).collect();
    let length = body.len();
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}
