//! The data API of OPA: `POST {base}/{policy}` with `{"input": …}` for `{"result": …}`.

use pecan_jose::json;
use serde::Serialize;
use serde_json::Value;

use super::Answer;
use super::remote::RemoteError;

#[derive(Serialize)]
struct Question<'a> {
    input: &'a Value,
}

pub(super) fn question(input: &Value) -> Vec<u8> {
    serde_json::to_vec(&Question { input }).expect("a JSON value prints")
}

/// The result is the document of the policy's package, or the value of one rule that is true or false.
pub(super) fn answer(policy: &str, body: &[u8]) -> Result<Answer, RemoteError> {
    let body =
        json::parse_object(body).map_err(|error| RemoteError::Unexpected(error.to_string()))?;
    let unexpected = |reason: &str| Err(RemoteError::Unexpected(reason.to_owned()));
    match body.get("result") {
        // OPA answers so where a document is undefined.
        None => Err(RemoteError::UnknownPolicy(policy.to_owned())),
        Some(Value::Bool(is_allowed)) => {
            Ok(Answer { is_allowed: *is_allowed, ..Answer::default() })
        }
        Some(Value::Object(document)) => match document.get("allow") {
            None | Some(Value::Bool(_)) => Answer::from_document(document)
                .map_err(|error| RemoteError::Unexpected(error.to_string())),
            Some(_) => unexpected("`allow` is no truth value"),
        },
        Some(_) => unexpected("`result` is neither an object nor a truth value"),
    }
}
