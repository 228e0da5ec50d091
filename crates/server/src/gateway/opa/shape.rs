//! Which gateway tells of a request, by the structure of what it tells.

use serde_json::{Map, Value};

/// A structure that is known from the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Plugin `opa` of APISIX: `type`, `request` with a decoded path, `var`.
    Apisix,
    /// Plugin `opa` of Kong: `request.http`.
    Kong,
    /// The decision point of the knooppunt: `subject`, `request` and `context`.
    Knooppunt,
    /// A script in NGINX that introspected: `request` with a `uri`, and `introspectionResult`.
    Hackathon,
    /// A script in NGINX: `request` with method, path and headers.
    Pxp,
}

impl Shape {
    /// The shape of an input, if it is a known one.
    pub(super) fn find(input: &Map<String, Value>) -> Option<Self> {
        let request = input.get("request")?.as_object()?;
        if request.get("http").is_some_and(Value::is_object) {
            return Some(Self::Kong);
        }
        let has = |name: &str| request.get(name).is_some_and(Value::is_string);
        let has_object = |name: &str| input.get(name).is_some_and(Value::is_object);
        if !has("method") {
            return None;
        }
        if has("uri") && input.contains_key("introspectionResult") {
            return Some(Self::Hackathon);
        }
        if !has("path") {
            return None;
        }
        if has_object("subject") && has_object("context") {
            return Some(Self::Knooppunt);
        }
        let is_apisix = input.get("type").and_then(Value::as_str) == Some("http");
        Some(if is_apisix { Self::Apisix } else { Self::Pxp })
    }

    /// The object with the facts of the request.
    pub(super) fn request(self, input: &Map<String, Value>) -> Option<&Map<String, Value>> {
        let request = input.get("request")?;
        match self {
            Self::Kong => request.get("http")?.as_object(),
            Self::Apisix | Self::Knooppunt | Self::Hackathon | Self::Pxp => request.as_object(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shapes_are_told_apart_by_their_structure() {
        let request = json!({ "method": "GET", "path": "/" });
        for (input, expected) in [
            (json!({ "type": "http", "request": request, "var": {} }), Some(Shape::Apisix)),
            (json!({ "request": { "http": { "method": "GET" } } }), Some(Shape::Kong)),
            (json!({ "subject": {}, "request": request, "context": {} }), Some(Shape::Knooppunt)),
            (
                json!({ "request": { "method": "GET", "uri": "/" }, "introspectionResult": {} }),
                Some(Shape::Hackathon),
            ),
            (json!({ "request": request }), Some(Shape::Pxp)),
            (json!({ "request": { "method": "GET" } }), None),
            (json!({ "request": { "path": "/", "method": 1 } }), None),
            (json!({ "request": "x" }), None),
            (json!({ "user": "alice" }), None),
        ] {
            assert_eq!(Shape::find(input.as_object().unwrap()), expected, "{input}");
        }
    }
}
