//! Issuing, searching and revoking credentials: `/internal/vcr/v2/issuer/…` (contract/credentials.md 5).

use axum::extract::State;
use axum::response::Response;
use http::{Method, StatusCode};
use pecan_credentials::date_time;
use pecan_node::issuer::{IssueRequest, Issued, SearchRequest};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::App;
use crate::extract::{JsonBody, Query, RawPath};
use crate::respond::{Failure, json};
use crate::routes::{Endpoint, Listener};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let internal = Listener::Internal;
    vec![
        Endpoint::new(internal, Method::POST, "/internal/vcr/v2/issuer/vc", "IssueVC", issue),
        Endpoint::new(
            internal,
            Method::GET,
            "/internal/vcr/v2/issuer/vc/search",
            "SearchIssuedVCs",
            search,
        ),
        Endpoint::new(
            internal,
            Method::DELETE,
            "/internal/vcr/v2/issuer/vc/{id}",
            "RevokeVC",
            revoke,
        ),
    ]
}

async fn issue(
    State(app): State<App>,
    JsonBody(body): JsonBody<IssueBody>,
) -> Result<Response, Failure> {
    let issued = app.node.issuer.issue(body.into()).await;
    let credential =
        issued.map_err(|error| Failure::api(error.kind(), error.to_string()).because(error))?;
    Ok(json(StatusCode::OK, credential.raw_value()))
}

async fn search(State(app): State<App>, query: Query) -> Result<Response, Failure> {
    let request = SearchRequest {
        credential_type: query.required("credentialType")?.to_owned(),
        issuer: query.required("issuer")?.to_owned(),
        subject: query.find("subject").map(str::to_owned),
    };
    let found = app.node.issuer.search(&request).await;
    let found =
        found.map_err(|error| Failure::api(error.kind(), error.to_string()).because(error))?;
    let verifiable_credentials = found.into_iter().map(SearchResult::from).collect();
    Ok(json(StatusCode::OK, &SearchResults { verifiable_credentials }))
}

async fn revoke(State(app): State<App>, path: RawPath) -> Result<StatusCode, Failure> {
    let revoked = app.node.issuer.revoke(&path.id(0)).await;
    revoked.map_err(|error| Failure::api(error.kind(), error.to_string()).because(error))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `IssueVCRequest`.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct IssueBody {
    r#type: OneOrMany<String>,
    issuer: Option<String>,
    credential_subject: OneOrMany<Map<String, Value>>,
    #[serde(rename = "@context")]
    context: OneOrMany<String>,
    expiration_date: Option<String>,
    format: Option<String>,
    with_status_list2021_revocation: Option<bool>,
    publish_to_network: Option<bool>,
    visibility: Option<String>,
}

/// A member that is written alone or in a list.
#[derive(Default, Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    #[default]
    None,
    One(T),
    Many(Vec<T>),
}

impl<T> From<OneOrMany<T>> for Vec<T> {
    fn from(member: OneOrMany<T>) -> Self {
        match member {
            OneOrMany::None => Vec::new(),
            OneOrMany::One(only) => vec![only],
            OneOrMany::Many(all) => all,
        }
    }
}

impl From<IssueBody> for IssueRequest {
    fn from(body: IssueBody) -> Self {
        let publish = body.publish_to_network.map(|_| "publishToNetwork");
        Self {
            issuer: body.issuer.unwrap_or_default(),
            types: body.r#type.into(),
            contexts: body.context.into(),
            subjects: body.credential_subject.into(),
            expiration_date: body.expiration_date,
            format: body.format,
            with_status_list: body.with_status_list2021_revocation,
            network_option: publish.or(body.visibility.map(|_| "visibility")),
        }
    }
}

/// `SearchVCResults`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SearchResults {
    verifiable_credentials: Vec<SearchResult>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SearchResult {
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation: Option<Revocation>,
    verifiable_credential: AsStored,
}

#[derive(Serialize)]
struct Revocation {
    date: String,
    issuer: String,
    reason: &'static str,
    subject: String,
}

/// A credential as it was stored: an object, or a token as a string.
#[derive(Serialize)]
#[serde(untagged)]
enum AsStored {
    JsonLd(Box<RawValue>),
    Jwt(String),
}

impl From<String> for AsStored {
    fn from(raw: String) -> Self {
        if !raw.starts_with('{') {
            return Self::Jwt(raw);
        }
        RawValue::from_string(raw).map_or_else(|_| Self::Jwt(String::new()), Self::JsonLd)
    }
}

impl From<Issued> for SearchResult {
    fn from(issued: Issued) -> Self {
        let Issued { id, issuer, raw, revoked_at } = issued;
        let revocation = revoked_at.map(|at| Revocation {
            date: date_time::format(at),
            issuer,
            reason: "revocation",
            subject: id,
        });
        Self { revocation, verifiable_credential: AsStored::from(raw) }
    }
}
