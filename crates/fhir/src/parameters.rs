//! The Parameters resource of an operation: what it shares with a query.

use serde_json::{Map, Value};

use crate::content::Content;
use crate::error::Unplaceable;
use crate::excerpt::excerpt;
use crate::query::PARAMETERS_MAX;
use crate::request::FhirRequest;
use crate::search::UnusualKind;

/// Adds the plain values of a Parameters resource to those of the URL, and says which are no plain values.
///
/// Any other resource is the only parameter of its operation, named `resource` (FHIR R4 §3.2.0.4).
pub(crate) fn add(
    request: &mut FhirRequest,
    bases: &[&str],
    resource: Value,
) -> Result<(), Unplaceable> {
    if resource.get("resourceType").and_then(Value::as_str).is_none() {
        return Err(Unplaceable::Content { why: "of an operation is no resource" });
    }
    if resource.get("resourceType").and_then(Value::as_str) == Some("Parameters") {
        let parameters = match resource.get("parameter") {
            None => &[][..],
            Some(Value::Array(parameters)) => parameters,
            Some(_) => {
                return Err(Unplaceable::Content { why: "has a `parameter` that is no list" });
            }
        };
        if parameters.len() > PARAMETERS_MAX {
            return Err(Unplaceable::TooMany { what: "parameters", limit: PARAMETERS_MAX });
        }
        let has_url = !request.search.is_empty();
        for parameter in parameters {
            add_one(request, bases, parameter)?;
        }
        if has_url && !parameters.is_empty() {
            request.search.mark(UnusualKind::UrlAndForm, "");
        }
    } else {
        request.search.mark(UnusualKind::ComplexParameter, "resource");
    }
    request.content = Content::Json(resource);
    Ok(())
}

fn add_one(
    request: &mut FhirRequest,
    bases: &[&str],
    parameter: &Value,
) -> Result<(), Unplaceable> {
    let unnamed = Unplaceable::Content { why: "has a parameter without a name" };
    let Value::Object(members) = parameter else { return Err(unnamed) };
    let name = members.get("name").and_then(Value::as_str).ok_or(unnamed)?;
    let Some(value) = plain_value(members) else {
        request.search.mark(UnusualKind::ComplexParameter, &excerpt(name));
        return Ok(());
    };
    let context = request.context(bases);
    request.search.add(context, name.to_owned(), &escape(&value))
}

/// The value, if it is the only member beside the name and could stand in a query.
fn plain_value(members: &Map<String, Value>) -> Option<String> {
    let mut others = members.iter().filter(|(name, _)| *name != "name");
    let (Some((kind, value)), None) = (others.next(), others.next()) else { return None };
    match value {
        Value::String(text) if kind.starts_with("value") => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) if kind.starts_with("value") => Some(value.to_string()),
        Value::Object(reference) if kind == "valueReference" && reference.len() == 1 => {
            reference.get("reference")?.as_str().map(ToOwned::to_owned)
        }
        _ => None,
    }
}

/// In Parameters a comma is a comma.
fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        if matches!(character, '\\' | ',') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
