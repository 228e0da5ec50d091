//! A FHIR server that keeps resources in memory: read and update by id, versions, `If-Match`, and the one search that the policy
//! needs. It knows no rights at all.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use pecan_platform::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use super::super::party::member;

const MEDIA_TYPE: &str = "application/fhir+json";

/// The most resources.
const RESOURCES_MAX: usize = 1000;

/// The resources by type and id, each with its version.
type Resources = Arc<Mutex<BTreeMap<(String, String), (u32, Value)>>>;

/// The routes of the server.
pub(super) fn router() -> Router {
    let routes = Router::new().route("/fhir/{type}/{id}", get(read).put(update));
    let routes = routes.route("/fhir/{type}", get(search));
    routes.with_state(Resources::default())
}

async fn read(State(resources): State<Resources>, Path(key): Path<(String, String)>) -> Response {
    let resources = resources.lock().unwrap_or_else(PoisonError::into_inner);
    match resources.get(&key) {
        Some((version, resource)) => told(StatusCode::OK, *version, resource),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What of a type refers to a resource: `Composition?entry=Condition/70`. Other searches are refused.
async fn search(
    State(resources): State<Resources>,
    Path(of_type): Path<String>,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Response {
    let wanted = match &parameters[..] {
        [(name, reference)] if name == "entry" => json!({"reference": reference}).to_string(),
        _ => return StatusCode::BAD_REQUEST.into_response(),
    };
    let resources = resources.lock().unwrap_or_else(PoisonError::into_inner);
    let found = resources.iter().filter(|((known, _), (_, resource))| {
        known == &of_type && resource.to_string().contains(&wanted)
    });
    let entries =
        found.map(|(_, (_, resource))| json!({"resource": resource, "search": {"mode": "match"}}));
    let entries: Vec<Value> = entries.collect();
    let bundle = json!({"resourceType": "Bundle", "type": "searchset", "total": entries.len(), "entry": entries});
    ([(header::CONTENT_TYPE, MEDIA_TYPE)], bundle.to_string()).into_response()
}

async fn update(
    State(resources): State<Resources>,
    Path(key): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut resource: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut resources = resources.lock().unwrap_or_else(PoisonError::into_inner);
    let current = resources.get(&key).map(|(version, _)| *version);
    let wanted = headers.get(header::IF_MATCH).map(|tag| tag.to_str().unwrap_or_default());
    if wanted.is_some_and(|wanted| current.map(tag).as_deref() != Some(wanted)) {
        return StatusCode::PRECONDITION_FAILED.into_response();
    }
    let is_whole = member(&resource, "resourceType") == &json!(key.0)
        && member(&resource, "id") == &json!(key.1);
    let (Some(members), true) = (resource.as_object_mut(), is_whole) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if current.is_none() && resources.len() == RESOURCES_MAX {
        return StatusCode::INSUFFICIENT_STORAGE.into_response();
    }
    let version = current.unwrap_or_default() + 1;
    let now = SystemClock.now().format(&Rfc3339).unwrap_or_default();
    let meta = json!({"versionId": version.to_string(), "lastUpdated": now});
    members.insert("meta".to_owned(), meta);
    let status = if current.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    let answer = told(status, version, &resource);
    resources.insert(key, (version, resource));
    answer
}

fn told(status: StatusCode, version: u32, resource: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, MEDIA_TYPE.to_owned()), (header::ETAG, tag(version))];
    (status, headers, resource.to_string()).into_response()
}

fn tag(version: u32) -> String {
    format!("W/\"{version}\"")
}
