//! A node under measurement: its folder, its configuration, its organisations.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use super::guard;
use super::options::Options;
use super::parties::{self, Party, Signer};
use super::process::Process;
use super::seed;

/// Where a node keeps its sessions and everything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Storage {
    /// Sessions in SQLite: the default.
    Sqlite,
    /// Sessions in memory, the rest in SQLite.
    Memory,
    /// Everything in a PostgreSQL database.
    Postgres(String),
}

/// What happens to a database between two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing.
    Nothing,
    /// It is filled as [`seed::fill`] says.
    Fill,
    /// It is filled as [`seed::fill_tokens`] says.
    FillTokens,
}

/// A node that runs.
pub(super) struct Server {
    /// Its process, which ends before its folder is removed.
    pub(super) process: Process,
    /// Its public port.
    pub(super) public: u16,
    /// Its internal port.
    pub(super) internal: u16,
    /// The port for gateways, where it decides for them.
    pub(super) gateway: u16,
    folder: Folder,
    binary: PathBuf,
}

/// A folder that is removed with its owner.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// An empty one.
    pub(super) fn create(name: &str) -> Result<Self, String> {
        let name = format!("pecan-bench-{}-{name}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        Ok(Self(folder))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Server {
    /// Starts a node in an empty folder.
    pub(super) async fn start(
        options: &Options,
        name: &str,
        storage: &Storage,
    ) -> Result<Self, String> {
        Self::start_with(options, name, storage, |_| Ok(String::new())).await
    }

    /// Starts a node that decides for a gateway.
    pub(super) async fn start_guarded(options: &Options) -> Result<Self, String> {
        Self::start_with(options, "gateway", &Storage::Sqlite, guard::prepare).await
    }

    /// `prepare` adds to the folder and to the configuration; it is told the ports.
    async fn start_with(
        options: &Options,
        name: &str,
        storage: &Storage,
        prepare: impl FnOnce(&guard::Place<'_>) -> Result<String, String>,
    ) -> Result<Self, String> {
        let folder = Folder::create(name)?;
        let policy = folder.path().join("policy");
        fs::create_dir_all(&policy).map_err(|error| error.to_string())?;
        fs::write(policy.join("bench.json"), parties::policy()).map_err(|e| e.to_string())?;
        let (public, internal, gateway) = (free_port()?, free_port()?, free_port()?);
        let added = prepare(&guard::Place { folder: folder.path(), port: gateway })?;
        let text = configuration(folder.path(), public, internal, storage) + &added;
        fs::write(folder.path().join("nuts.yaml"), text).map_err(|error| error.to_string())?;
        let with_stores = matches!(storage, Storage::Postgres(_));
        let process = launch(&options.binary, folder.path(), public, with_stores).await?;
        let binary = options.binary.clone();
        Ok(Self { process, public, internal, gateway, folder, binary })
    }

    /// Its folder.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends the process, changes what it has stored, and starts it again.
    pub(super) async fn restart(self, change: Change) -> Result<Self, String> {
        let Self { process, public, internal, gateway, folder, binary } = self;
        let with_stores = process.with_stores;
        drop(process);
        let database = folder.path().join("data/sqlite.db");
        match change {
            Change::Nothing => {}
            Change::Fill => seed::fill(&database).await?,
            Change::FillTokens => seed::fill_tokens(&database).await?,
        }
        let process = launch(&binary, folder.path(), public, with_stores).await?;
        Ok(Self { process, public, internal, gateway, folder, binary })
    }

    /// Makes the organisations; the generator gets their keys.
    pub(super) async fn signer(&self) -> Result<Arc<Signer>, String> {
        let keys = self.folder.path().join("data/crypto");
        let issuer = Party::create(self.internal, "issuer", &keys).await?;
        let clinic = Party::create(self.internal, "clinic", &keys).await?;
        Party::create(self.internal, "hospital", &keys).await?;
        let audience = format!("http://localhost:{}/oauth2/hospital", self.public);
        Ok(Arc::new(Signer::new(issuer, clinic, audience)))
    }
}

async fn launch(
    binary: &Path,
    folder: &Path,
    public: u16,
    with_stores: bool,
) -> Result<Process, String> {
    let mut command = Command::new(binary);
    command.arg("server").arg("--configfile").arg(folder.join("nuts.yaml")).current_dir(folder);
    let log = folder.join("log.txt");
    let mut process = Process::start(&mut command, &log, public, "/status").await?;
    process.with_stores = with_stores;
    Ok(process)
}

fn configuration(folder: &Path, public: u16, internal: u16, storage: &Storage) -> String {
    let folder = folder.display();
    let storage = match storage {
        Storage::Sqlite => String::new(),
        Storage::Memory => "storage:\n  session:\n    type: memory\n".to_owned(),
        Storage::Postgres(url) => format!("storage:\n  sql:\n    connection: '{url}'\n"),
    };
    format!(
        "url: http://localhost:{public}
strictmode: false
verbosity: warn
datadir: {folder}/data
didmethods: [web]
http:
  log: nothing
  public:
    address: 127.0.0.1:{public}
  internal:
    address: 127.0.0.1:{internal}
policy:
  directory: {folder}/policy
{storage}"
    )
}

/// A port that nobody listens on.
pub(super) fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}
