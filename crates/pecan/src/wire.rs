//! Puts a node together, from settings to listeners, and takes it apart again.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pecan_node::Node;
use pecan_platform::Env;
use pecan_platform::clock::{Clock, SystemClock};
use pecan_platform::http::{GuardedClient, HttpClient, TlsError};
use pecan_platform::random::SystemRandom;
use pecan_platform::session::{self, MemorySessions, SessionError, SessionStore};
use pecan_platform::sql::{Db, SqlError};
use pecan_platform::tasks::Tasks;
use pecan_platform::vault::{FileVault, VaultError};
use pecan_server::App;
use pecan_server::listen::{self, BindError, Face, Limits, Listeners, TlsIdentity};
use rustls::pki_types::CertificateDer;

use crate::about;
use crate::options::settings::{ListenerSettings, Sessions, Settings};

/// How long background tasks may take to end.
const TASKS_STOP_MAX: Duration = Duration::from_secs(5);

/// How often expired session data is thrown away.
const SWEEP_PERIOD: Duration = Duration::from_secs(10);

/// Why a node does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error("datadir `{folder}` cannot be used")]
    DataFolder {
        folder: PathBuf,
        #[source]
        cause: io::Error,
    },
    #[error("unable to initialize the HTTP client")]
    Http(#[from] TlsError),
    #[error("failed to initialize SQL database")]
    Database(#[from] SqlError),
    #[error("unable to keep sessions in the SQL database")]
    Sessions(#[from] SessionError),
    #[error("unable to open the key store")]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Node(#[from] pecan_node::StartError),
    #[error("http.public.tls: `{file}` cannot be read")]
    Certificate {
        file: PathBuf,
        #[source]
        cause: io::Error,
    },
    #[error("unable to listen")]
    Bind(#[from] BindError),
    #[error("a listener failed")]
    Serve(#[source] io::Error),
}

impl RunError {
    /// The error with its causes, in one line. A cause that the text already tells is left out.
    pub(crate) fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut source = self.source();
        while let Some(cause) = source {
            let said = cause.to_string();
            if !text.contains(&said) {
                write!(text, ": {said}").expect("a string takes any text");
            }
            source = cause.source();
        }
        text
    }
}

/// The client for requests to others. It trusts these certificate authorities besides those of the system.
pub(crate) fn client(
    settings: &Settings,
    authorities: Vec<CertificateDer<'static>>,
) -> Result<Arc<dyn HttpClient>, RunError> {
    let client =
        GuardedClient::trusting(settings.outbound.clone(), Arc::new(SystemClock), authorities)?;
    Ok(Arc::new(client))
}

/// A node that is whole and has its addresses, but serves nobody yet.
pub(crate) struct Bound {
    listeners: Listeners,
    app: App,
    tasks: Tasks,
}

/// Puts a node together.
pub(crate) async fn bind(settings: Settings, http: Arc<dyn HttpClient>) -> Result<Bound, RunError> {
    prepare_data_folder(&settings.data_folder)?;
    let listen = faces(&settings)?;
    let tasks = Tasks::default();
    let server = pecan_server::Settings {
        client_ip_header: settings.client_ip_header.clone(),
        access_log: settings.has_access_log,
        software_version: about::VERSION.to_owned(),
        git_commit: about::COMMIT.to_owned(),
    };
    let env = environment(&settings, http, &tasks).await?;
    let settings = pecan_node::Settings {
        public_url: settings.public_url,
        strict: settings.is_strict,
        policy: settings.policy,
        status: settings.status,
    };
    let node = Arc::new(Node::new(settings, env)?);
    node.watch(&tasks);
    let listeners = Listeners::bind(listen).await?;
    Ok(Bound { listeners, app: App::new(node, server), tasks })
}

impl Bound {
    /// Serves until `stop` resolves, then takes the node apart.
    pub(crate) async fn serve(self, stop: impl Future<Output = ()>) -> Result<(), RunError> {
        let Self { listeners, app, tasks } = self;
        let addresses = listeners.addresses();
        tracing::info!(public = %addresses.public, internal = %addresses.internal, "Started HTTP");
        let result = listeners.serve(app, stop).await;
        tasks.stop(TASKS_STOP_MAX).await;
        tracing::info!("Stopped");
        result.map_err(RunError::Serve)
    }
}

/// The ports of this process.
async fn environment(
    settings: &Settings,
    http: Arc<dyn HttpClient>,
    tasks: &Tasks,
) -> Result<Env, RunError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let db = Db::open(&settings.database.0).await?;
    Ok(Env {
        http,
        random: Arc::new(SystemRandom),
        sessions: match settings.sessions {
            Sessions::Sql => session::start(&db, Arc::clone(&clock), tasks).await?,
            Sessions::Memory => memory_sessions(&clock, tasks),
        },
        vault: Arc::new(FileVault::open(&settings.data_folder)?),
        db,
        clock,
    })
}

fn memory_sessions(clock: &Arc<dyn Clock>, tasks: &Tasks) -> Arc<dyn SessionStore> {
    let store = Arc::new(MemorySessions::new());
    let (swept, clock) = (Arc::clone(&store), Arc::clone(clock));
    tasks.every("session.sweep", SWEEP_PERIOD, move || {
        swept.sweep(clock.now());
        Box::pin(async { Ok(()) })
    });
    store
}

/// Makes the folder, and a file in it that is removed again: a folder that cannot be written to is better found now.
fn prepare_data_folder(folder: &Path) -> Result<(), RunError> {
    let probe = folder.join("rw-access-test-file");
    let prepare = || {
        fs::create_dir_all(folder)?;
        fs::write(&probe, [])?;
        fs::remove_file(&probe)
    };
    prepare().map_err(|cause| RunError::DataFolder { folder: folder.to_owned(), cause })
}

fn faces(settings: &Settings) -> Result<listen::Settings, RunError> {
    let public =
        Face { address: settings.public.address.clone(), tls: identity(&settings.public)? };
    // One address is one listener, which speaks one way.
    let is_one = settings.internal_address == public.address;
    let tls = if is_one { public.tls.clone() } else { None };
    let internal = Face { address: settings.internal_address.clone(), tls };
    Ok(listen::Settings { public, internal, limits: Limits::default() })
}

fn identity(settings: &ListenerSettings) -> Result<Option<TlsIdentity>, RunError> {
    let read = |file: &PathBuf| {
        fs::read(file).map_err(|cause| RunError::Certificate { file: file.clone(), cause })
    };
    let Some((certificates, key)) = &settings.tls else { return Ok(None) };
    Ok(Some(TlsIdentity { certificates: read(certificates)?, key: read(key)? }))
}
