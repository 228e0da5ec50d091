//! The data API of OPA: gateways with a plugin or a script for OPA ask here as they would ask OPA.
//!
//! What a gateway tells of a client's request is recognised by its structure, whatever the path, and answered in the form that
//! this gateway reads. For callers that are registered for it, every other input is evaluated as OPA would.

mod data;
mod question;
mod shape;
mod target;
mod verdict;

use axum::extract::{MatchedPath, Request, State};
use axum::response::Response;
use http::request::Parts;
use http::{Method, StatusCode, header};
use pecan_node::gateway::{Body, Dialect};
use serde_json::{Map, Value, json};

pub(super) use self::question::headers;
use self::shape::Shape;
pub(super) use self::verdict::object;
use super::body::{BODY_BYTES_MAX, whole};
use super::gate::{Asker, admit};
use super::question::Unreadable;
use crate::App;
use crate::respond::json as json_response;
use crate::routes::{Endpoint, gateway_paths};

/// Which form of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Api {
    /// `{"input": …}`, answered with `{"result": …}`.
    V1,
    /// The input as it is, answered with the result as it is.
    V0,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut all = Vec::new();
    let mut add = |paths, operation, api: Api| {
        let handler = move |app, request| ask(app, request, api);
        all.extend(Endpoint::decision(&Method::POST, paths, operation, handler));
    };
    add(gateway_paths!("/v1/data/{*path}"), "OpaDataV1", Api::V1);
    add(gateway_paths!("/v1/data"), "OpaDataV1Root", Api::V1);
    add(gateway_paths!("/v0/data/{*path}"), "OpaDataV0", Api::V0);
    add(gateway_paths!("/v0/data"), "OpaDataV0Root", Api::V0);
    add(gateway_paths!("/"), "OpaDefault", Api::V0);
    add(gateway_paths!("/pdp"), "Pdp", Api::V1);
    add(gateway_paths!("/pdp/v1/data/{*path}"), "PdpData", Api::V1);
    all
}

async fn ask(State(app): State<App>, request: Request, api: Api) -> Response {
    let (parts, body) = request.into_parts();
    let asker = match admit(&app, &parts, &[Dialect::Opa, Dialect::OpaData]) {
        Ok(asker) => asker,
        Err(refused) => return *refused,
    };
    let input = match read(&parts, body, api).await {
        Ok(input) => input,
        Err(unreadable) => return without_shape(&asker, &unreadable),
    };
    let shape = input.as_object().and_then(Shape::find).filter(|_| asker.speaks(Dialect::Opa));
    match (shape, input) {
        (Some(shape), Value::Object(input)) => decide(&asker, shape, &input, api).await,
        (_, input) if asker.speaks(Dialect::OpaData) => {
            data::answer(&app, &path(&parts), &input, api == Api::V1).await
        }
        _ => without_shape(&asker, &Unreadable::Malformed("input".to_owned())),
    }
}

async fn decide(asker: &Asker, shape: Shape, input: &Map<String, Value>, api: Api) -> Response {
    let told = question::told(&asker.registration, shape, input);
    let query = told
        .as_ref()
        .map(|told| super::answer::query_of(&told.target).to_owned())
        .unwrap_or_default();
    let accepts_fhir = told.as_ref().is_ok_and(question::accepts_fhir);
    let question = told.and_then(|told| super::question::question(&asker.registration, told));
    let decision = asker.decide(question).await;
    let fields = super::answer::instructions(asker, &decision, &query);
    let verdict = verdict::Verdict { fields, accepts_fhir };
    let answer = verdict.write(shape);
    let is_bare = api == Api::V0 || shape == Shape::Knooppunt;
    let answer =
        if is_bare { answer } else { json!({ "decision_id": decision.id, "result": answer }) };
    json_response(StatusCode::OK, &answer)
}

/// A denial that every plugin and script reads as one.
fn without_shape(asker: &Asker, unreadable: &Unreadable) -> Response {
    if !asker.speaks(Dialect::Opa) {
        let body = json!({ "code": "invalid_parameter", "message": "the input cannot be read" });
        return json_response(StatusCode::BAD_REQUEST, &body);
    }
    let decision = asker.refuse(unreadable);
    let fields = super::answer::instructions(asker, &decision, "");
    let verdict = verdict::Verdict { fields, accepts_fhir: false };
    let bare = verdict.write(Shape::Knooppunt);
    let mut answer = json!({ "decision_id": decision.id, "result": verdict.write_for_all() });
    if let (Some(answer), Value::Object(bare)) = (answer.as_object_mut(), bare) {
        answer.extend(bare);
    }
    json_response(StatusCode::OK, &answer)
}

/// The input; `null` if there is none.
async fn read(parts: &Parts, body: axum::body::Body, api: Api) -> Result<Value, Unreadable> {
    let encoding = parts.headers.get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Unreadable::Encoded);
    }
    let malformed = || Unreadable::Malformed("body".to_owned());
    let bytes = match whole(body).await? {
        Body::Whole(bytes) => bytes,
        Body::TooLarge | Body::Untold => return Err(malformed()),
    };
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let mut document =
        pecan_jose::json::parse_within(&bytes, BODY_BYTES_MAX).map_err(|_| malformed())?;
    let inner = document.get_mut("input").map(Value::take);
    match (api, inner) {
        (Api::V1, inner) if document.is_object() => Ok(inner.unwrap_or_default()),
        (Api::V1, _) => Err(malformed()),
        (Api::V0, None) => Ok(document),
        (Api::V0, Some(inner)) => {
            // Scripts that ask the older API often keep the wrapping of the newer one.
            if inner.as_object().is_some_and(|inner| Shape::find(inner).is_some()) {
                return Ok(inner);
            }
            if let Some(place) = document.get_mut("input") {
                *place = inner;
            }
            Ok(document)
        }
    }
}

/// The path behind `data/`, decoded.
fn path(parts: &Parts) -> Vec<String> {
    let template = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let Some(before) = template.split('/').position(|part| part.starts_with("{*")) else {
        return Vec::new();
    };
    let segments = parts.uri.path().split('/').skip(before).filter(|segment| !segment.is_empty());
    segments
        .map(|raw| crate::extract::decode_path(raw).unwrap_or_else(|_| raw.to_owned()))
        .collect()
}
