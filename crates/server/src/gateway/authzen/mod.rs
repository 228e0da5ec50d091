//! AuthZEN 1.0: Pecan as decision point for gateways that ask about a request of a client.
//!
//! `action.name` is the method; `resource` has the target, in `properties.uri` or as its id; `context.headers` are the client's
//! header fields; `subject.properties` is what introspection said, from a gateway that did it. With the action `request_scope` another
//! node asks which scopes a client is granted.

mod evaluate;
mod question;
mod scope;

use axum::extract::{Request, State};
use axum::response::Response;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use pecan_node::FailureKind;
use pecan_node::gateway::{Body, Dialect};
use serde_json::{Value, json};

use self::evaluate::{Evaluator, Semantic, evaluate_all, evaluate_one};
use super::body::{BODY_BYTES_MAX, whole};
use super::gate::admit;
use crate::App;
use crate::respond::{Failure, json as json_response};
use crate::routes::{Endpoint, Listener, gateway_paths};

/// Names a request; the answer names it, too.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(super) fn endpoints() -> Vec<Endpoint> {
    let paths = gateway_paths!("/access/v1/evaluation");
    let mut all = Endpoint::decision(&Method::POST, paths, "AuthZenEvaluation", evaluation);
    let paths = gateway_paths!("/access/v1/evaluations");
    all.extend(Endpoint::decision(&Method::POST, paths, "AuthZenEvaluations", evaluations));
    all.push(Endpoint::new(
        Listener::Gateway,
        Method::GET,
        "/.well-known/authzen-configuration",
        "AuthZenConfiguration",
        configuration,
    ));
    all
}

async fn evaluation(State(app): State<App>, request: Request) -> Response {
    answer(&app, request, false).await
}

async fn evaluations(State(app): State<App>, request: Request) -> Response {
    answer(&app, request, true).await
}

async fn answer(app: &App, request: Request, may_be_many: bool) -> Response {
    let (parts, body) = request.into_parts();
    let asker = match admit(app, &parts, &[Dialect::AuthZen]) {
        Ok(asker) => asker,
        Err(refused) => return *refused,
    };
    let Some(document) = read(&parts, body).await else { return invalid(&parts) };
    let evaluator = Evaluator { asker: &asker, policies: &app.node.policies };
    let many = document.get("evaluations").filter(|_| may_be_many);
    let answer = match many {
        Some(Value::Array(list)) if !list.is_empty() => match Semantic::of(&document) {
            Some(semantic) => evaluate_all(evaluator, &document, list, semantic).await,
            None => None,
        },
        Some(Value::Array(_)) | None => Some(evaluate_one(evaluator, &document).await),
        Some(_) => None,
    };
    match answer {
        Some(answer) => named(json_response(StatusCode::OK, &answer), &parts),
        None => invalid(&parts),
    }
}

/// The body as an object.
async fn read(parts: &Parts, body: axum::body::Body) -> Option<Value> {
    if parts.headers.contains_key(header::CONTENT_ENCODING) {
        return None;
    }
    let Ok(Body::Whole(bytes)) = whole(body).await else { return None };
    let document = pecan_jose::json::parse_within(&bytes, BODY_BYTES_MAX).ok()?;
    document.is_object().then_some(document)
}

fn invalid(parts: &Parts) -> Response {
    named(json_response(StatusCode::BAD_REQUEST, &json!("the request cannot be read")), parts)
}

fn named(mut response: Response, parts: &Parts) -> Response {
    if let Some(id) = parts.headers.get(REQUEST_ID) {
        response.headers_mut().insert(REQUEST_ID, id.clone());
    }
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, no_store);
    response
}

/// Where to ask; only known if the operator says where the listener is.
async fn configuration(State(app): State<App>) -> Result<Response, Failure> {
    let url = app.settings.gateway_url.as_ref();
    let not_found = || Failure::api(FailureKind::NotFound, "no such metadata");
    let url = url.ok_or_else(not_found)?.as_str().trim_end_matches('/');
    Ok(json_response(
        StatusCode::OK,
        &json!({
            "policy_decision_point": url,
            "access_evaluation_endpoint": format!("{url}/access/v1/evaluation"),
            "access_evaluations_endpoint": format!("{url}/access/v1/evaluations"),
        }),
    ))
}
