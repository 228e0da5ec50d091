//! Runs the executable in a folder of its own, and reads its log while it runs.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder that is removed with its owner.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("pecan-start-{}-{count}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// Writes a configuration, in which `<dir>` is this folder.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text.replace("<dir>", self.0.to_str().unwrap())).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The executable with arguments, without the options of whoever runs the tests.
pub(crate) fn pecan(folder: &Folder, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pecan"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("NUTS_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).current_dir(&folder.0).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The exit code and everything that was printed.
pub(crate) fn end(mut command: Command) -> (i32, String) {
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

/// A node that runs; it is stopped with its owner.
pub(crate) struct Running {
    child: Child,
    log: BufReader<ChildStderr>,
    /// What was logged until it listened.
    pub(crate) start: String,
}

impl Running {
    /// Starts a node and waits until it listens.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut start = String::new();
        while !start.contains("Started HTTP") {
            assert_ne!(log.read_line(&mut start).unwrap(), 0, "it ended:\n{start}");
        }
        Self { child, log, start }
    }

    /// The address of a listener, `public` or `internal`, as the log names it.
    pub(crate) fn address(&self, listener: &str) -> String {
        let (_, rest) = self.start.split_once(&format!(" {listener}=127.0.0.1:")).unwrap();
        format!("127.0.0.1:{}", rest.split_whitespace().next().unwrap())
    }

    pub(crate) fn get(&self, listener: &str, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address(listener)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Asks the process to end by a signal; its exit code, and what it logged meanwhile.
    pub(crate) fn stop(mut self, signal: &str) -> (i32, String) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code().unwrap(), rest)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
