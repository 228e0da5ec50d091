//! A process that is measured: started, waited for, weighed, ended.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::load::Connection;
use super::moment;

/// How long a process may take to answer.
const START_LIMIT: Duration = Duration::from_mins(2);
/// Clock ticks in a second, as `/proc` counts (`getconf CLK_TCK`).
const TICKS_PER_SECOND: f64 = 100.0;

/// A child that ends with its owner.
pub(super) struct Process {
    child: Child,
    /// From start to the first answer.
    pub(super) ready_after: Duration,
    /// Whether the CPU time of the database server counts as its own.
    pub(super) with_stores: bool,
}

impl Process {
    /// Starts a command and waits until a path on a port answers 200.
    pub(super) async fn start(
        command: &mut Command,
        log: &Path,
        port: u16,
        path: &str,
    ) -> Result<Self, String> {
        let log_file = fs::File::create(log).map_err(|error| error.to_string())?;
        let errors = log_file.try_clone().map_err(|error| error.to_string())?;
        let begin = moment();
        let child = command.stdin(Stdio::null()).stdout(log_file).stderr(errors).spawn();
        let child = child.map_err(|error| format!("{command:?}: {error}"))?;
        let mut process = Self { child, ready_after: Duration::ZERO, with_stores: false };
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        while begin.elapsed() < START_LIMIT {
            if let Ok(mut connection) = Connection::open(port).await
                && let Ok((200, _)) = connection.exchange(request.as_bytes()).await
            {
                process.ready_after = begin.elapsed();
                return Ok(process);
            }
            if let Ok(Some(status)) = process.child.try_wait() {
                let text = fs::read_to_string(log).unwrap_or_default();
                return Err(format!("{command:?} ended with {status}:\n{text}"));
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Err(format!("{command:?} does not answer"))
    }

    /// Its number.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// CPU time used so far, user and system.
    pub(super) fn cpu(&self) -> Duration {
        let stores = if self.with_stores { cpu_of_all("postgres") } else { Duration::ZERO };
        cpu(self.id()) + stores
    }

    /// Resident memory in bytes.
    pub(super) fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kibibytes.unwrap_or_default() * 1024
    }
}

/// CPU time of a process so far, user and system.
pub(super) fn cpu(id: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // The name of the command, in parentheses, may hold blanks.
    let fields = stat.rsplit_once(") ").map(|(_, rest)| rest).unwrap_or_default();
    let ticks: f64 =
        fields.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    Duration::from_secs_f64(ticks / TICKS_PER_SECOND)
}

/// CPU time so far of all processes whose command has this name.
fn cpu_of_all(name: &str) -> Duration {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let command = |id: &u32| fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
    ids.filter(|id| command(id).trim() == name).map(cpu).sum()
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
