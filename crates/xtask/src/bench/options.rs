//! What the command line of the benchmark can say.

use std::path::PathBuf;
use std::time::Duration;

/// The options.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// The executable that is measured.
    pub(super) binary: PathBuf,
    /// Connections for all rows but those that name their own number.
    pub(super) connections: usize,
    /// The counted time of a row.
    pub(super) duration: Duration,
    /// Requests per second of an additional open-loop row for the token endpoint.
    pub(super) rate: Option<f64>,
    /// Rows whose name contains this text only.
    pub(super) only: Option<String>,
    /// A connection URL of a PostgreSQL server whose databases may be made and dropped.
    pub(super) postgres: Option<String>,
    /// The executable of Open Policy Agent, for the rows of NGINX with three calls.
    pub(super) opa: Option<PathBuf>,
    /// Whether the rows with a million stored things run.
    pub(super) large: bool,
}

/// What is printed for wrong arguments.
const USAGE: &str = "usage: cargo xtask bench [--binary PATH] [--connections N] [--seconds N] [--rate N] [--only TEXT] [--postgres URL] [--opa PATH] [--large]
  --binary       the executable to measure (default: target/release/pecan, which `cargo build --release -p pecan` makes)
  --connections  keep-alive connections (default 32)
  --seconds      counted time of a row (default 6)
  --rate         adds a row of the token endpoint at this many requests per second (open loop)
  --only         rows whose name contains this text
  --postgres     adds the rows on PostgreSQL; databases named pecan_bench_* are made there and dropped
  --opa          adds the rows of NGINX with three calls; needs NGINX with its script module, and this executable of Open Policy Agent
  --large        adds the rows with 1,000,000 stored tokens and credentials and 100,000 subjects";

impl Options {
    /// Reads the arguments.
    pub(super) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let target = std::env::current_dir().map_err(|error| error.to_string())?;
        let mut options = Self {
            binary: target.join("target/release/pecan"),
            connections: 32,
            duration: Duration::from_secs(6),
            rate: None,
            only: None,
            postgres: None,
            opa: None,
            large: false,
        };
        while let Some(name) = arguments.next() {
            if name == "--large" {
                options.large = true;
                continue;
            }
            let value = arguments.next().ok_or(USAGE)?;
            let number = || value.parse::<f64>().map_err(|_| format!("`{value}` is no number"));
            match name.as_str() {
                "--binary" => options.binary = PathBuf::from(&value),
                "--connections" => options.connections = value.parse().map_err(|_| USAGE)?,
                "--seconds" => options.duration = Duration::from_secs_f64(number()?),
                "--rate" => options.rate = Some(number()?),
                "--only" => options.only = Some(value),
                "--postgres" => options.postgres = Some(value),
                "--opa" => options.opa = Some(PathBuf::from(&value)),
                _ => return Err(USAGE.to_owned()),
            }
        }
        Ok(options)
    }
}
