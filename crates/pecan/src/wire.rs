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
use pecan_platform::http::{self, GuardedClient, HttpClient, TlsError};
use pecan_platform::random::SystemRandom;
use pecan_platform::session::{self, SessionError};
use pecan_platform::sql::{Db, SqlError};
use pecan_platform::tasks::Tasks;
use pecan_platform::vault::{FileVault, VaultError};
use pecan_server::App;
use pecan_server::listen::{self, BindError, Face, GatewayFace, Limits, Listeners, TlsIdentity};
use rustls::pki_types::CertificateDer;

use crate::about;
use crate::options::settings::{GatewaySettings, Sessions, Settings};

/// How long background tasks may take to end.
const TASKS_STOP_MAX: Duration = Duration::from_secs(5);

const GATEWAY_TLS: &str = "gateway.tls";

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
    #[error("{option}: `{file}` cannot be read")]
    Certificate {
        option: &'static str,
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

/// The client for requests to others. It trusts these certificate authorities besides those of the system, and reaches the servers that
/// the operator named wherever they are.
pub(crate) fn client(
    settings: &Settings,
    authorities: Vec<CertificateDer<'static>>,
) -> Result<Arc<dyn HttpClient>, RunError> {
    let gateways = settings.gateway.iter().flat_map(|it| it.decision.configured_servers());
    let decision_points = settings.decision_point.configured_servers();
    let configured = settings.policy.configured_servers().chain(decision_points).chain(gateways);
    let outbound = http::Settings { configured: configured.collect(), ..settings.outbound.clone() };
    let client = GuardedClient::trusting(outbound, Arc::new(SystemClock), authorities)?;
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
    #[cfg(feature = "grpc")]
    let grpc = grpc_face(&settings)?;
    let tasks = Tasks::default();
    let server = pecan_server::Settings {
        client_ip_header: settings.client_ip_header.clone(),
        access_log: settings.has_access_log,
        software_version: about::VERSION.to_owned(),
        git_commit: about::COMMIT.to_owned(),
        gateway_url: settings.gateway.as_ref().and_then(|gateway| gateway.url.clone()),
    };
    let env = environment(&settings, http, &tasks).await?;
    let settings = pecan_node::Settings {
        public_url: settings.public_url,
        strict: settings.is_strict,
        policy: settings.policy,
        status: settings.status,
        decision_point: settings.decision_point,
        gateway: settings.gateway.map(|gateway| gateway.decision),
    };
    let node = Arc::new(Node::new(settings, env)?);
    warn_of_missing_policies(&node);
    node.watch(&tasks);
    let listeners = Listeners::bind(listen).await?;
    #[cfg(feature = "grpc")]
    let listeners = match grpc {
        Some(grpc) => listeners.with_grpc(grpc).await?,
        None => listeners,
    };
    Ok(Bound { listeners, app: App::new(node, server), tasks })
}

impl Bound {
    /// Serves until `stop` resolves, then takes the node apart.
    pub(crate) async fn serve(self, stop: impl Future<Output = ()>) -> Result<(), RunError> {
        let Self { listeners, app, tasks } = self;
        let addresses = listeners.addresses();
        let gateway = addresses.gateway.map(|address| address.to_string());
        let grpc = addresses.grpc.map(|address| address.to_string());
        tracing::info!(public = %addresses.public, internal = %addresses.internal, gateway, grpc, "Started HTTP");
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
            Sessions::Memory => session::start_in_memory(&db, Arc::clone(&clock), tasks)?,
        },
        vault: Arc::new(FileVault::open(&settings.data_folder)?),
        db,
        clock,
    })
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

/// A route that binds a scope to a policy that is not there refuses whoever has that scope.
fn warn_of_missing_policies(node: &Node) {
    // Policies that are not loaded yet are told elsewhere.
    let Some(gateway) = node.settings.gateway.as_ref().filter(|_| node.decision_point.is_ready())
    else {
        return;
    };
    for route in &gateway.routes {
        for (scope, policy) in &route.policies {
            if !node.decision_point.has_policy(policy) {
                tracing::warn!(route = route.name, scope, policy, "no policy of this name");
            }
        }
    }
}

fn faces(settings: &Settings) -> Result<listen::Settings, RunError> {
    let tls = identity("http.public.tls", settings.public.tls.as_ref())?;
    let public = Face { address: settings.public.address.clone(), tls };
    // One address is one listener, which speaks one way.
    let is_one = settings.internal_address == public.address;
    let tls = if is_one { public.tls.clone() } else { None };
    let internal = Face { address: settings.internal_address.clone(), tls };
    let gateway = gateway_face(settings)?;
    Ok(listen::Settings { public, internal, gateway, limits: Limits::default() })
}

fn gateway_face(settings: &Settings) -> Result<Option<GatewayFace>, RunError> {
    let Some(gateway) = &settings.gateway else { return Ok(None) };
    gateway.address.as_ref().map(|address| face_of(gateway, address)).transpose()
}

#[cfg(feature = "grpc")]
fn grpc_face(settings: &Settings) -> Result<Option<GatewayFace>, RunError> {
    let Some(gateway) = &settings.gateway else { return Ok(None) };
    gateway.grpc_address.as_ref().map(|address| face_of(gateway, address)).transpose()
}

fn face_of(gateway: &GatewaySettings, address: &str) -> Result<GatewayFace, RunError> {
    let tls = identity(GATEWAY_TLS, gateway.tls.as_ref())?;
    let authorities =
        gateway.authorities.as_ref().map(|file| read(GATEWAY_TLS, file)).transpose()?;
    Ok(GatewayFace { face: Face { address: address.to_owned(), tls }, authorities })
}

fn identity(
    option: &'static str,
    files: Option<&(PathBuf, PathBuf)>,
) -> Result<Option<TlsIdentity>, RunError> {
    let Some((certificates, key)) = files else { return Ok(None) };
    let (certificates, key) = (read(option, certificates)?, read(option, key)?);
    Ok(Some(TlsIdentity { certificates, key }))
}

fn read(option: &'static str, file: &Path) -> Result<Vec<u8>, RunError> {
    let failed = |cause| RunError::Certificate { option, file: file.to_owned(), cause };
    fs::read(file).map_err(failed)
}
