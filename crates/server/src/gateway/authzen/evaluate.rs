//! One evaluation, or many in one request.

use pecan_node::policy::Policies;
use serde_json::{Map, Value, json};

use super::{question, scope};
use crate::gateway::answer::{instructions, query_of};
use crate::gateway::gate::Asker;
use crate::gateway::opa::object;
use crate::gateway::refused::{Refused, accepts_fhir};

/// The most evaluations of one request.
const EVALUATIONS_MAX: usize = 50;

/// When to stop (AuthZEN 1.0 §7.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Semantic {
    /// Never.
    ExecuteAll,
    /// After the first that is denied.
    DenyOnFirstDeny,
    /// After the first that is permitted.
    PermitOnFirstPermit,
}

impl Semantic {
    /// The semantic of a request; `None` if it names one that is not known.
    pub(super) fn of(document: &Value) -> Option<Self> {
        match document.pointer("/options/evaluations_semantic") {
            None => Some(Self::ExecuteAll),
            Some(name) => match name.as_str()? {
                "execute_all" => Some(Self::ExecuteAll),
                "deny_on_first_deny" => Some(Self::DenyOnFirstDeny),
                "permit_on_first_permit" => Some(Self::PermitOnFirstPermit),
                _ => None,
            },
        }
    }

    fn stops_after(self, decision: bool) -> bool {
        match self {
            Self::ExecuteAll => false,
            Self::DenyOnFirstDeny => !decision,
            Self::PermitOnFirstPermit => decision,
        }
    }
}

/// Evaluates each of a list over the members that all share. `None` if there are too many, or one is no object.
pub(super) async fn evaluate_all(
    evaluator: Evaluator<'_>,
    shared: &Value,
    list: &[Value],
    semantic: Semantic,
) -> Option<Value> {
    if list.len() > EVALUATIONS_MAX || !list.iter().all(Value::is_object) {
        return None;
    }
    let documents: Vec<Value> = list.iter().map(|own| merged(shared, own)).collect();
    let scopes: Vec<&str> = documents.iter().filter_map(scope::requested).collect();
    let mut answers = Vec::with_capacity(list.len());
    for document in &documents {
        let answer = evaluator.evaluate(document, &scopes).await;
        let is_permitted = answer.get("decision") == Some(&Value::Bool(true));
        answers.push(answer);
        if semantic.stops_after(is_permitted) {
            break;
        }
    }
    Some(json!({ "evaluations": answers }))
}

/// Evaluates one.
pub(super) async fn evaluate_one(evaluator: Evaluator<'_>, document: &Value) -> Value {
    let scopes: Vec<&str> = scope::requested(document).into_iter().collect();
    evaluator.evaluate(document, &scopes).await
}

/// Who asks, and who is asked.
#[derive(Clone, Copy)]
pub(super) struct Evaluator<'a> {
    pub(super) asker: &'a Asker,
    pub(super) policies: &'a Policies,
}

impl Evaluator<'_> {
    /// A scope that is asked for at another node, or else a request of a client.
    async fn evaluate(self, document: &Value, scopes: &[&str]) -> Value {
        if scope::is_requested(document) {
            return evaluate_scope(self, document, scopes).await;
        }
        evaluate_request(self.asker, document).await
    }
}

async fn evaluate_scope(evaluator: Evaluator<'_>, document: &Value, scopes: &[&str]) -> Value {
    match scope::Asked::read(document) {
        Ok(asked) => {
            let question = asked.question(scopes);
            let decision = evaluator.policies.is_granted(&question, asked.scope).await;
            json!({ "decision": decision })
        }
        Err(unreadable) => {
            let decision = evaluator.asker.refuse(&unreadable);
            json!({ "decision": false, "context": { "decision_id": decision.id } })
        }
    }
}

async fn evaluate_request(asker: &Asker, document: &Value) -> Value {
    let told = question::told(&asker.registration, document);
    let query = told.as_ref().map(|told| query_of(&told.target).to_owned()).unwrap_or_default();
    let accepts_fhir = told.as_ref().is_ok_and(|told| {
        let accept = told.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("accept"));
        accepts_fhir(accept.map(|(_, value)| value.as_ref()))
    });
    let question =
        told.and_then(|told| crate::gateway::question::question(&asker.registration, told));
    let decision = asker.decide(question).await;
    let mut context = match instructions(asker, &decision, &query) {
        Ok(fields) => json!({ "headers": object(&fields) }),
        Err(refusal) => {
            let refused = Refused::new(&refusal, accepts_fhir);
            json!({
                "status": refused.status.as_u16(),
                "headers": refused.header_object(),
                "body": refused.body,
            })
        }
    };
    let is_permitted = context.get("status").is_none();
    if let Some(context) = context.as_object_mut() {
        context.insert("decision_id".to_owned(), decision.id.into());
    }
    json!({ "decision": is_permitted, "context": context })
}

/// The members of `own`, and those that are shared where it has none (AuthZEN 1.0 §7.1.1).
fn merged(shared: &Value, own: &Value) -> Value {
    let mut all = Map::new();
    for name in ["subject", "action", "resource", "context"] {
        let value = own.get(name).or_else(|| shared.get(name));
        all.extend(value.map(|value| (name.to_owned(), value.clone())));
    }
    Value::Object(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_evaluation_has_itself_replaces_what_is_shared() {
        let shared =
            json!({ "subject": { "id": "a" }, "action": { "name": "GET" }, "options": {} });
        let own = json!({ "action": { "name": "PUT" }, "resource": { "id": "/x" } });
        let expected = json!({ "subject": { "id": "a" }, "action": { "name": "PUT" }, "resource": { "id": "/x" } });
        assert_eq!(merged(&shared, &own), expected);
    }

    #[test]
    fn semantics_are_known_by_their_names() {
        let of =
            |name: Value| Semantic::of(&json!({ "options": { "evaluations_semantic": name } }));
        assert_eq!(Semantic::of(&json!({})), Some(Semantic::ExecuteAll));
        assert_eq!(of(json!("deny_on_first_deny")), Some(Semantic::DenyOnFirstDeny));
        assert_eq!(of(json!("permit_on_first_permit")), Some(Semantic::PermitOnFirstPermit));
        assert_eq!(of(json!("whatever")), None);
        assert_eq!(of(json!(1)), None);
    }
}
