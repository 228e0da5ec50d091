//! The same question asked in three calls, as gateway teams do without it, and in one: through one NGINX, against one node.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::guard::{self, SECRET, workspace};
use super::parties::SCOPE;
use super::process::Process;
use super::server::{Folder, Server, free_port};

/// Where Debian's NGINX keeps its script module.
const MODULES: &str = "/usr/lib/nginx/modules";

/// NGINX and Open Policy Agent, before a node.
pub(super) struct ThreeCalls {
    /// Where a request costs three calls.
    pub(super) three: u16,
    /// Where it costs one.
    pub(super) one: u16,
    /// They end before their folder is removed.
    _processes: [Process; 2],
    _folder: Folder,
}

impl ThreeCalls {
    /// Starts both.
    pub(super) async fn start(server: &Server, opa: &Path) -> Result<Self, String> {
        let folder = Folder::create("three-calls")?;
        let (three, one, decisions) = (free_port()?, free_port()?, free_port()?);
        write(folder.path(), server, (three, one, decisions))?;
        let mut command = Command::new(opa);
        command.args(["run", "--server", "--addr", &format!("127.0.0.1:{decisions}")]);
        command.args(["--ignore", "*_test.rego", "--skip-version-check", "--log-level", "error"]);
        command.arg(workspace().join("policies"));
        let opa =
            Process::start(&mut command, &folder.path().join("opa.txt"), decisions, "/health")
                .await?;
        let mut command = Command::new("nginx");
        // The script reads its settings from where NGINX runs.
        command.current_dir(folder.path()).arg("-p").arg(folder.path()).args([
            "-c",
            "nginx.conf",
            "-g",
            "daemon off;",
        ]);
        let log = folder.path().join("nginx.txt");
        let nginx = Process::start(&mut command, &log, one, "/ready").await?;
        Ok(Self { three, one, _processes: [opa, nginx], _folder: folder })
    }
}

fn write(
    folder: &Path,
    server: &Server,
    (three, one, decisions): (u16, u16, u16),
) -> Result<(), String> {
    let source = workspace().join("crates/xtask/src/bench/three_calls");
    let read = |name: &str| {
        fs::read_to_string(source.join(name)).map_err(|error| format!("{name}: {error}"))
    };
    let address = |port: u16| format!("127.0.0.1:{port}");
    let mut nginx = read("nginx.conf")?;
    for (word, value) in [
        ("MODULES", MODULES),
        ("CLIENTS_THREE", &address(three)),
        ("CLIENTS_ONE", &address(one)),
        ("INTERNAL", &address(server.internal)),
        ("GATEWAY", &address(server.gateway)),
        ("OPA", &address(decisions)),
        ("SECRET", SECRET),
    ] {
        nginx = nginx.replace(word, value);
    }
    let mut fact = guard::fact();
    if let Some(members) = fact.as_object_mut() {
        members.insert("subject".to_owned(), Value::from("hospital"));
    }
    let settings = read("settings.json")?
        .replace("eOverdracht-sender", SCOPE)
        .replace("\"access\": []", &format!("\"access\": [{fact}]"));
    for (name, text) in
        [("nginx.conf", nginx), ("settings.json", settings), ("pep.js", read("pep.js")?)]
    {
        fs::write(folder.join(name), text).map_err(|error| error.to_string())?;
    }
    Ok(())
}
