//! The data API as it is: policies of this node, evaluated with whatever input a caller gives. No token is looked up, and
//! nothing is done with obligations but to tell them.

use axum::response::Response;
use http::StatusCode;
use pecan_node::decision_point::{Answer, EvaluateError};
use serde_json::{Value, json};

use crate::App;
use crate::respond::json as json_response;

/// What stands at a path: `/policy`, or one of its members.
pub(super) async fn answer(
    app: &App,
    path: &[String],
    input: &Value,
    is_wrapped: bool,
) -> Response {
    let result = match find(app, path, input).await {
        Ok(result) => result,
        Err(error) => {
            tracing::error!(%error, "policy not evaluated");
            let body = json!({ "code": "internal_error", "message": "policy not evaluated" });
            return json_response(StatusCode::INTERNAL_SERVER_ERROR, &body);
        }
    };
    match (result, is_wrapped) {
        (Some(result), true) => json_response(StatusCode::OK, &json!({ "result": result })),
        (None, true) => json_response(StatusCode::OK, &json!({})),
        (Some(result), false) => json_response(StatusCode::OK, &result),
        (None, false) => {
            let body = json!({ "code": "undefined_document", "message": "document undefined" });
            json_response(StatusCode::NOT_FOUND, &body)
        }
    }
}

async fn find(app: &App, path: &[String], input: &Value) -> Result<Option<Value>, EvaluateError> {
    let (policy, member) = match path {
        [policy] => (policy, None),
        [policy, member] => (policy, Some(member.as_str())),
        _ => return Ok(None),
    };
    match app.node.decision_point.evaluate(policy, input).await {
        Ok(answer) => Ok(part(&answer, member)),
        Err(EvaluateError::UnknownPolicy(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn part(answer: &Answer, member: Option<&str>) -> Option<Value> {
    let reasons = answer
        .reasons
        .iter()
        .map(|reason| json!({ "code": reason.code, "description": reason.description }));
    let mut document = json!({
        "allow": answer.is_allowed,
        "reasons": reasons.collect::<Vec<_>>(),
        "obligations": answer.obligations,
        "needs": answer.needs,
    });
    match member {
        None => Some(document),
        Some(member) => document.get_mut(member).map(Value::take),
    }
}
