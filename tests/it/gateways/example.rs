//! An example of `examples/`, as its README says to run it, with the addresses of this test instead of those of the text.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::net::TcpStream;

/// How long a gateway may take to listen, and in which steps that is tried.
const READY_MAX: Duration = Duration::from_secs(30);
const READY_STEP: Duration = Duration::from_millis(20);

/// The folder of the examples.
pub(crate) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").canonicalize().unwrap()
}

/// Copies a file of an example, and puts each text in the place of another, which must be there.
pub(crate) fn copy(from: &Path, to: &Path, replaced: &[(&str, &str)]) {
    let mut text = fs::read_to_string(from).unwrap();
    for (old, new) in replaced {
        assert!(text.contains(old), "`{old}` is not in {}", from.display());
        text = text.replace(old, new);
    }
    fs::write(to, text).unwrap();
}

/// A program that runs until it is dropped.
pub(crate) struct Running {
    process: Child,
    log: PathBuf,
}

impl Running {
    /// Starts a program in a folder and waits until it listens on a port.
    pub(crate) async fn start(command: &mut Command, folder: &Path, port: u16) -> Self {
        let log = folder.join("log.txt");
        let file = File::create(&log).unwrap();
        command.current_dir(folder).stdin(Stdio::null());
        command.stdout(file.try_clone().unwrap()).stderr(file);
        let mut running = Self { process: command.spawn().unwrap(), log };
        for _ in 0..READY_MAX.as_millis() / READY_STEP.as_millis() {
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return running;
            }
            if let Some(ended) = running.process.try_wait().unwrap() {
                panic!("{command:?} ended with {ended}");
            }
            tokio::time::sleep(READY_STEP).await;
        }
        panic!("{command:?} does not listen after {READY_MAX:?}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = terminate(&mut self.process);
        if std::thread::panicking() {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            eprintln!("== log of {}\n{log}", self.log.display());
        }
    }
}

/// Ends a program together with its workers, which outlive a parent that is killed.
fn terminate(process: &mut Child) -> std::io::Result<()> {
    let id = process.id().to_string();
    Command::new("kill").args(["-TERM", &id]).status()?;
    process.wait().map(drop)
}
