//! Questions to an AuthZEN policy decision point, and its answers:
//! [Authorization API 1.0 §7](https://openid.net/specs/authorization-api-1_0.html#name-access-evaluations-api).

use pecan_jose::json;
use serde::Serialize;
use serde_json::{Map, Value};

/// The path of the batch endpoint, appended to the configured base.
pub const EVALUATIONS_PATH: &str = "/access/v1/evaluations";

/// One question for each scope: may this client have it?
#[derive(Clone, Copy)]
pub struct ScopeQuestion<'a> {
    /// The DID that signed the presentation.
    pub client: &'a str,
    /// What the presentation definition's fields found.
    pub claims: &'a Map<String, Value>,
    /// The scope of the credential profile.
    pub policy: &'a str,
    /// The scopes, in the order of the answers.
    pub scopes: &'a [&'a str],
}

/// Why an answer cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// No JSON.
    #[error(transparent)]
    Json(#[from] json::Error),
    /// No list of decisions.
    #[error("`evaluations` is missing or not an array")]
    NoEvaluations,
    /// More or fewer decisions than questions.
    #[error("{found} decisions for {asked} questions")]
    Count {
        /// How many questions there were.
        asked: usize,
        /// How many decisions came.
        found: usize,
    },
    /// A decision is neither `true` nor `false`.
    #[error("decision {index} is missing or not a boolean")]
    NoDecision {
        /// Its place, from 0.
        index: usize,
    },
}

impl ScopeQuestion<'_> {
    /// The body of the request.
    pub fn to_json(&self) -> String {
        let organization = (!self.claims.is_empty()).then_some(self.claims);
        let evaluations =
            self.scopes.iter().map(|id| Evaluation { resource: Resource { kind: "scope", id } });
        let body = Body {
            subject: Subject {
                kind: "organization",
                id: self.client,
                properties: Properties { organization },
            },
            action: Action { name: "request_scope" },
            context: Context { policy: self.policy },
            evaluations: evaluations.collect(),
        };
        serde_json::to_string(&body).expect("texts and JSON values print")
    }

    /// The decisions of an answer, one for each scope.
    // SECURITY: an answer that is not complete decides nothing, or a decision would count for another scope.
    pub fn decisions(&self, body: &[u8]) -> Result<Vec<bool>, AnswerError> {
        let answer = json::parse_object(body)?;
        let Some(Value::Array(evaluations)) = answer.get("evaluations") else {
            return Err(AnswerError::NoEvaluations);
        };
        if evaluations.len() != self.scopes.len() {
            let (asked, found) = (self.scopes.len(), evaluations.len());
            return Err(AnswerError::Count { asked, found });
        }
        let decision = |(index, evaluation): (usize, &Value)| {
            let decision = evaluation.get("decision").and_then(Value::as_bool);
            decision.ok_or(AnswerError::NoDecision { index })
        };
        evaluations.iter().enumerate().map(decision).collect()
    }
}

#[derive(Serialize)]
struct Body<'a> {
    subject: Subject<'a>,
    action: Action,
    context: Context<'a>,
    evaluations: Vec<Evaluation<'a>>,
}

#[derive(Serialize)]
struct Subject<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a str,
    properties: Properties<'a>,
}

#[derive(Serialize)]
struct Properties<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<&'a Map<String, Value>>,
}

#[derive(Serialize)]
struct Action {
    name: &'static str,
}

#[derive(Serialize)]
struct Context<'a> {
    policy: &'a str,
}

#[derive(Serialize)]
struct Evaluation<'a> {
    resource: Resource<'a>,
}

#[derive(Serialize)]
struct Resource<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a str,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_question_is_the_recorded_one() {
        let claims = json!({ "organization_name": "Hospital East", "ura": "12345678" });
        let question = ScopeQuestion {
            client: "did:web:client.example.nl:iam:abc",
            claims: claims.as_object().unwrap(),
            policy: "medication-overview",
            scopes: &["medication-overview", "patient/MedicationRequest.read"],
        };
        let expected = json!({
            "subject": {
                "type": "organization",
                "id": "did:web:client.example.nl:iam:abc",
                "properties": { "organization": claims },
            },
            "action": { "name": "request_scope" },
            "context": { "policy": "medication-overview" },
            "evaluations": [
                { "resource": { "type": "scope", "id": "medication-overview" } },
                { "resource": { "type": "scope", "id": "patient/MedicationRequest.read" } },
            ],
        });
        assert_eq!(serde_json::from_str::<Value>(&question.to_json()).unwrap(), expected);
        let nobody = ScopeQuestion { claims: &Map::new(), ..question };
        assert!(nobody.to_json().contains(r#""properties":{}"#));
    }

    #[test]
    fn only_one_decision_for_each_scope_is_an_answer() {
        let claims = Map::new();
        let question =
            ScopeQuestion { client: "d", claims: &claims, policy: "a", scopes: &["a", "b"] };
        let check = |body: &str, expected| {
            assert_eq!(question.decisions(body.as_bytes()), expected, "{body}");
        };
        check(
            r#"{"evaluations":[{"decision":true},{"decision":false,"context":{"reason":"x"}}]}"#,
            Ok(vec![true, false]),
        );
        check(
            r#"{"evaluations":[{"decision":true}]}"#,
            Err(AnswerError::Count { asked: 2, found: 1 }),
        );
        check(
            r#"{"evaluations":[{"decision":true},{"decision":"true"}]}"#,
            Err(AnswerError::NoDecision { index: 1 }),
        );
        check(
            r#"{"evaluations":[{"decision":true},{}]}"#,
            Err(AnswerError::NoDecision { index: 1 }),
        );
        check("{}", Err(AnswerError::NoEvaluations));
        check("[]", Err(AnswerError::Json(json::Error::NotAnObject)));
    }
}
