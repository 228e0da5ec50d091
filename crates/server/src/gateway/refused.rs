//! What the client of a refused request may read: the same bytes, whichever layer refused.

use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderName, StatusCode};
use pecan_credentials::exchange::negotiate::ALGORITHMS;
use pecan_node::gateway::Refusal;
use serde_json::{Value, json};

/// A nonce for the next proof (RFC 9449 §9).
pub(crate) const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// A refusal, ready for any dialect.
pub(crate) struct Refused {
    /// 401 or 403.
    pub(crate) status: StatusCode,
    /// Challenges, one for each scheme; none with 403.
    pub(crate) challenges: Vec<String>,
    /// A nonce for the next proof.
    pub(crate) nonce: Option<String>,
    /// The media type of the body.
    pub(crate) content_type: &'static str,
    /// The body.
    pub(crate) body: Value,
}

impl Refused {
    /// What a refusal looks like to a client that accepts FHIR, or to any other.
    pub(crate) fn new(refusal: &Refusal, accepts_fhir: bool) -> Self {
        let (status, challenges, nonce, error) = match refusal {
            Refusal::Unauthenticated { error, nonce, resource_metadata } => (
                StatusCode::UNAUTHORIZED,
                challenges(*error, resource_metadata.as_deref()),
                nonce.clone(),
                error.unwrap_or("unauthorized"),
            ),
            Refusal::Forbidden => (StatusCode::FORBIDDEN, Vec::new(), None, "access_denied"),
        };
        let (content_type, body) = if accepts_fhir {
            ("application/fhir+json", outcome(status))
        } else {
            ("application/json", json!({ "error": error }))
        };
        Self { status, challenges, nonce, content_type, body }
    }

    /// The header fields, one for each challenge.
    pub(crate) fn headers(&self) -> Vec<(HeaderName, String)> {
        let mut all = vec![(CONTENT_TYPE, self.content_type.to_owned())];
        all.extend(self.challenges.iter().map(|challenge| (WWW_AUTHENTICATE, challenge.clone())));
        all.extend(self.nonce.clone().map(|nonce| (DPOP_NONCE, nonce)));
        all
    }

    /// The header fields as an object of texts; challenges are a list in one field (RFC 9110 §11.6.1).
    pub(crate) fn header_object(&self) -> Value {
        let mut all = json!({ "Content-Type": self.content_type });
        if let Some(object) = all.as_object_mut() {
            if !self.challenges.is_empty() {
                object.insert("WWW-Authenticate".to_owned(), self.challenges.join(", ").into());
            }
            if let Some(nonce) = &self.nonce {
                object.insert("DPoP-Nonce".to_owned(), nonce.as_str().into());
            }
        }
        all
    }
}

/// Whether one of the values of `Accept` names FHIR in JSON, in the spelling of any version.
pub(crate) fn accepts_fhir<'v>(mut accept: impl Iterator<Item = &'v [u8]>) -> bool {
    accept.any(|value| {
        let text = String::from_utf8_lossy(value).to_ascii_lowercase();
        text.contains("application/fhir+json") || text.contains("application/json+fhir")
    })
}

/// Both schemes, since a client may have either kind of token (RFC 6750 §3, RFC 9449 §7.1, RFC 9728 §5.1).
fn challenges(error: Option<&'static str>, resource_metadata: Option<&str>) -> Vec<String> {
    let metadata = resource_metadata.map(|url| format!("resource_metadata=\"{url}\""));
    let mut dpop = vec![format!("algs=\"{}\"", ALGORITHMS.join(" "))];
    dpop.extend(error.map(|error| format!("error=\"{error}\"")));
    dpop.extend(metadata.clone());
    // Errors about proofs mean nothing to a bearer.
    let mut bearer = Vec::new();
    let about_proofs = ["invalid_dpop_proof", "use_dpop_nonce"];
    let error = error.filter(|error| !about_proofs.contains(error));
    bearer.extend(error.map(|error| format!("error=\"{error}\"")));
    bearer.extend(metadata);
    [("DPoP", dpop), ("Bearer", bearer)]
        .map(|(scheme, parameters)| format!("{scheme} {}", parameters.join(", ")).trim().to_owned())
        .to_vec()
}

fn outcome(status: StatusCode) -> Value {
    let code = if status == StatusCode::UNAUTHORIZED { "login" } else { "forbidden" };
    json!({
        "resourceType": "OperationOutcome",
        "issue": [{ "severity": "error", "code": code }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_names_both_schemes_and_what_each_can_do_about_it() {
        let algorithms = ALGORITHMS.join(" ");
        let dpop = |rest: &str| format!("DPoP algs=\"{algorithms}\"{rest}");
        for (error, metadata, expected) in [
            (None, None, [dpop(""), "Bearer".to_owned()]),
            (
                Some("invalid_token"),
                Some("https://h/m"),
                [
                    dpop(", error=\"invalid_token\", resource_metadata=\"https://h/m\""),
                    "Bearer error=\"invalid_token\", resource_metadata=\"https://h/m\"".to_owned(),
                ],
            ),
            (
                Some("use_dpop_nonce"),
                None,
                [dpop(", error=\"use_dpop_nonce\""), "Bearer".to_owned()],
            ),
        ] {
            assert_eq!(challenges(error, metadata), expected);
        }
    }

    #[test]
    fn a_client_of_a_fhir_server_reads_an_outcome() {
        for (accept, expected) in [
            ("application/fhir+json", true),
            ("text/html, Application/FHIR+JSON;q=0.5", true),
            ("application/json+fhir", true),
            ("application/json", false),
            ("*/*", false),
        ] {
            assert_eq!(accepts_fhir([accept.as_bytes()].into_iter()), expected, "{accept}");
        }
        let refused = Refused::new(&Refusal::Forbidden, true);
        assert_eq!(refused.body["issue"][0]["code"], "forbidden");
        assert_eq!(refused.content_type, "application/fhir+json");
    }
}
