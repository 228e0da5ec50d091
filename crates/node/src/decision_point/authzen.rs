//! AuthZEN: `POST {base}/access/v1/evaluation`
//! ([Authorization API 1.0 §6](https://openid.net/specs/authorization-api-1_0.html#name-access-evaluation-api)).

use pecan_jose::json;
use serde_json::{Map, Value, json};

use super::Answer;
use super::remote::RemoteError;

/// The path of the endpoint.
pub(super) const PATH: [&str; 3] = ["access", "v1", "evaluation"];

/// The four parts of a question, made of the input that every policy sees: nothing of it is left out.
pub(super) fn question(policy: &str, input: &Value) -> Vec<u8> {
    let text = |pointer: &str| input.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let part = |name: &str| input.get(name).cloned().unwrap_or_else(|| json!({}));
    let (kind, id) = match (text("/context/stage"), text("/resource/type")) {
        ("scope", _) => ("scope", text("/context/scope")),
        (_, "") => ("path", text("/action/request/path")),
        (_, kind) => (kind, text("/resource/id")),
    };
    let action = match text("/action/name") {
        "" => text("/action/request/method"),
        name => name,
    };
    let mut context = Map::new();
    for (name, value) in input.as_object().into_iter().flatten() {
        match name.as_str() {
            "subject" | "resource" | "action" => {}
            "context" => context.extend(value.as_object().cloned().unwrap_or_default()),
            _ => {
                context.insert(name.clone(), value.clone());
            }
        }
    }
    context.insert("policy".to_owned(), policy.into());
    let question = json!({
        "subject": {
            "type": "organization",
            "id": text("/subject/client/id"),
            "properties": part("subject"),
        },
        "resource": { "type": kind, "id": id, "properties": part("resource") },
        "action": { "name": action, "properties": part("action") },
        "context": context,
    });
    serde_json::to_vec(&question).expect("a JSON value prints")
}

/// `decision`, and what the context of the answer says in the words of our own policies.
pub(super) fn answer(body: &[u8]) -> Result<Answer, RemoteError> {
    let unexpected = |reason: String| RemoteError::Unexpected(reason);
    let body = json::parse_object(body).map_err(|error| unexpected(error.to_string()))?;
    let Some(Value::Bool(is_allowed)) = body.get("decision") else {
        return Err(unexpected("`decision` is missing or no truth value".to_owned()));
    };
    let mut document = match body.get("context") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(context)) => context.clone(),
        Some(_) => return Err(unexpected("`context` is no object".to_owned())),
    };
    if !document.contains_key("reasons") {
        let reasons: Vec<Value> = reasons(&document).into_iter().map(Value::String).collect();
        document.insert("reasons".to_owned(), reasons.into());
    }
    document.insert("allow".to_owned(), (*is_allowed).into());
    Answer::from_document(&document).map_err(|error| unexpected(error.to_string()))
}

/// The reasons that other decision points give: a text, or texts by code or language.
fn reasons(context: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    for name in ["reason", "reason_admin"] {
        match context.get(name) {
            Some(Value::String(text)) => found.push(text.clone()),
            Some(Value::Object(texts)) => {
                found.extend(texts.values().filter_map(Value::as_str).map(str::to_owned));
            }
            None | Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) => {}
        }
    }
    found
}
