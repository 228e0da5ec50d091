//! The descriptions as one page that reads without scripts and without the network.

use std::fmt::Write as _;

use serde_json::Value;

use super::document::{Document, Operation, members, text};
use super::schema;
use crate::respond::escape;

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; display: grid; grid-template-columns: 22rem 1fr; }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1rem; border-right: 1px solid var(--line); font-size: .85rem; }
nav h2 { font-size: .9rem; margin: 1rem 0 .25rem; }
nav a { display: block; padding: .1rem 0; color: inherit; text-decoration: none; overflow-wrap: anywhere; }
nav a:hover, nav a:focus { text-decoration: underline; }
main { padding: 1rem 2rem 6rem; max-width: 60rem; min-width: 0; }
article { border: 1px solid var(--line); border-radius: .5rem; margin: 1.25rem 0; padding: 0 1rem .75rem; }
article h3 { display: flex; flex-wrap: wrap; gap: .6rem; align-items: baseline; margin: .75rem 0 .25rem; font: 600 1rem/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
h4 { margin: .9rem 0 .2rem; font-size: .9rem; }
.method { border-radius: .3rem; padding: 0 .45rem; color: #fff; background: #555; font-size: .8rem; }
.GET { background: #1d5fa8; } .POST { background: #2b7a3d; } .DELETE { background: #a3312a; } .PUT { background: #8a5a00; }
.where, .kind { opacity: .7; font: .8rem ui-monospace, monospace; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-top: 1px solid var(--line); }
th { white-space: nowrap; font-weight: 600; }
code { background: var(--soft); border-radius: .25rem; padding: 0 .25rem; font-size: .9em; }
ul.schema { margin: .2rem 0 .2rem .4rem; padding-left: .9rem; border-left: 2px solid var(--line); list-style: none; }
ul.schema p { display: inline; }
p { margin: .3rem 0; }
@media (max-width: 60rem) { body { display: block; } nav { position: static; height: auto; border: 0; } main { padding: 1rem; } }
";

/// Writes the page.
pub(super) fn write(documents: &[(&str, Document)]) -> String {
    let mut page =
        String::from("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.push_str("<meta name=\"viewport\" content=\"width=device-width\">\n<title>APIs of this node</title>\n");
    put(&mut page, format_args!("<style>{STYLE}</style>\n</head>\n<body>\n<nav>\n<h1>APIs</h1>\n"));
    for (_, document) in documents {
        put(&mut page, format_args!("<h2>{}</h2>\n", escape(document.info("title"))));
        for operation in document.operations() {
            let (id, summary) = (operation.id(), text(operation.tree, "summary"));
            put(&mut page, format_args!("<a href=\"#{}\">{}</a>\n", escape(id), escape(summary)));
        }
    }
    page.push_str("</nav>\n<main>\n");
    for (name, document) in documents {
        let title = escape(document.info("title"));
        put(
            &mut page,
            format_args!("<h2>{title} <a class=\"where\" href=\"{name}\">{name}</a></h2>\n"),
        );
        page.push_str(&prose(document.info("description")));
        for operation in document.operations() {
            article(document, &operation, &mut page);
        }
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

/// Paragraphs, with `code` between backticks. Everything else is shown as it is.
pub(super) fn prose(text: &str) -> String {
    let mut html = String::new();
    for paragraph in text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
        html.push_str("<p>");
        for (index, part) in paragraph.split('`').enumerate() {
            let part = escape(part);
            if index % 2 == 1 {
                put(&mut html, format_args!("<code>{part}</code>"));
            } else {
                html.push_str(&part);
            }
        }
        html.push_str("</p>\n");
    }
    html
}

impl Operation<'_> {
    fn id(&self) -> &str {
        text(self.tree, "operationId")
    }
}

fn article(document: &Document, operation: &Operation<'_>, page: &mut String) {
    let Operation { method, path, listener, tree, .. } = operation;
    put(page, format_args!("<article id=\"{}\">\n", escape(operation.id())));
    put(
        page,
        format_args!("<h3><span class=\"method {method}\">{method}</span> {} ", escape(path)),
    );
    put(page, format_args!("<span class=\"where\">{} listener</span></h3>\n", escape(listener)));
    put(page, format_args!("<p><b>{}.</b></p>\n", escape(text(tree, "summary"))));
    page.push_str(&prose(text(tree, "description")));
    parameters(document, operation, page);
    if let Some(body) = tree.get("requestBody") {
        page.push_str("<h4>Body</h4>\n");
        let body = document.resolve(body);
        page.push_str(&prose(text(body, "description")));
        contents(document, body, page);
    }
    page.push_str("<h4>Answers</h4>\n<table>\n");
    for (status, answer) in members(tree.get("responses")) {
        let answer = document.resolve(answer);
        let status = if status == "default" { "otherwise" } else { status };
        put(page, format_args!("<tr><th>{}</th><td>", escape(status)));
        page.push_str(&prose(text(answer, "description")));
        contents(document, answer, page);
        page.push_str("</td></tr>\n");
    }
    page.push_str("</table>\n</article>\n");
}

fn parameters(document: &Document, operation: &Operation<'_>, page: &mut String) {
    if operation.parameters.is_empty() {
        return;
    }
    page.push_str("<h4>Parameters</h4>\n<table>\n");
    for parameter in &operation.parameters {
        let kind = schema::kind(document, parameter.get("schema").unwrap_or(&Value::Null));
        let required = parameter.get("required").and_then(Value::as_bool).unwrap_or_default();
        let mark = if required { "required" } else { "" };
        let (name, place) = (escape(text(parameter, "name")), escape(text(parameter, "in")));
        put(
            page,
            format_args!(
                "<tr><th><code>{name}</code></th><td><span class=\"kind\">{place}, {}</span> <b>{mark}</b>",
                escape(&kind)
            ),
        );
        page.push_str(&prose(text(parameter, "description")));
        page.push_str("</td></tr>\n");
    }
    page.push_str("</table>\n");
}

fn contents(document: &Document, node: &Value, page: &mut String) {
    for (media_type, content) in members(node.get("content")) {
        let schema = content.get("schema").unwrap_or(&Value::Null);
        let kind = schema::kind(document, schema);
        put(
            page,
            format_args!("<p class=\"kind\">{}: {}</p>\n", escape(media_type), escape(&kind)),
        );
        page.push_str(&prose(text(document.resolve(schema), "description")));
        schema::write(document, schema, page);
    }
}

fn put(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text).expect("a string takes any text");
}

#[cfg(test)]
mod tests {
    use super::super::document::parse;
    use super::*;

    #[test]
    fn names_and_texts_cannot_become_markup() {
        let text = "info: {title: '<b>', description: 'a `<i>` b'}\npaths:\n  '/<x>':\n    get:\n      operationId: '\"'\n      summary: '&'\n      parameters: [{name: '<p>', in: query, schema: {type: string}}]\n      responses: {'200': {description: '<hr>', content: {'a/b': {schema: {properties: {'<u>': {}}}}}}}\n";
        let page = write(&[("x.yaml", parse(text))]);
        let body = page.split_once("</style>").unwrap().1;
        for markup in ["<b>\"", "<i> b", "/<x>", "<hr>", "<u>", "<p></code>", "\"\"\""] {
            assert!(!body.contains(markup), "{markup}");
        }
        assert!(body.contains("<code>&lt;i&gt;</code>"));
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let text = "paths:\n  /a:\n    get:\n      responses:\n        '200': {content: {a/b: {schema: {$ref: '#/s'}}}}\ns: {properties: {again: {$ref: '#/s'}}}\n";
        assert!(write(&[("x.yaml", parse(text))]).len() < 20_000);
    }
}
