//! Wallets and presentations: `/internal/vcr/v2/holder/…` (contract/credentials.md 5).

use axum::extract::State;
use axum::response::Response;
use http::{Method, StatusCode};
use pecan_credentials::credential::Credential;
use pecan_credentials::date_time;
use pecan_node::wallet::{HeldCredential, PresentationOrder};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::received;
use crate::App;
use crate::extract::{JsonBody, RawPath};
use crate::respond::{Failure, json};
use crate::routes::{Endpoint, Listener};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let internal = Listener::Internal;
    let wallet = "/internal/vcr/v2/holder/{subject}/vc";
    let search_path = "/internal/vcr/v2/holder/{subject}/vc/search";
    let credential = "/internal/vcr/v2/holder/{subject}/vc/{id}";
    vec![
        Endpoint::new(internal, Method::POST, "/internal/vcr/v2/holder/vp", "CreateVP", create),
        Endpoint::new(internal, Method::POST, wallet, "LoadVC", load),
        Endpoint::new(internal, Method::GET, wallet, "GetCredentialsInWallet", list),
        Endpoint::new(internal, Method::GET, search_path, "SearchCredentialsInWallet", search),
        Endpoint::new(internal, Method::DELETE, credential, "RemoveCredentialFromWallet", remove),
    ]
}

async fn load(
    State(app): State<App>,
    path: RawPath,
    JsonBody(body): JsonBody<Box<RawValue>>,
) -> Result<StatusCode, Failure> {
    let credential = received::credential(Some(&body))?;
    let loaded = app.node.wallet.load(&path.id(0), &credential).await;
    loaded.map_err(|error| Failure::api(error.kind(), error.to_string()).because(error))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list(State(app): State<App>, path: RawPath) -> Result<Response, Failure> {
    let found = app.node.wallet.list(&path.id(0)).await;
    let found =
        found.map_err(|error| Failure::api(error.kind(), error.to_string()).because(error))?;
    let credentials: Vec<&Value> = found.iter().map(Credential::raw_value).collect();
    Ok(json(StatusCode::OK, &credentials))
}

async fn search(State(app): State<App>, path: RawPath) -> Result<Response, Failure> {
    let found = app.node.wallet.search(&path.id(0)).await;
    let found =
        found.map_err(|error| Failure::api(error.kind(), error.to_string()).because(error))?;
    let verifiable_credentials = found.iter().map(SearchResult::from).collect();
    Ok(json(StatusCode::OK, &SearchResults { verifiable_credentials }))
}

async fn remove(State(app): State<App>, path: RawPath) -> Result<StatusCode, Failure> {
    let removed = app.node.wallet.remove(&path.id(0), &path.id(1)).await;
    removed.map_err(|error| Failure::api(error.kind(), error.to_string()).because(error))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn create(
    State(app): State<App>,
    JsonBody(body): JsonBody<CreateBody>,
) -> Result<Response, Failure> {
    let created = app.node.wallet.create(body.order()?).await;
    let created =
        created.map_err(|error| Failure::api(error.kind(), error.to_string()).because(error))?;
    Ok(json(StatusCode::OK, &created))
}

/// `CreateVPRequest`.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct CreateBody {
    verifiable_credentials: Vec<Box<RawValue>>,
    #[serde(rename = "signerDID")]
    signer_did: Option<String>,
    #[serde(rename = "@context")]
    context: Option<Vec<String>>,
    r#type: Option<Vec<String>>,
    proof_purpose: Option<String>,
    challenge: Option<String>,
    domain: Option<String>,
    expires: Option<String>,
    format: Option<String>,
}

impl CreateBody {
    fn order(self) -> Result<PresentationOrder, Failure> {
        let credentials = self.verifiable_credentials.iter();
        let credentials = credentials.map(|raw| received::credential(Some(raw)));
        Ok(PresentationOrder {
            credentials: credentials.collect::<Result<_, _>>()?,
            signer: self.signer_did,
            contexts: self.context.unwrap_or_default(),
            types: self.r#type.unwrap_or_default(),
            purpose: self.proof_purpose,
            challenge: self.challenge,
            domain: self.domain,
            expires: self.expires,
            format: self.format,
        })
    }
}

/// `SearchVCResults`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SearchResults<'a> {
    verifiable_credentials: Vec<SearchResult<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SearchResult<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation: Option<Revocation<'a>>,
    verifiable_credential: &'a Value,
}

#[derive(Serialize)]
struct Revocation<'a> {
    date: String,
    issuer: &'a str,
    subject: &'a str,
}

impl<'a> From<&'a HeldCredential> for SearchResult<'a> {
    fn from(held: &'a HeldCredential) -> Self {
        let credential = &held.credential;
        let revocation = held.revocation.map(|revocation| Revocation {
            date: date_time::format(revocation.date),
            issuer: credential.issuer().unwrap_or_default(),
            subject: credential.id().unwrap_or_default(),
        });
        Self { revocation, verifiable_credential: credential.raw_value() }
    }
}
