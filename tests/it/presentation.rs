//! Presentations made by hand, so that one can be sent more than once.

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::client::{Answer, Client, NoAnswer};
use crate::node::Node;
use crate::organizations::Organizations;

/// A presentation of Clinic for Hospital, and the submission that goes with it. Clinic's own client is not asked.
#[derive(Clone, Debug)]
pub(crate) struct Presentation {
    assertion: String,
    submission: String,
    client_id: String,
    expires_at: OffsetDateTime,
}

impl Presentation {
    /// Makes one in JWT form, valid for less than five seconds.
    pub(crate) async fn make(
        organizations: &Organizations,
        credential: &Value,
        nonce: &str,
    ) -> Self {
        let Organizations { client, clinic, clinic_did, .. } = organizations;
        let expires = (now() + Duration::seconds(4)).replace_nanosecond(0).unwrap();
        let request = json!({
            "verifiableCredentials": [credential],
            "signerDID": clinic_did,
            "format": "jwt_vp",
            "domain": organizations.authorization_server(),
            "challenge": nonce,
            "expires": expires.format(&Rfc3339).unwrap(),
        });
        let url = format!("{}/internal/vcr/v2/holder/vp", clinic.internal);
        let made = client.post(&url, &request).await.expect(200).json();
        let submission = json!({
            "id": "1", "definition_id": "pd_jwt",
            "descriptor_map": [{"id": "id_organization", "format": "jwt_vc", "path": "$.verifiableCredential[0]"}],
        });
        Self {
            assertion: made.as_str().unwrap().to_owned(),
            submission: submission.to_string(),
            client_id: format!("{}/oauth2/clinic", clinic.url),
            expires_at: expires,
        }
    }

    /// Tells whether it is not too old at a time.
    pub(crate) fn counts_at(&self, time: OffsetDateTime) -> bool {
        time < self.expires_at
    }

    /// Asks a node of Hospital for a token with it.
    pub(crate) async fn send(&self, client: &Client, to: &Node) -> Result<Answer, NoAnswer> {
        let token = format!("{}/oauth2/hospital/token", to.public);
        let fields = [
            ("grant_type", "vp_token-bearer"),
            ("client_id", self.client_id.as_str()),
            ("scope", "jwt"),
            ("assertion", self.assertion.as_str()),
            ("presentation_submission", self.submission.as_str()),
        ];
        client.try_form(&token, &fields).await
    }
}

/// Tells whether an answer refuses a presentation because it was used before.
pub(crate) fn is_refused_as_used(answer: &Answer) -> bool {
    answer.status == 400
        && answer.json()
            == json!({"error": "invalid_request", "error_description": "presentation nonce has already been used"})
}

/// The time of the machine, which is that of the processes.
#[expect(clippy::disallowed_methods, reason = "the nodes under test go by this clock")]
pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}
