//! Who may reach what: `/internal/access/v1/{subject}/facts…`.

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use pecan_node::access_facts::{
    ConsentOptions, Draft, ExpectedVersion, Fact, FactError, Filter, Peer,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::App;
use crate::extract::{JsonBody, Query, RawPath};
use crate::respond::{Failure, json};
use crate::routes::{Endpoint, Listener};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let internal = Listener::Internal;
    let facts = "/internal/access/v1/{subject}/facts";
    let fact_path = "/internal/access/v1/{subject}/facts/{id}";
    let import_path = "/internal/access/v1/{subject}/facts/import";
    vec![
        Endpoint::new(internal, Method::POST, facts, "CreateAccessFact", create),
        Endpoint::new(internal, Method::GET, facts, "ListAccessFacts", list),
        Endpoint::new(internal, Method::DELETE, facts, "WithdrawAccessFacts", withdraw),
        Endpoint::new(internal, Method::POST, import_path, "ImportAccessFacts", import),
        Endpoint::new(internal, Method::GET, fact_path, "ReadAccessFact", read),
        Endpoint::new(internal, Method::PUT, fact_path, "UpdateAccessFact", update),
        Endpoint::new(internal, Method::DELETE, fact_path, "DeleteAccessFact", delete),
    ]
}

async fn create(
    State(app): State<App>,
    path: RawPath,
    JsonBody(body): JsonBody<FactBody>,
) -> Result<Response, Failure> {
    let created = app.node.access_facts.create(&path.text(0), body.into()).await;
    Ok(written(StatusCode::CREATED, &created.map_err(failure)?))
}

async fn read(State(app): State<App>, path: RawPath) -> Result<Response, Failure> {
    let found = app.node.access_facts.read(&path.text(0), &path.text(1)).await;
    Ok(written(StatusCode::OK, &found.map_err(failure)?))
}

async fn update(
    State(app): State<App>,
    path: RawPath,
    headers: HeaderMap,
    JsonBody(body): JsonBody<FactBody>,
) -> Result<Response, Failure> {
    let told = body.version.map(ExpectedVersion::Exactly);
    let expected = expected_version(&headers)?.or(told);
    let facts = &app.node.access_facts;
    let updated = facts.update(&path.text(0), &path.text(1), expected, body.into()).await;
    Ok(written(StatusCode::OK, &updated.map_err(failure)?))
}

async fn delete(
    State(app): State<App>,
    path: RawPath,
    headers: HeaderMap,
) -> Result<StatusCode, Failure> {
    let expected = expected_version(&headers)?.unwrap_or(ExpectedVersion::Any);
    let deleted = app.node.access_facts.delete(&path.text(0), &path.text(1), expected).await;
    deleted.map_err(failure)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list(State(app): State<App>, path: RawPath, query: Query) -> Result<Response, Failure> {
    let page =
        app.node.access_facts.list(&path.text(0), &filter(&query)?).await.map_err(failure)?;
    let facts = page.facts.iter().map(Fact::to_json).collect();
    Ok(json(StatusCode::OK, &PageBody { facts, next: page.next }))
}

async fn withdraw(
    State(app): State<App>,
    path: RawPath,
    query: Query,
) -> Result<Response, Failure> {
    known_only(&query, &["task"])?;
    let task = query.required("task")?;
    let withdrawn = app.node.access_facts.delete_by_task(&path.text(0), task).await;
    Ok(json(StatusCode::OK, &Withdrawn { withdrawn: withdrawn.map_err(failure)? }))
}

async fn import(
    State(app): State<App>,
    path: RawPath,
    query: Query,
    JsonBody(body): JsonBody<Value>,
) -> Result<Response, Failure> {
    known_only(&query, &["scope", "task"])?;
    let text = |name| query.find(name).map(str::to_owned);
    let options = ConsentOptions { scope: text("scope"), task: text("task") };
    let imported = app.node.access_facts.import(&path.text(0), &body, &options).await;
    let imported =
        imported.map_err(|error| Failure::api(error.kind(), error.to_string()).because(error))?;
    let facts = imported.iter().map(Fact::to_json).collect();
    Ok(json(StatusCode::CREATED, &PageBody { facts, next: None }))
}

fn failure(error: FactError) -> Failure {
    Failure::api(error.kind(), error.to_string()).because(error)
}

/// A fact, and its version as an entity tag.
fn written(status: StatusCode, fact: &Fact) -> Response {
    let mut response = json(status, &fact.to_json());
    let tag = HeaderValue::from_str(&format!("\"{}\"", fact.version));
    response.headers_mut().insert(header::ETAG, tag.expect("digits and quotes"));
    response
}

/// The version that a change is meant for ([RFC 9110 §13.1.1](https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1)).
fn expected_version(headers: &HeaderMap) -> Result<Option<ExpectedVersion>, Failure> {
    let mut fields = headers.get_all(header::IF_MATCH).iter();
    let Some(field) = fields.next() else { return Ok(None) };
    let text = field.to_str().unwrap_or_default().trim();
    let tag = text.strip_prefix("W/").unwrap_or(text);
    let number = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    let version = number.and_then(|number| number.parse().ok()).map(ExpectedVersion::Exactly);
    let expected = if text == "*" { Some(ExpectedVersion::Any) } else { version };
    match expected {
        Some(expected) if fields.next().is_none() => Ok(Some(expected)),
        Some(_) | None => Err(Failure::request("If-Match: not one entity tag of an access fact")),
    }
}

fn filter(query: &Query) -> Result<Filter, Failure> {
    known_only(query, &["scope", "client_id", "ura", "resource", "task", "cursor", "limit"])?;
    let text = |name| query.find(name).map(str::to_owned);
    let limit = query.find("limit").map(str::parse).transpose();
    Ok(Filter {
        scope: text("scope"),
        client_id: text("client_id"),
        ura: text("ura"),
        resource: text("resource"),
        task: text("task"),
        cursor: text("cursor"),
        limit: limit.map_err(|_| Failure::request("Invalid format for parameter limit"))?,
    })
}

/// SECURITY: a filter with a typing error would select everything.
fn known_only(query: &Query, known: &[&str]) -> Result<(), Failure> {
    match query.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(_) => {
            Err(Failure::request(format!("query: other parameters than {}", known.join(", "))))
        }
    }
}

/// A fact as it is sent: what only the node knows may stand in it, so that one that was read can be sent back.
// SECURITY: unknown members are refused, or a misspelled end would make a fact without one.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FactBody {
    scope: String,
    peer: PeerBody,
    resource: String,
    operations: Vec<String>,
    conditions: Option<Map<String, Value>>,
    effect: Option<String>,
    expires_at: Option<String>,
    task: Option<String>,
    version: Option<i64>,
    #[serde(rename = "id")]
    _id: Option<String>,
    #[serde(rename = "subject")]
    _subject: Option<String>,
    #[serde(rename = "created_at")]
    _created_at: Option<String>,
    #[serde(rename = "updated_at")]
    _updated_at: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PeerBody {
    client_id: Option<String>,
    ura: Option<String>,
}

impl From<FactBody> for Draft {
    fn from(body: FactBody) -> Self {
        Self {
            scope: body.scope,
            peer: Peer { client_id: body.peer.client_id, ura: body.peer.ura },
            resource: body.resource,
            operations: body.operations,
            conditions: body.conditions.unwrap_or_default(),
            effect: body.effect,
            expires_at: body.expires_at,
            task: body.task,
        }
    }
}

#[derive(Serialize)]
struct PageBody {
    facts: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Serialize)]
struct Withdrawn {
    withdrawn: u64,
}
