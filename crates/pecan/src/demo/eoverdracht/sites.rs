//! What each organisation has beside its node: a service, and a gateway before it that asks the node. Here they get their
//! addresses, and the nodes their configuration of them.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::path::Path;

use pecan_platform::random::{SystemRandom, token};

use super::super::party::Outcome;
use super::packs;
use super::{CLINIC_URA, HOSPITAL_URA, RECEIVER, SENDER};

/// The sites of the story.
pub(in crate::demo) struct Sites {
    /// Hospital's FHIR server.
    pub(super) fhir: Site,
    /// Where Clinic is notified.
    pub(super) inbox: Site,
}

/// A service and the gateway before it; they have their addresses, and serve nobody yet.
pub(super) struct Site {
    /// The base URL for others, which leads to the gateway.
    pub(super) url: String,
    /// The base URL for the organisation's own systems, which leads to the service.
    pub(super) own_url: String,
    /// What the gateway shows to the node.
    pub(super) secret: String,
    /// Where the gateway listens.
    pub(super) gateway: TcpListener,
    /// Where the service listens.
    pub(super) service: TcpListener,
}

impl Sites {
    /// Gives both their addresses, and writes what the nodes are told: policies, gateways and routes.
    pub(in crate::demo) fn plan(folder: &Path) -> Outcome<Self> {
        packs::write(&folder.join("policies"))?;
        let (fhir, inbox) = (Site::bind("/fhir")?, Site::bind("/notification")?);
        let server = format!("fhir_server: {}", fhir.own_url);
        let policy = format!("{SENDER}: eoverdracht_sender");
        let facts = ["hospital", "fhir-stu3", HOSPITAL_URA, &policy, &server];
        fhir.configure(folder, facts)?;
        let policy = format!("{RECEIVER}: eoverdracht_receiver");
        inbox.configure(folder, ["clinic", "http", CLINIC_URA, &policy, ""])?;
        Ok(Self { fhir, inbox })
    }
}

impl Site {
    fn bind(path: &str) -> io::Result<Self> {
        let bind = || TcpListener::bind(("127.0.0.1", 0));
        let (gateway, service) = (bind()?, bind()?);
        Ok(Self {
            url: format!("https://localhost:{}{path}", gateway.local_addr()?.port()),
            own_url: format!("http://127.0.0.1:{}{path}", service.local_addr()?.port()),
            secret: token(&SystemRandom),
            gateway,
            service,
        })
    }

    /// The file of `gateway.configfile`, as an operator would write it, and the secret in one of its own.
    fn configure(&self, folder: &Path, facts: [&str; 5]) -> io::Result<()> {
        let [subject, kind, ura, policy, server] = facts;
        let text = format!(
            "\
gateways:
  proxy:
    secret_file: {subject}-gateway.secret
    dialects: [forward-auth]
    abilities: [tells_body, sets_headers]
routes:
  {subject}:
    url: {url}
    subject: {subject}
    kind: {kind}
    holder: {{ura: \"{ura}\"}}
    policies: {{{policy}}}
    {server}
",
            url = self.url,
        );
        fs::write(folder.join(format!("{subject}-gateway.yaml")), text)?;
        fs::write(folder.join(format!("{subject}-gateway.secret")), &self.secret)
    }
}
