//! The subject of a question: all claims, and those that policies know by other names.

use serde_json::{Map, Value, json};

/// `input.subject` of claims: at the gateway those of a token, at its issuing those of a presentation.
pub fn subject(
    claims: &Map<String, Value>,
    client_id: &str,
    scopes: &[&str],
) -> Map<String, Value> {
    let claim = |names: &[&str]| {
        let found = names.iter().find_map(|name| claims.get(*name));
        found.cloned().unwrap_or_else(|| "".into())
    };
    let mut subject = claims.clone();
    subject.insert("client".to_owned(), json!({ "id": client_id, "scopes": scopes }));
    let organization = json!({
        "ura": claim(&["organization_ura"]),
        "name": claim(&["organization_name"]),
        "city": claim(&["organization_city"]),
        "facility_type": claim(&["organization_facility_type"]),
    });
    subject.insert("organization".to_owned(), organization);
    let user = json!({
        "id": claim(&["user_id", "employee_identifier"]),
        "role": claim(&["user_role", "employee_role"]),
        "name": claim(&["employee_name"]),
    });
    subject.insert("user".to_owned(), user);
    subject
}
