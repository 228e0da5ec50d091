//! The token request of the grant `vp_token-bearer`: a form, [RFC 6749 §4.5](https://www.rfc-editor.org/rfc/rfc6749#section-4.5).

use url::form_urlencoded;

use crate::metadata::VP_TOKEN_BEARER;

/// The media type of the form.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// A presentation in exchange for a token.
#[derive(Clone, Copy)]
pub struct VpTokenRequest<'a> {
    /// The presentation: a compact JWS, or JSON text.
    pub assertion: &'a str,
    /// The identifier of the client: `<base>/oauth2/<subject>`.
    pub client_id: &'a str,
    /// The JSON text of the Presentation Submission.
    pub presentation_submission: &'a str,
    /// The scopes, as they were asked for.
    pub scope: &'a str,
}

impl VpTokenRequest<'_> {
    /// The body of the request.
    pub fn to_form(&self) -> String {
        let mut form = form_urlencoded::Serializer::new(String::with_capacity(
            self.assertion.len() + self.presentation_submission.len() * 2 + FORM_ROOM,
        ));
        form.append_pair("assertion", self.assertion)
            .append_pair("client_id", self.client_id)
            .append_pair("grant_type", VP_TOKEN_BEARER)
            .append_pair("presentation_submission", self.presentation_submission)
            .append_pair("scope", self.scope);
        form.finish()
    }
}

/// Room for names, client and scope, so that the form is rarely moved while it grows.
const FORM_ROOM: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_has_the_members_that_peers_read() {
        let form = VpTokenRequest {
            assertion: "a.b.c",
            client_id: "https://client.example.nl/oauth2/clinic",
            presentation_submission: r#"{"id":"1"}"#,
            scope: "medication-overview patient/MedicationRequest.read",
        }
        .to_form();
        assert_eq!(
            form,
            "assertion=a.b.c&client_id=https%3A%2F%2Fclient.example.nl%2Foauth2%2Fclinic&grant_type=vp_token-bearer\
             &presentation_submission=%7B%22id%22%3A%221%22%7D&scope=medication-overview+patient%2FMedicationRequest.read"
        );
    }
}
