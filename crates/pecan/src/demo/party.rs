//! An organisation of the story: a complete node, and its own systems that call it.

use std::error::Error;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pecan_platform::http::{HttpClient, Request, StatusCode};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use url::Url;

use super::certificates::Authority;
use super::tap::Tap;
use crate::options::file::File;
use crate::options::{Problems, RawOptions, Settings, Sources};
use crate::wire::{self, RunError};

/// What failed in the story; it ends there.
pub(super) type Outcome<T> = Result<T, Box<dyn Error>>;

/// An answer to an organisation's own systems.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Value,
}

/// Where a node of the story listens.
#[derive(Clone, Copy)]
pub(super) struct Ports {
    /// For the world.
    pub(super) public: u16,
    /// For the organisation's own systems.
    pub(super) internal: u16,
    /// For its gateway.
    pub(super) gateway: u16,
}

/// An organisation with its node.
pub(super) struct Party {
    /// Its name in the story.
    pub(super) name: &'static str,
    /// Where others reach its node.
    pub(super) public: String,
    /// Where its own systems reach its node.
    pub(super) internal: String,
    /// Where its gateway asks its node.
    pub(super) gateway: String,
    /// What its node sends.
    pub(super) tap: Arc<Tap>,
    /// Calls on behalf of its own systems.
    pub(super) client: Arc<dyn HttpClient>,
    /// Its node, and the word that ends it.
    node: JoinSet<Result<(), RunError>>,
    stop: oneshot::Sender<()>,
}

/// The configuration of a node of the story, as its operator would write it.
pub(super) fn configuration(
    folder: &Path,
    name: &str,
    ports: Ports,
    tls: &(PathBuf, PathBuf),
) -> String {
    let Ports { public, internal, gateway } = ports;
    let folder = folder.display();
    format!(
        "url: https://localhost:{public}
strictmode: false   # the demo runs on localhost
verbosity: error
datadir: {folder}/{name}
didmethods: [web]
http:
  log: nothing
  public:
    address: 127.0.0.1:{public}
    tls:
      certfile: {certificate}
      keyfile: {key}
  internal:
    address: 127.0.0.1:{internal}
policy:
  directory: {folder}/policy
gateway:
  address: 127.0.0.1:{gateway}
  configfile: {folder}/{name}-gateway.yaml
  policies: {folder}/policies
",
        certificate = tls.0.display(),
        key = tls.1.display(),
    )
}

impl Party {
    /// Starts the node of an organisation in a folder.
    pub(super) async fn start(
        name: &'static str,
        folder: &Path,
        ports: Ports,
        authority: &Authority,
    ) -> Outcome<Self> {
        let file = name.to_lowercase();
        let tls = authority.issue(folder, &file)?;
        let path = folder.join(format!("{file}.yaml"));
        std::fs::write(&path, configuration(folder, &file, ports, &tls))?;
        let settings = settings(&path)?;
        let client = wire::client(&settings, vec![authority.certificate.clone().into()])?;
        let tap = Arc::new(Tap::new(Arc::clone(&client)));
        let bound = wire::bind(settings, Arc::clone(&tap) as Arc<dyn HttpClient>).await?;
        let (stop, stopped) = oneshot::channel();
        let mut node = JoinSet::new();
        node.spawn(bound.serve(async {
            // Both the word and the loss of whoever could say it end the node.
            let _ = stopped.await;
        }));
        Ok(Self {
            name,
            public: format!("https://localhost:{}", ports.public),
            internal: format!("http://127.0.0.1:{}", ports.internal),
            gateway: format!("http://127.0.0.1:{}", ports.gateway),
            tap,
            client,
            node,
            stop,
        })
    }

    /// Its own systems call its node.
    pub(super) async fn call(&self, path: &str, body: &Value) -> Outcome<Answer> {
        self.post(path, "application/json", body.to_string()).await
    }

    /// Its own systems post a form to its node.
    pub(super) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Outcome<Answer> {
        let body =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.post(path, "application/x-www-form-urlencoded", body).await
    }

    async fn post(&self, path: &str, content_type: &'static str, body: String) -> Outcome<Answer> {
        let url = Url::parse(&format!("{}{path}", self.internal))?;
        let response = self.client.send(Request::post("demo", url, content_type, body)).await?;
        let body = serde_json::from_slice(&response.body)
            .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&response.body).into_owned()));
        Ok(Answer { status: response.status, body })
    }

    /// Somebody sends what was sent before, byte for byte.
    pub(super) async fn replay(&self, url: &str, body: String) -> Outcome<Answer> {
        let form = "application/x-www-form-urlencoded";
        let response =
            self.client.send(Request::post("demo", Url::parse(url)?, form, body)).await?;
        Ok(Answer { status: response.status, body: serde_json::from_slice(&response.body)? })
    }

    /// Ends the node.
    pub(super) async fn stop(mut self) -> Outcome<()> {
        drop(self.stop);
        while let Some(ended) = self.node.join_next().await {
            ended??;
        }
        Ok(())
    }
}

/// Reads a configuration file as `pecan server` does.
fn settings(file: &Path) -> Outcome<Settings> {
    let mut problems = Problems::default();
    let bytes = std::fs::read(file)?;
    let file = Some(File { path: file.display().to_string(), bytes });
    let sources = Sources { file, environment: Vec::new(), flags: Vec::new() };
    let options = RawOptions::read(&sources, &mut problems);
    Settings::read(&options, &|path| std::fs::read(path), &mut problems)
        .ok_or_else(|| problems.summary().into())
}

impl Answer {
    /// The body, if the call went well.
    pub(super) fn ok(self, what: &str) -> Outcome<Value> {
        if self.status.is_success() {
            Ok(self.body)
        } else {
            Err(format!("{what}: {} {}", self.status, self.body).into())
        }
    }
}

/// A text in a body.
pub(super) fn text<'a>(body: &'a Value, pointer: &str) -> Outcome<&'a str> {
    let found = body.pointer(pointer).and_then(Value::as_str);
    found.ok_or_else(|| format!("no `{pointer}` in {body}").into())
}

/// A member of an object, or null.
pub(super) fn member<'a>(object: &'a Value, name: &str) -> &'a Value {
    object.get(name).unwrap_or(&Value::Null)
}

/// Ports that nobody listens on.
pub(super) fn free_ports<const N: usize>() -> Outcome<[u16; N]> {
    // All are held until the last is found, or one could be found twice.
    let listeners: Vec<TcpListener> =
        (0..N).map(|_| TcpListener::bind(("127.0.0.1", 0))).collect::<Result<_, _>>()?;
    let mut ports = [0; N];
    for (port, listener) in ports.iter_mut().zip(&listeners) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}
