//! VDR v2: subjects, their services and keys, and the resolution of any DID (contract/credentials.md 3).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use pecan_credentials::did::Did;
use pecan_credentials::did::document::Document;
use pecan_credentials::did::service::Service;
use pecan_credentials::did::verification_method::VerificationMethod;
use pecan_node::FailureKind;
use pecan_node::resolver::{Resolution, ResolveError};
use pecan_node::subject::{
    NewKeys, NewSubject, Refusal, ServiceDescription, ServiceFilter, SubjectError,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::App;
use crate::extract::{JsonBody, Query, RawPath};
use crate::respond::{Failure, json};
use crate::routes::{Endpoint, Listener};

const SUBJECTS: &str = "/internal/vdr/v2/subject";
const SUBJECT: &str = "/internal/vdr/v2/subject/{subject}";
const SERVICES: &str = "/internal/vdr/v2/subject/{subject}/service";
const SERVICE: &str = "/internal/vdr/v2/subject/{subject}/service/{serviceId}";
const METHODS: &str = "/internal/vdr/v2/subject/{subject}/verificationmethod";
const DID: &str = "/internal/vdr/v2/did/{did}";

pub(crate) fn endpoints() -> Vec<Endpoint> {
    const ON: Listener = Listener::Internal;
    vec![
        Endpoint::new(ON, Method::POST, SUBJECTS, "CreateSubject", create),
        Endpoint::new(ON, Method::GET, SUBJECTS, "ListSubjects", list),
        Endpoint::new(ON, Method::GET, SUBJECT, "SubjectDIDs", dids),
        Endpoint::new(ON, Method::DELETE, SUBJECT, "Deactivate", deactivate),
        Endpoint::new(ON, Method::GET, SERVICES, "FindServices", find_services),
        Endpoint::new(ON, Method::POST, SERVICES, "CreateService", create_service),
        Endpoint::new(ON, Method::POST, SERVICE, "UpdateService", update_service),
        Endpoint::new(ON, Method::DELETE, SERVICE, "DeleteService", delete_service),
        Endpoint::new(ON, Method::POST, METHODS, "AddVerificationMethod", add_verification_method),
        Endpoint::new(ON, Method::GET, DID, "ResolveDID", resolve),
    ]
}

async fn create(
    State(app): State<App>,
    JsonBody(body): JsonBody<CreateSubjectOptions>,
) -> Result<Response, Failure> {
    let request = NewSubject { name: body.subject, keys: body.keys.unwrap_or_default().into() };
    let created = app.node.subjects.create(request).await.map_err(refused)?;
    let answer = CreatedSubject {
        documents: created.documents.iter().map(Document::to_value).collect(),
        subject: created.subject.id.as_str(),
    };
    Ok(json(StatusCode::OK, &answer))
}

async fn list(State(app): State<App>) -> Result<Response, Failure> {
    let subjects = app.node.subjects.list().await.map_err(|error| refused(error.into()))?;
    let names = subjects.iter().map(|(id, dids)| (id.as_str(), texts(dids)));
    Ok(json(StatusCode::OK, &names.collect::<std::collections::BTreeMap<_, _>>()))
}

async fn dids(State(app): State<App>, path: RawPath) -> Result<Response, Failure> {
    let subject = app.node.subjects.find(&path.text(0)).await;
    let subject = subject.map_err(|error| refused(error.into()))?;
    let subject = subject.ok_or_else(|| refused(Refusal::NotFound.into()))?;
    Ok(json(StatusCode::OK, &texts(&subject.dids)))
}

async fn deactivate(State(app): State<App>, path: RawPath) -> Result<StatusCode, Failure> {
    app.node.subjects.deactivate(&path.text(0)).await.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn find_services(
    State(app): State<App>,
    path: RawPath,
    query: Query,
) -> Result<Response, Failure> {
    let wanted = |name| query.find(name).filter(|value| !value.is_empty()).map(str::to_owned);
    let filter = ServiceFilter { kind: wanted("type"), endpoint_kind: wanted("endpointType") };
    let services = app.node.subjects.find_services(&path.text(0), &filter).await;
    Ok(render(&services.map_err(refused)?))
}

async fn create_service(
    State(app): State<App>,
    path: RawPath,
    JsonBody(body): JsonBody<ServiceBody>,
) -> Result<Response, Failure> {
    let services = app.node.subjects.create_service(&path.text(0), body.into()).await;
    Ok(render(&services.map_err(refused)?))
}

async fn update_service(
    State(app): State<App>,
    path: RawPath,
    JsonBody(body): JsonBody<ServiceBody>,
) -> Result<Response, Failure> {
    let (subject, service) = (path.text(0), path.id(1));
    let services = app.node.subjects.update_service(&subject, &service, body.into()).await;
    Ok(render(&services.map_err(refused)?))
}

async fn delete_service(State(app): State<App>, path: RawPath) -> Result<StatusCode, Failure> {
    let (subject, service) = (path.text(0), path.id(1));
    app.node.subjects.delete_service(&subject, &service).await.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn add_verification_method(
    State(app): State<App>,
    path: RawPath,
    JsonBody(body): JsonBody<KeyOptions>,
) -> Result<Response, Failure> {
    let methods = app.node.subjects.add_keys(&path.text(0), body.into()).await.map_err(refused)?;
    let methods: Vec<_> = methods.iter().map(VerificationMethod::to_value).collect();
    Ok(json(StatusCode::OK, &methods))
}

async fn resolve(State(app): State<App>, path: RawPath) -> Result<Response, Failure> {
    let did = Did::parse(&path.id(0)).map_err(|error| unresolved(error.into()))?;
    let resolution = app.node.resolver.describe(&did).await.map_err(unresolved)?;
    Ok(json(StatusCode::OK, &ResolutionBody::from(&resolution)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CreateSubjectOptions {
    subject: Option<String>,
    keys: Option<KeyOptions>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct KeyOptions {
    assertion_key: bool,
    encryption_key: bool,
}

impl From<KeyOptions> for NewKeys {
    fn from(options: KeyOptions) -> Self {
        Self { assertion: options.assertion_key, encryption: options.encryption_key }
    }
}

/// A service as callers write it; an `id` of theirs is ignored.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ServiceBody {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(rename = "serviceEndpoint")]
    endpoint: Option<Value>,
}

impl From<ServiceBody> for ServiceDescription {
    fn from(body: ServiceBody) -> Self {
        Self { kind: body.kind.unwrap_or_default(), endpoint: body.endpoint }
    }
}

#[derive(Serialize)]
struct CreatedSubject<'a> {
    documents: Vec<Value>,
    subject: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResolutionBody {
    document: Value,
    document_metadata: DocumentMetadata,
}

#[derive(Serialize)]
struct DocumentMetadata {
    created: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<String>,
    /// Of a document that is part of a chain, which these are not.
    hash: &'static str,
    txs: Option<()>,
    deactivated: bool,
}

impl From<&Resolution> for ResolutionBody {
    fn from(resolution: &Resolution) -> Self {
        let created = resolution.created_at.map(print);
        let document_metadata = DocumentMetadata {
            created: created.unwrap_or_else(|| NO_TIME.to_owned()),
            updated: resolution.updated_at.map(print),
            hash: NO_HASH,
            txs: None,
            deactivated: false,
        };
        Self { document: resolution.document.to_value(), document_metadata }
    }
}

/// How the contract writes a time that is not known.
const NO_TIME: &str = "0001-01-01T00:00:00Z";
/// How the contract writes a hash that there is not.
const NO_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn print(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_else(|_| NO_TIME.to_owned())
}

fn texts(dids: &[Did]) -> Vec<&str> {
    dids.iter().map(Did::as_str).collect()
}

fn render(services: &[Service]) -> Response {
    let services: Vec<_> = services.iter().map(Service::to_value).collect();
    json(StatusCode::OK, &services).into_response()
}

fn refused(error: SubjectError) -> Failure {
    Failure::api(error.kind(), error.to_string()).because(error)
}

fn unresolved(error: ResolveError) -> Failure {
    let kind: FailureKind = error.kind();
    Failure::api(kind, error.to_string()).because(error)
}
