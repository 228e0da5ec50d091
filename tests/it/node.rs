//! One process of the executable, with a folder, ports and a configuration of its own.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::binary;
use crate::certificates::Authority;
use crate::client::Client;

/// How long a node may take to be ready, and in which steps that is asked.
const READY_MAX: Duration = Duration::from_mins(1);
const READY_STEP: Duration = Duration::from_millis(50);
/// How much of a log is shown when a node fails, in bytes.
const LOG_TAIL: usize = 6_000;

/// What a node is told.
#[derive(Default)]
pub(crate) struct Configuration {
    /// Its name, also of its folder.
    pub(crate) name: String,
    /// Its public base URL, if it is that of another node with which it shares a database.
    pub(crate) url: Option<String>,
    /// The folder of its data, if it shares that, too.
    pub(crate) data: Option<PathBuf>,
    /// The connection string, if it is not the SQLite file in its folder.
    pub(crate) database: Option<String>,
    /// More lines of its configuration.
    pub(crate) more: String,
}

/// A node that runs, until it is killed or dropped.
pub(crate) struct Node {
    /// Where others reach it: `https://localhost:<port>`.
    pub(crate) public: String,
    /// Its public base URL by configuration.
    pub(crate) url: String,
    /// Where its own systems reach it: `http://127.0.0.1:<port>`.
    pub(crate) internal: String,
    /// Where its data are.
    pub(crate) data: PathBuf,
    folder: PathBuf,
    authority: PathBuf,
    process: Mutex<Option<Child>>,
}

impl Node {
    /// Writes the configuration and starts the process. `policy` is the text of a policy file.
    pub(crate) async fn start(
        root: &Path,
        authority: &Authority,
        client: &Client,
        configuration: Configuration,
        policy: &str,
    ) -> Self {
        let Configuration { name, url, data, database, more } = configuration;
        let folder = root.join(&name);
        let data = data.unwrap_or_else(|| folder.join("data"));
        for part in [&data, &folder.join("policy")] {
            fs::create_dir_all(part).unwrap();
        }
        fs::write(folder.join("policy/policy.json"), policy).unwrap();
        let files = authority.server(&name);
        let [public_port, internal_port] = free_ports();
        let public = format!("https://localhost:{public_port}");
        let url = url.unwrap_or_else(|| public.clone());
        let database =
            database.unwrap_or_else(|| format!("sqlite:file:{}/sqlite.db", data.display()));
        let text = format!(
            "url: {url}\nstrictmode: false\ndatadir: {}\ndidmethods: [web]\n\
             http:\n  public:\n    address: 127.0.0.1:{public_port}\n    tls:\n      certfile: {}\n      keyfile: {}\n  \
             internal:\n    address: 127.0.0.1:{internal_port}\n\
             storage:\n  sql:\n    connection: \"{database}\"\npolicy:\n  directory: {}\n{more}",
            data.display(),
            files.certificate.display(),
            files.key.display(),
            folder.join("policy").display(),
        );
        fs::write(folder.join("nuts.yaml"), text).unwrap();
        let internal = format!("http://127.0.0.1:{internal_port}");
        let authority = authority.file();
        let node =
            Self { public, url, internal, data, folder, authority, process: Mutex::default() };
        node.run(client).await;
        node
    }

    /// Ends the process at once, as a power cut would.
    pub(crate) fn kill(&self) {
        let process = self.process.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut process) = process {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Starts the process again, on the same ports and data.
    pub(crate) async fn run(&self, client: &Client) {
        let log = File::options().create(true).append(true).open(self.log()).unwrap();
        let process = Command::new(binary::path())
            .args(["server", "--configfile"])
            .arg(self.folder.join("nuts.yaml"))
            .current_dir(&self.folder)
            .env_clear()
            .env("SSL_CERT_FILE", &self.authority)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        *self.process.lock().unwrap() = Some(process);
        self.wait_until_ready(client).await;
    }

    async fn wait_until_ready(&self, client: &Client) {
        let status = format!("{}/status", self.internal);
        for _ in 0..READY_MAX.as_millis() / READY_STEP.as_millis() {
            if let Some(ended) = self.ended() {
                panic!("the node ended with {ended}:\n{}", self.log_tail());
            }
            let answer = client.try_send(http::Request::get(&status), "").await;
            if answer.is_ok_and(|answer| answer.status == 200) {
                return;
            }
            tokio::time::sleep(READY_STEP).await;
        }
        panic!("the node is not ready in {READY_MAX:?}:\n{}", self.log_tail());
    }

    /// How the process ended, if it did.
    fn ended(&self) -> Option<ExitStatus> {
        self.process.lock().unwrap().as_mut()?.try_wait().unwrap()
    }

    /// The end of its log.
    pub(crate) fn log_tail(&self) -> String {
        let log = fs::read(self.log()).unwrap_or_default();
        let start = log.len().saturating_sub(LOG_TAIL);
        String::from_utf8_lossy(&log[start..]).into_owned()
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log.txt")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            show(&self.folder.display().to_string(), &self.log_tail());
        }
    }
}

fn show(name: &str, log: &str) {
    eprintln!("== log of {name}\n{log}");
}

/// Ports that nobody uses now.
pub(crate) fn free_ports<const COUNT: usize>() -> [u16; COUNT] {
    let listeners = [0; COUNT].map(|port| TcpListener::bind(("127.0.0.1", port)).unwrap());
    listeners.map(|socket| socket.local_addr().unwrap().port())
}
