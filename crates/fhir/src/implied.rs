//! Searches that a server makes on the way to a write: `If-None-Exist`, conditional writes, references by condition.

use serde_json::Value;

use crate::content::Content;
use crate::error::Unplaceable;
use crate::excerpt::excerpt;
use crate::place::{Interaction, Method, Place};
use crate::query::{self, QUERY_BYTES_MAX};
use crate::request::FhirRequest;
use crate::search::{Search, relative};

/// The most references by condition in one request.
const REFERENCES_MAX: usize = 50;

/// The search of a conditional write, as a request.
pub(crate) fn search(write: &FhirRequest, search: Search) -> FhirRequest {
    let path = write.resource_type.map(|name| format!("/{name}")).unwrap_or_default();
    let place = Place {
        interaction: Interaction::SearchType,
        resource_type: write.resource_type,
        id: None,
        version_id: None,
        compartment: None,
        operation: None,
    };
    FhirRequest { search, ..FhirRequest::at(write.version, Method::Get, path, place) }
}

/// Reads `If-None-Exist`: parameters, which some clients put behind the type and a question mark.
pub(crate) fn if_none_exist(
    write: &FhirRequest,
    bases: &[&str],
    text: &str,
) -> Result<Search, Unplaceable> {
    let in_place =
        |reason| Unplaceable::Implied { place: "`if-none-exist`", reason: Box::new(reason) };
    let parameters = match text.split_once('?') {
        Some((before, parameters)) if before.is_empty() || Some(before) == write.resource_type => {
            parameters
        }
        _ => text,
    };
    let search = read_parameters(write, bases, parameters).map_err(in_place)?;
    if search.selects_everything() {
        return Err(Unplaceable::NoCondition { interaction: write.interaction.code() });
    }
    Ok(search)
}

/// Finds `Type?…` where a resource of a write has a reference; a server looks up what it means.
pub(crate) fn add_references(write: &mut FhirRequest, bases: &[&str]) -> Result<(), Unplaceable> {
    let Content::Json(content) = &write.content else { return Ok(()) };
    let mut found = Vec::new();
    let mut open = vec![content];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(elements) => open.extend(elements),
            Value::Object(members) => {
                for (name, member) in members {
                    match member {
                        Value::String(text)
                            if text.contains('?') && write.may_refer(name, text) =>
                        {
                            // To elsewhere no server looks up anything.
                            found.extend(relative(text, bases));
                        }
                        Value::Array(_) | Value::Object(_) => open.push(member),
                        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        if found.len() > REFERENCES_MAX {
            return Err(Unplaceable::TooMany {
                what: "references by condition",
                limit: REFERENCES_MAX,
            });
        }
    }
    // In the order of the text.
    let searches: Result<Vec<_>, _> =
        found.iter().rev().map(|text| reference_search(write, bases, text)).collect();
    write.implied.extend(searches?);
    Ok(())
}

impl FhirRequest {
    /// Whether a text with a question mark stands for a reference: always as `reference`, in a patch also as a value.
    fn may_refer(&self, member: &str, text: &str) -> bool {
        member == "reference"
            || (self.interaction == Interaction::Patch
                && member.starts_with("value")
                && text
                    .split('?')
                    .next()
                    .is_some_and(|name| self.version.resource_type(name).is_some()))
    }
}

fn reference_search(
    write: &FhirRequest,
    bases: &[&str],
    text: &str,
) -> Result<FhirRequest, Unplaceable> {
    let in_place =
        |reason| Unplaceable::Implied { place: "reference by condition", reason: Box::new(reason) };
    let (name, parameters) = text.split_once('?').unwrap_or((text, ""));
    let resource_type = write.version.resource_type(name).ok_or_else(|| {
        in_place(Unplaceable::UnknownType { name: excerpt(name), place: "a reference" })
    })?;
    let parameters = read_parameters(write, bases, parameters).map_err(in_place)?;
    if parameters.selects_everything() {
        return Err(in_place(Unplaceable::NoCondition { interaction: "reference" }));
    }
    let mut request = search(write, parameters);
    request.resource_type = Some(resource_type);
    request.path = format!("/{resource_type}");
    Ok(request)
}

fn read_parameters(write: &FhirRequest, bases: &[&str], text: &str) -> Result<Search, Unplaceable> {
    if text.len() > QUERY_BYTES_MAX {
        return Err(Unplaceable::QueryTooLong { place: "query", limit: QUERY_BYTES_MAX });
    }
    let mut search = Search::default();
    for pair in query::pairs(text, "query") {
        let (name, value) = pair?;
        search.add(write.context(bases), name, &value)?;
    }
    Ok(search)
}
