//! Schemas as nested lists: name, kind, whether it is required, and what it means.

use std::fmt::Write as _;

use serde_json::Value;

use super::document::{Document, elements, members, text};
use super::page::prose;
use crate::respond::escape;

/// How deep schemas are followed. They may refer to themselves.
const DEPTH_MAX: usize = 6;

/// Writes a schema: its kind, and its members below.
pub(super) fn write(document: &Document, schema: &Value, page: &mut String) {
    level(document, schema, 0, page);
}

/// The kind of a schema in a few words: `list of string`, `one of: a, b`.
pub(super) fn kind(document: &Document, schema: &Value) -> String {
    kind_at(document, schema, 0)
}

fn kind_at(document: &Document, schema: &Value, depth: usize) -> String {
    if depth == DEPTH_MAX {
        return "…".to_owned();
    }
    let schema = document.resolve(schema);
    let values: Vec<_> = elements(schema.get("enum")).map(plain).collect();
    let mut words = if !values.is_empty() {
        values.join(" | ")
    } else if let Some(items) = schema.get("items") {
        format!("list of {}", kind_at(document, items, depth + 1))
    } else {
        let choices =
            ["oneOf", "anyOf", "allOf"].iter().flat_map(|name| elements(schema.get(name)));
        let choices: Vec<_> = choices.map(|choice| kind_at(document, choice, depth + 1)).collect();
        match text(schema, "type") {
            "" if choices.is_empty() => "anything".to_owned(),
            "" => choices.join(" or "),
            name => name.to_owned(),
        }
    };
    for (name, before) in [("format", ", "), ("pattern", ", "), ("default", ", default ")] {
        if let Some(value) = schema.get(name) {
            words.push_str(before);
            words.push_str(&plain(value));
        }
    }
    words
}

fn level(document: &Document, schema: &Value, depth: usize, page: &mut String) {
    let schema = document.resolve(schema);
    if depth == DEPTH_MAX {
        return;
    }
    if let Some(items) = schema.get("items") {
        level(document, items, depth + 1, page);
    }
    for choice in ["oneOf", "anyOf", "allOf"].iter().flat_map(|name| elements(schema.get(name))) {
        level(document, choice, depth + 1, page);
    }
    let required: Vec<_> = elements(schema.get("required")).filter_map(Value::as_str).collect();
    let properties: Vec<_> = members(schema.get("properties")).collect();
    let others = schema.get("additionalProperties").filter(|others| others.is_object());
    if properties.is_empty() && others.is_none() {
        return;
    }
    page.push_str("<ul class=\"schema\">\n");
    for (name, member) in properties {
        let mark = if required.contains(&name) { " <b>required</b>" } else { "" };
        item(document, &format!("<code>{}</code>{mark}", escape(name)), member, depth, page);
    }
    if let Some(others) = others {
        item(document, "<i>any name</i>", others, depth, page);
    }
    page.push_str("</ul>\n");
}

fn item(document: &Document, name: &str, member: &Value, depth: usize, page: &mut String) {
    let description = text(document.resolve(member), "description");
    let kind = kind(document, member);
    write!(page, "<li>{name} <span class=\"kind\">{}</span> ", escape(&kind))
        .expect("a string takes any text");
    page.push_str(&prose(description));
    level(document, member, depth + 1, page);
    page.push_str("</li>\n");
}

/// A scalar as text.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
