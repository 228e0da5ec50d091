//! Verification, trust and search: `/internal/vcr/v2/verifier/…`, `/vc/{id}`, `/search` (contract/credentials.md 5, 5.2).

use axum::extract::State;
use axum::response::Response;
use http::{Method, StatusCode};
use pecan_credentials::credential::Credential;
use pecan_credentials::date_time;
use pecan_node::FailureKind;
use pecan_node::verifier::{PresentationError, PresentationQuestion, Trust, TrustError};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::received;
use crate::App;
use crate::extract::{JsonBody, RawPath};
use crate::respond::{self, Failure};
use crate::routes::{Endpoint, Listener};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let internal = Listener::Internal;
    let trust_path = "/internal/vcr/v2/verifier/trust";
    let trusted_path = "/internal/vcr/v2/verifier/{credentialType}/trusted";
    let untrusted_path = "/internal/vcr/v2/verifier/{credentialType}/untrusted";
    vec![
        Endpoint::new(internal, Method::POST, "/internal/vcr/v2/search", "SearchVCs", search),
        Endpoint::new(internal, Method::GET, "/internal/vcr/v2/vc/{id}", "ResolveVC", resolve),
        Endpoint::new(internal, Method::POST, trust_path, "TrustIssuer", trust),
        Endpoint::new(internal, Method::DELETE, trust_path, "UntrustIssuer", untrust),
        Endpoint::new(
            internal,
            Method::POST,
            "/internal/vcr/v2/verifier/vc",
            "VerifyVC",
            verify_credential,
        ),
        Endpoint::new(
            internal,
            Method::POST,
            "/internal/vcr/v2/verifier/vp",
            "VerifyVP",
            verify_presentation,
        ),
        Endpoint::new(internal, Method::GET, trusted_path, "ListTrusted", trusted),
        Endpoint::new(internal, Method::GET, untrusted_path, "ListUntrusted", untrusted),
    ]
}

async fn verify_credential(
    State(app): State<App>,
    JsonBody(body): JsonBody<CredentialBody>,
) -> Result<Response, Failure> {
    let credential = received::credential(body.verifiable_credential.as_deref())?;
    let verified = app.node.verifier.check(&credential).await;
    Ok(respond::json(StatusCode::OK, &Verdict::of(verified)))
}

async fn verify_presentation(
    State(app): State<App>,
    JsonBody(body): JsonBody<PresentationBody>,
) -> Result<Response, Failure> {
    let question = body.question()?;
    let presentation = received::presentation(body.presentation()?)?;
    let verdict = match app.node.verifier.answer(&presentation, question).await {
        Err(error @ PresentationError::Signer(_)) => {
            return Err(Failure::api(error.kind(), error.to_string()).because(error));
        }
        verified => Verdict::of(verified),
    };
    let credentials = presentation.credentials().iter().map(Credential::raw_value).collect();
    let credentials = verdict.validity.then_some(credentials);
    Ok(respond::json(StatusCode::OK, &Verdict { credentials, ..verdict }))
}

async fn trust(
    State(app): State<App>,
    JsonBody(body): JsonBody<IssuerBody>,
) -> Result<StatusCode, Failure> {
    let changed = app.node.verifier.trust(&body.trust()?).await;
    changed.map_err(refusal).map(|()| StatusCode::NO_CONTENT)
}

async fn untrust(
    State(app): State<App>,
    JsonBody(body): JsonBody<IssuerBody>,
) -> Result<StatusCode, Failure> {
    let changed = app.node.verifier.untrust(&body.trust()?).await;
    changed.map_err(refusal).map(|()| StatusCode::NO_CONTENT)
}

async fn trusted(State(app): State<App>, path: RawPath) -> Result<Response, Failure> {
    let issuers = app.node.verifier.trusted(&path.text(0)).await.map_err(refusal)?;
    Ok(respond::json(StatusCode::OK, &issuers))
}

/// Issuers of did:nuts only would be here, and this node knows none.
async fn untrusted() -> Response {
    respond::json(StatusCode::OK, &json!([]))
}

/// Only credentials of the network of did:nuts are found by their id.
async fn resolve() -> Failure {
    Failure::api(FailureKind::NotFound, "credential not found")
}

async fn search(
    State(app): State<App>,
    JsonBody(body): JsonBody<SearchBody>,
) -> Result<Response, Failure> {
    let checked = app.node.verifier.check_query(&body.query);
    checked.map_err(|error| Failure::api(error.kind(), error.to_string()).because(error))?;
    Ok(respond::json(StatusCode::OK, &json!({"verifiableCredentials": []})))
}

fn refusal(error: TrustError) -> Failure {
    Failure::api(error.kind(), error.to_string()).because(error)
}

/// `VCVerificationRequest`. Its options are about did:nuts.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct CredentialBody {
    verifiable_credential: Option<Box<RawValue>>,
}

/// `VPVerificationRequest`.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PresentationBody {
    verifiable_presentation: Option<Box<RawValue>>,
    valid_at: Option<String>,
    verify_credentials: Option<bool>,
}

impl PresentationBody {
    fn question(&self) -> Result<PresentationQuestion, Failure> {
        let valid_at = self.valid_at.as_deref().map(date_time::parse).transpose();
        let valid_at = valid_at.map_err(|error| {
            Failure::api(FailureKind::Invalid, format!("invalid value for validAt: {error}"))
        })?;
        let verify_credentials = self.verify_credentials.unwrap_or(true);
        Ok(PresentationQuestion { valid_at, verify_credentials })
    }

    fn presentation(&self) -> Result<&RawValue, Failure> {
        self.verifiable_presentation.as_deref().ok_or_else(|| {
            let detail = "cannot determine subject of VP: unsupported presentation format: ";
            Failure::api(FailureKind::Invalid, detail)
        })
    }
}

/// `VCVerificationResult` and `VPVerificationResult`.
#[derive(Serialize)]
struct Verdict<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    credentials: Option<Vec<&'a Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    validity: bool,
}

impl Verdict<'_> {
    fn of<E: std::fmt::Display>(verified: Result<(), E>) -> Self {
        let message = verified.err().map(|error| error.to_string());
        Self { credentials: None, validity: message.is_none(), message }
    }
}

/// `CredentialIssuer`.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct IssuerBody {
    issuer: String,
    credential_type: String,
}

impl IssuerBody {
    fn trust(&self) -> Result<Trust, Failure> {
        Trust::parse(&self.issuer, &self.credential_type).map_err(refusal)
    }
}

/// `SearchVCRequest`. Its options are about did:nuts.
#[derive(Default, Deserialize)]
#[serde(default)]
struct SearchBody {
    query: Value,
}
