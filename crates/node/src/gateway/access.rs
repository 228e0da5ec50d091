//! What the organisation keeps about who may reach what, as far as a request is concerned.

use serde_json::Value;

use super::Gateway;
use super::decide::Judged;
use crate::access_facts::{FindError, Peer};

impl Gateway {
    /// The access facts about the client of a request and one of the resources (`Task/1`, `Task`, `/path`).
    // SECURITY: whoever asks refuses on an error: a denial may be among what cannot be read.
    pub(super) async fn find_access(
        &self,
        request: Judged<'_>,
        resources: &[String],
    ) -> Result<Vec<Value>, FindError> {
        let claim = |name| Some(request.client.text(name).to_owned());
        let peer = Peer { client_id: claim("client_id"), ura: claim("organization_ura") };
        self.access_facts.find(&request.route.route.subject, &peer, resources).await
    }
}
