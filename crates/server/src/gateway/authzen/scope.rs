//! An evaluation about a scope that a client asks for at another node: that node has `scope_policy: dynamic`, and asks here.
//!
//! `action.name` is `request_scope`, `resource` the scope; `subject.id` is the DID of the client, `subject.properties` has the claims of
//! its credentials, and `context.policy` the scope of the credential profile.

use pecan_node::policy::ScopeQuestion;
use serde_json::{Map, Value};

use crate::gateway::question::Unreadable;

/// The action.
const REQUEST_SCOPE: &str = "request_scope";
/// The type of the resource.
const SCOPE: &str = "scope";
/// The members of the properties that have claims each, the first that has one counts.
const CLAIMS_OF: [&str; 2] = ["organization", "user"];
/// A member that only the input of policies has: then the claims stand beside it.
const CLIENT: &str = "client";

/// Whether an evaluation is about a scope.
pub(super) fn is_requested(document: &Value) -> bool {
    text(document, "/action/name") == Some(REQUEST_SCOPE)
}

/// The scope that an evaluation is about.
pub(super) fn requested(document: &Value) -> Option<&str> {
    text(document, "/resource/id").filter(|_| is_requested(document))
}

/// What an evaluation tells.
pub(super) struct Asked<'d> {
    /// The scope that it is about.
    pub(super) scope: &'d str,
    client: &'d str,
    holder: &'d str,
    subject: &'d str,
    profile: &'d str,
    claims: Map<String, Value>,
}

impl<'d> Asked<'d> {
    pub(super) fn read(document: &'d Value) -> Result<Self, Unreadable> {
        let required = |pointer: &'static str| {
            let found = text(document, pointer).filter(|text| !text.is_empty());
            found.ok_or_else(|| Unreadable::Missing(pointer.to_owned()))
        };
        let malformed = |pointer: &str| Err(Unreadable::Malformed(pointer.to_owned()));
        if required("/resource/type")? != SCOPE {
            return malformed("/resource/type");
        }
        let scope = required("/resource/id")?;
        if scope.contains(|letter: char| letter.is_whitespace() || letter.is_control()) {
            return malformed("/resource/id");
        }
        let holder = required("/subject/id")?;
        let claims = match document.pointer("/subject/properties") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(properties)) => claims(properties),
            Some(_) => return malformed("/subject/properties"),
        };
        Ok(Self {
            scope,
            client: text(document, "/subject/properties/client/id").unwrap_or(holder),
            holder: text(document, "/subject/properties/client/did").unwrap_or(holder),
            subject: text(document, "/context/subject_id").unwrap_or_default(),
            profile: required("/context/policy")?,
            claims,
        })
    }

    /// The question, where all of these scopes are asked for.
    pub(super) fn question<'q>(&'q self, scopes: &'q [&'q str]) -> ScopeQuestion<'q> {
        ScopeQuestion {
            subject: self.subject,
            client_id: self.client,
            holder: self.holder,
            profile: self.profile,
            scopes,
            claims: &self.claims,
        }
    }
}

fn claims(properties: &Map<String, Value>) -> Map<String, Value> {
    if properties.get(CLIENT).is_some_and(|client| client.get("scopes").is_some()) {
        let own = |name: &str| name == CLIENT || CLAIMS_OF.contains(&name);
        let beside = properties.iter().filter(|(name, _)| !own(name));
        return beside.map(|(name, value)| (name.clone(), value.clone())).collect();
    }
    let mut claims = Map::new();
    for of in CLAIMS_OF {
        let found = properties.get(of).and_then(Value::as_object);
        for (name, value) in found.into_iter().flatten() {
            claims.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    claims
}

fn text<'d>(document: &'d Value, pointer: &str) -> Option<&'d str> {
    document.pointer(pointer).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({
            "subject": {
                "type": "organization",
                "id": "did:web:gp.example.nl",
                "properties": { "organization": { "organization_ura": "1" }, "user": { "user_id": "u", "organization_ura": "2" } },
            },
            "action": { "name": "request_scope" },
            "resource": { "type": "scope", "id": "bgz" },
            "context": { "policy": "bgz" },
        })
    }

    #[test]
    fn claims_of_a_user_never_replace_those_of_the_organization() {
        let document = document();
        let asked = Asked::read(&document).unwrap();
        assert_eq!(Value::from(asked.claims), json!({ "organization_ura": "1", "user_id": "u" }));
        assert_eq!(
            (asked.client, asked.profile, asked.subject),
            ("did:web:gp.example.nl", "bgz", "")
        );
    }

    #[test]
    fn the_input_of_policies_is_understood_as_well() {
        let mut document = document();
        document["subject"]["properties"] = json!({
            "client": { "id": "https://gp.example.nl/oauth2/gp", "scopes": ["bgz"], "did": "did:web:gp.example.nl" },
            "organization": { "ura": "1", "name": "", "city": "", "facility_type": "" },
            "user": { "id": "", "role": "", "name": "" },
            "organization_ura": "1",
        });
        let asked = Asked::read(&document).unwrap();
        assert_eq!(Value::from(asked.claims), json!({ "organization_ura": "1" }));
        assert_eq!(asked.client, "https://gp.example.nl/oauth2/gp");
    }

    #[test]
    fn what_is_no_question_about_one_scope_is_refused() {
        for (pointer, value) in [
            ("/resource/id", json!("a b")),
            ("/resource/id", json!("")),
            ("/resource/type", json!("Task")),
            ("/subject/id", json!(null)),
            ("/subject/properties", json!("x")),
            ("/context/policy", json!(["bgz"])),
        ] {
            let mut document = document();
            *document.pointer_mut(pointer).unwrap() = value;
            assert!(Asked::read(&document).is_err(), "{pointer}");
        }
    }
}
