//! An empty HTTP server: the same stack as the node, and nothing behind it.

use std::net::SocketAddr;
use std::process::Command;

use axum::Router;
use axum::routing::{get, post};

use super::process::Process;
use super::server::{Folder, free_port};

/// A child that answers a fixed body on `/status` and takes a form on `/empty`.
pub(super) struct Empty {
    /// Its process.
    pub(super) process: Process,
    /// Its port.
    pub(super) port: u16,
    _folder: Folder,
}

impl Empty {
    /// Starts this executable as an empty server.
    pub(super) async fn start() -> Result<Self, String> {
        let port = free_port()?;
        let this = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut command = Command::new(this);
        command.arg("empty-server").arg(port.to_string());
        let folder = Folder::create(&format!("empty-{port}"))?;
        let log = folder.path().join("log.txt");
        let process = Process::start(&mut command, &log, port, "/status").await?;
        Ok(Self { process, port, _folder: folder })
    }
}

/// Serves until it is killed.
pub(crate) fn serve(port: &str) -> Result<String, String> {
    let port: u16 = port.parse().map_err(|_| format!("`{port}` is no port"))?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let router = Router::new().route("/status", get(async || "OK")).route(
        "/empty",
        post(async |body: String| format!("{{\"active\":{}}}\n", body.is_empty())),
    );
    let serving = axum_server::bind(SocketAddr::from(([127, 0, 0, 1], port)))
        .serve(router.into_make_service());
    runtime.map_err(|error| error.to_string())?.block_on(serving).map_err(|e| e.to_string())?;
    Ok(String::new())
}
