//! Batches and transactions: each entry is a request of its own.

use serde_json::{Map, Value};

use crate::content::Content;
use crate::error::Unplaceable;
use crate::headers::{entity_tag, entity_tags};
use crate::parameters;
use crate::path;
use crate::place::{Interaction, Method, Place};
use crate::query::QUERY_BYTES_MAX;
use crate::request::FhirRequest;
use crate::search::relative;

/// The most entries of a Bundle.
pub const ENTRIES_MAX: usize = 100;

/// Reads a Bundle that was posted to the base.
pub(crate) fn read(
    request: &mut FhirRequest,
    bundle: Value,
    bases: &[&str],
) -> Result<(), Unplaceable> {
    let refuse = |why| Unplaceable::Bundle { why };
    let Value::Object(mut bundle) = bundle else { return Err(refuse("is no object")) };
    if bundle.get("resourceType").and_then(Value::as_str) != Some("Bundle") {
        return Err(refuse("is another resource"));
    }
    request.resource_type = Some("Bundle");
    request.interaction = match bundle.get("type").and_then(Value::as_str) {
        Some("batch") => Interaction::Batch,
        Some("transaction") => Interaction::Transaction,
        _ => return Err(refuse("is neither a batch nor a transaction")),
    };
    let entries = match bundle.remove("entry") {
        Some(Value::Array(entries)) if !entries.is_empty() => entries,
        // SECURITY: where every entry is decided, none would be allowed by nothing.
        _ => return Err(refuse("has no entries")),
    };
    if entries.len() > ENTRIES_MAX {
        return Err(Unplaceable::TooMany { what: "entries of a bundle", limit: ENTRIES_MAX });
    }
    for (index, entry) in entries.into_iter().enumerate() {
        let entry = read_entry(request, entry, bases)
            .map_err(|reason| Unplaceable::Entry { index, reason: Box::new(reason) })?;
        request.entries.push(entry);
    }
    Ok(())
}

fn read_entry(
    outer: &FhirRequest,
    entry: Value,
    bases: &[&str],
) -> Result<FhirRequest, Unplaceable> {
    let refuse = |why| Unplaceable::Bundle { why };
    let Value::Object(mut entry) = entry else {
        return Err(refuse("has an entry that is no object"));
    };
    let Some(Value::Object(line)) = entry.remove("request") else {
        return Err(refuse("has an entry without a request"));
    };
    let method = Method::parse(text(&line, "method")?.unwrap_or_default())?;
    let url = text(&line, "url")?
        .filter(|url| !url.is_empty())
        .ok_or(refuse("has a request without a url"))?;
    if url.len() > QUERY_BYTES_MAX {
        return Err(Unplaceable::QueryTooLong { place: "query", limit: QUERY_BYTES_MAX });
    }
    let url = relative(url, bases).ok_or(refuse("has an entry for another base"))?;
    if url.starts_with('/') {
        return Err(refuse("has an entry whose url leaves the base"));
    }
    let (before, query) = url.split_once('?').unwrap_or((&url, ""));
    let path = format!("/{before}");
    let path = path::canonical(&path)?.into_owned();
    let place = Place::find(outer.version, method, &path)?;
    let mut request = FhirRequest::at(outer.version, method, path, place);
    if request.is_bundle() {
        return Err(refuse("is inside a bundle"));
    }
    if request.interaction.is_search() && method != Method::Get {
        return Err(refuse("has an entry that needs a form"));
    }
    request.preferences = outer.preferences;
    request.asks_other_format = outer.asks_other_format;
    request.conditions.if_match =
        text(&line, "ifMatch")?.map(|tag| entity_tag("ifMatch", tag)).transpose()?;
    request.conditions.if_none_match = text(&line, "ifNoneMatch")?.map(entity_tags).transpose()?;
    request.add_pairs(bases, query, "query")?;
    add_resource(&mut request, entry.remove("resource"), bases)?;
    request.finish(bases, text(&line, "ifNoneExist")?)?;
    Ok(request)
}

fn add_resource(
    request: &mut FhirRequest,
    resource: Option<Value>,
    bases: &[&str],
) -> Result<(), Unplaceable> {
    match (request.method, resource) {
        (Method::Get | Method::Delete, _) => Ok(()),
        (_, None) if request.interaction == Interaction::Operation => Ok(()),
        (_, None) => Err(Unplaceable::BodyNeeded {
            interaction: request.interaction.code(),
            why: "is empty",
        }),
        (_, Some(resource)) if request.interaction == Interaction::Operation => {
            parameters::add(request, bases, resource)
        }
        (_, Some(resource)) => {
            request.content = Content::Json(resource);
            request.check_content(true)
        }
    }
}

/// A member that is a text, if it is there.
fn text<'a>(line: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Unplaceable> {
    match line.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Unplaceable::Bundle { why: "has a request with a member that is no text" }),
    }
}
