//! A request as somebody wrote it down, and the documents that policies would see of it: those of the gateway, by the same code.

use std::path::Path;

use bytes::Bytes;
use pecan_node::gateway::{Body, Description, Question, Route, describe};
use pecan_platform::clock::{Clock as _, SystemClock};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::options::Problems;
use crate::options::file::File;
use crate::options::gateway_file;

/// A request that was written down.
pub(super) struct Recorded<'a> {
    /// The file.
    pub(super) file: &'a File,
    /// What it says.
    pub(super) members: &'a Map<String, Value>,
    /// Routes, if the request does not bring its own.
    pub(super) routes: &'a [Route],
}

impl Recorded<'_> {
    /// Whether a file is a request, and not a document for policies.
    pub(super) fn is_request(members: &Map<String, Value>) -> bool {
        members.contains_key("method") && members.contains_key("url")
    }

    /// What policies would see. Facts that a node looks up are those of the file.
    pub(super) fn describe(&self) -> Result<Description, String> {
        self.check_members()?;
        let url = self.text("url")?;
        let route = self.route(&url)?;
        let claims = self.object("claims")?;
        let now = match self.members.get("time") {
            None => SystemClock.now(),
            Some(time) => time
                .as_str()
                .and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok())
                .ok_or("`time` is not a time as in 2026-01-31T12:00:00Z")?,
        };
        let mut described = describe(&route, claims, &self.question(url)?, now)?;
        for input in described.inputs.iter_mut().filter_map(Value::as_object_mut) {
            for name in ["access", "lookup"] {
                if let Some(given) = self.members.get(name) {
                    input.insert(name.to_owned(), given.clone());
                }
            }
        }
        Ok(described)
    }

    fn check_members(&self) -> Result<(), String> {
        const KNOWN: [&str; 10] = [
            "method", "url", "headers", "body", "claims", "route", "time", "context", "access",
            "lookup",
        ];
        match self.members.keys().find(|name| !KNOWN.contains(&name.as_str())) {
            Some(name) => Err(format!("a request has no `{name}`: there are {}", KNOWN.join(", "))),
            None => Ok(()),
        }
    }

    fn question(&self, url: String) -> Result<Question, String> {
        let mut headers = Vec::new();
        for (name, value) in self.object("headers")? {
            let values = match value {
                Value::Array(values) => values,
                value => vec![value],
            };
            for value in values {
                let Value::String(text) = value else {
                    return Err(format!("header `{name}` is no text"));
                };
                headers.push((name.clone(), Bytes::from(text)));
            }
        }
        let body = match self.members.get("body") {
            None | Some(Value::Null) => Bytes::new(),
            Some(Value::String(text)) => text.clone().into(),
            Some(value) => value.to_string().into(),
        };
        Ok(Question {
            method: self.text("method")?,
            scheme: None,
            authority: None,
            target: url,
            headers,
            body: Body::Whole(body),
            certificate: None,
            introspection: None,
            context: self.object("context")?,
        })
    }

    fn route(&self, url: &str) -> Result<Route, String> {
        if self.members.contains_key("route") {
            let mut problems = Problems::default();
            let route = gateway_file::read_route(self.file, &mut problems);
            return match route {
                Some(route) if problems.errors.is_empty() => Ok(route),
                _ => Err(problems.summary()),
            };
        }
        let is_below = |route: &&Route| {
            let base = route.url.as_str().trim_end_matches('/');
            url.strip_prefix(base)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
        };
        let found = self.routes.iter().filter(is_below);
        found.max_by_key(|route| route.url.as_str().len()).cloned().ok_or_else(|| {
            "no route: write a section `route`, or name a file with --gateways that has one for this URL"
                .to_owned()
        })
    }

    fn text(&self, name: &str) -> Result<String, String> {
        let text = self.members.get(name).and_then(Value::as_str);
        text.map(str::to_owned).ok_or_else(|| format!("`{name}` is no text"))
    }

    fn object(&self, name: &str) -> Result<Map<String, Value>, String> {
        match self.members.get(name) {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Object(object)) => Ok(object.clone()),
            Some(_) => Err(format!("`{name}` is no object")),
        }
    }
}

/// The routes of a file of gateways. Secrets are not read.
pub(super) fn routes(path: &Path) -> Result<Vec<Route>, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("`{}`: {error}", path.display()))?;
    let file = File { path: path.display().to_string(), bytes };
    let mut problems = Problems::default();
    let routes = gateway_file::read_routes(&file, &mut problems);
    if problems.errors.is_empty() { Ok(routes) } else { Err(problems.summary()) }
}
