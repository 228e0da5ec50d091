//! eOverdracht, the handover of a patient: notification, pull and change of status, through gateways that ask their nodes.
//!
//! Each act is a file. Services and gateways are small and real: every call is HTTP, and the nodes decide.

mod call;
mod complete;
mod data;
mod decision_log;
mod fhir;
mod front;
mod inbox;
mod notify;
mod packs;
mod prepare;
mod proxy;
mod pull;
mod refuse;
mod sites;
mod tokens;
mod try_it;

use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::task::JoinSet;

pub(super) use self::decision_log::DecisionLog;
use self::front::Front;
use self::inbox::Inbox;
pub(super) use self::sites::Sites;
use super::party::Outcome;
use super::story::Story;

/// The scope under which the receiver of a patient pulls from the sender.
const SENDER: &str = "eOverdracht-sender";
/// The scope under which the sender notifies the receiver.
const RECEIVER: &str = "eOverdracht-receiver";
/// The numbers of the organisations in the registry of care providers.
const CLINIC_URA: &str = "12345678";
const HOSPITAL_URA: &str = "87654321";

/// The second half of the story.
pub(super) struct Handover {
    story: Story,
    log: Arc<DecisionLog>,
    /// Hospital's FHIR server behind its gateway.
    fhir: Front,
    /// Where Clinic is notified, behind its gateway.
    notification: Front,
    /// What Clinic was told.
    inbox: Inbox,
    /// Gateways and services; they end with this.
    _servers: JoinSet<io::Result<()>>,
}

impl Handover {
    /// Starts the services of both organisations and the gateways before them.
    pub(super) async fn begin(
        story: Story,
        sites: Sites,
        log: Arc<DecisionLog>,
        folder: &Path,
    ) -> Outcome<Self> {
        let (mut servers, inbox) = (JoinSet::new(), Inbox::default());
        let tls = story.authority.issue(folder, "hospital-gateway")?;
        let service = fhir::router();
        let fhir = Front::start(&story.hospital, sites.fhir, service, &tls, &mut servers).await?;
        let tls = story.authority.issue(folder, "clinic-gateway")?;
        let service = inbox::router(Arc::clone(&inbox));
        let notification =
            Front::start(&story.clinic, sites.inbox, service, &tls, &mut servers).await?;
        Ok(Self { story, log, fhir, notification, inbox, _servers: servers })
    }

    /// Tells all of it.
    pub(super) async fn tell(&mut self) -> Outcome<()> {
        self.prepare().await?;
        self.notify().await?;
        let tokens = self.tokens().await?;
        self.pull(&tokens).await?;
        self.refuse(&tokens).await?;
        self.complete(&tokens).await
    }

    /// Ends both nodes.
    pub(super) async fn end(self) -> Outcome<()> {
        self.story.end().await
    }
}
