//! Values of search parameters: alternatives, escapes, references.

use std::borrow::Cow;

use super::name::{Modifier, Name};
use crate::authority::{known_scheme, normal_authority};
use crate::error::Unplaceable;
use crate::excerpt::excerpt;
use crate::path::is_id;
use crate::types::Version;

/// What is out of the ordinary in a value.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Oddities {
    /// A backslash escapes something.
    pub(crate) is_escaped: bool,
    /// White space at an end.
    pub(crate) is_padded: bool,
    /// An absolute reference to another base, or one to a version.
    pub(crate) is_foreign: bool,
}

/// Splits at commas that no backslash escapes. Escapes stay: they are what tells a comma of a value from one between values.
///
/// Refuses a backslash that escapes nothing, and empty alternatives.
pub(crate) fn alternatives(
    name: &str,
    value: &str,
    odd: &mut Oddities,
) -> Result<Vec<String>, Unplaceable> {
    let mut alternatives = Vec::new();
    let mut start = 0;
    let mut bytes = value.bytes().enumerate();
    while let Some((place, byte)) = bytes.next() {
        match byte {
            b'\\' => {
                odd.is_escaped = true;
                if !matches!(bytes.next(), Some((_, b',' | b'$' | b'|' | b'\\'))) {
                    return Err(Unplaceable::Escape { name: excerpt(name) });
                }
            }
            b',' => {
                alternatives.push(value.get(start..place).unwrap_or_default().to_owned());
                start = place + 1;
            }
            _ => {}
        }
    }
    alternatives.push(value.get(start..).unwrap_or_default().to_owned());
    for alternative in &alternatives {
        if alternative.trim().is_empty() {
            return Err(Unplaceable::EmptyValue { name: excerpt(name) });
        }
        odd.is_padded |= alternative.trim().len() != alternative.len();
    }
    Ok(alternatives)
}

/// Writes references in one way: `Type/id`, and for the parameter `patient` the bare id.
///
/// `subject:Patient=1`, `subject=Patient/1` and `subject=https://base/Patient/1` are one question to a server.
pub(crate) fn unify_references(
    name: &mut Name,
    values: &mut [String],
    bases: &[&str],
    version: Version,
    odd: &mut Oddities,
) -> Result<(), Unplaceable> {
    if holds_uris(name.last_base()) {
        return Ok(());
    }
    // With a word behind it the value is no reference.
    let may_be_reference = !matches!(name.last_modifier, Some(Modifier::Word(_)));
    for value in &mut *values {
        match relative(value, bases) {
            Some(Cow::Owned(inside)) if may_be_reference && is_reference(&inside, version) => {
                *value = inside;
            }
            Some(Cow::Owned(inside)) => odd.is_foreign |= !is_reference(&inside, version),
            Some(Cow::Borrowed(inside)) => odd.is_foreign |= inside.starts_with('/'),
            None => odd.is_foreign |= looks_like_reference(value, version),
        }
        odd.is_foreign |= is_versioned(value, version);
    }
    if let Some(Modifier::Type(resource_type)) = name.last_modifier {
        fold_type(name, values, resource_type, version)?;
    }
    if may_be_reference && name.last_modifier.is_none() && name.last_base() == "patient" {
        // The parameter `patient` leads to Patients only, in every type that has it.
        for value in values {
            if let Some(("Patient", id)) = split_reference(value, version) {
                *value = id.to_owned();
            }
        }
    }
    Ok(())
}

/// Moves a type from the name into the values, if all of them are references.
fn fold_type(
    name: &mut Name,
    values: &mut [String],
    resource_type: &str,
    version: Version,
) -> Result<(), Unplaceable> {
    let mut are_references = true;
    for value in &*values {
        match split_reference(value, version) {
            Some((other, _)) if other != resource_type => {
                let why = "is of another type than its name";
                return Err(Unplaceable::Value { name: excerpt(&name.text), why });
            }
            Some(_) => {}
            None => are_references &= is_id(value),
        }
    }
    if are_references {
        for value in values.iter_mut().filter(|value| is_id(value)) {
            *value = format!("{resource_type}/{value}");
        }
        name.drop_last_modifier();
    }
    Ok(())
}

/// A reference `Type/id`, taken apart.
pub(crate) fn split_reference(text: &str, version: Version) -> Option<(&'static str, &str)> {
    let (name, id) = text.split_once('/')?;
    Some((version.resource_type(name)?, id)).filter(|_| is_id(id))
}

/// The part of a URL below one of the bases, owned; what is no http URL, borrowed; nothing for other URLs.
pub(crate) fn relative<'a>(text: &'a str, bases: &[&str]) -> Option<Cow<'a, str>> {
    let Some((scheme, path)) = split_url(text) else {
        return Some(Cow::Borrowed(text));
    };
    let (authority, path) = path.split_at(path.find('/').unwrap_or(path.len()));
    let authority = normal_authority(scheme, authority)?;
    bases.iter().find_map(|base| {
        let (base_scheme, base) = split_url(base)?;
        let (base_authority, base_path) = base.split_at(base.find('/').unwrap_or(base.len()));
        if scheme != base_scheme || normal_authority(base_scheme, base_authority)? != authority {
            return None;
        }
        let rest = path.strip_prefix(base_path.trim_end_matches('/'))?;
        if rest.is_empty() {
            return Some(Cow::Owned(String::new()));
        }
        rest.strip_prefix('/').map(|rest| Cow::Owned(rest.to_owned()))
    })
}

fn split_url(text: &str) -> Option<(&'static str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    Some((known_scheme(scheme)?, rest))
}

fn is_reference(text: &str, version: Version) -> bool {
    split_reference(text, version).is_some()
}

/// Whether an absolute URL ends as a reference does. A pipe makes it a code system or a canonical URL.
fn looks_like_reference(url: &str, version: Version) -> bool {
    if url.contains('|') {
        return false;
    }
    let mut segments = url.rsplit('/');
    let (last, before) = (segments.next().unwrap_or_default(), segments.next().unwrap_or_default());
    url.contains(['%', '?', '#'])
        || (is_id(last) && version.resource_type(before).is_some())
        || segments.any(|segment| segment == "_history")
        || before == "_history"
}

/// Whether this is a reference to one version of a resource.
fn is_versioned(text: &str, version: Version) -> bool {
    text.split_once("/_history/").is_some_and(|(reference, _)| is_reference(reference, version))
}

/// Parameters whose values are URIs by themselves: nothing in them is relative to a base.
fn holds_uris(base: &str) -> bool {
    matches!(base, "_profile" | "_security" | "_source" | "_tag" | "system" | "url")
}
