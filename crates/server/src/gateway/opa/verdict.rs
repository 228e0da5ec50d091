//! A decision in the form that each gateway reads. All of them are 200: whatever else is a failure to their plugins.

use pecan_node::gateway::Refusal;
use serde_json::{Map, Value, json};

use super::shape::Shape;
use crate::gateway::answer::Field;
use crate::gateway::refused::Refused;

/// A decision, with what goes with it.
pub(super) struct Verdict {
    /// The header fields to set, or why not.
    pub(super) fields: Result<Vec<Field>, Refusal>,
    /// Whether the client reads FHIR.
    pub(super) accepts_fhir: bool,
}

impl Verdict {
    /// The object that a gateway reads.
    pub(super) fn write(&self, shape: Shape) -> Value {
        let refused = match &self.fields {
            Ok(fields) => return allowed(shape, fields),
            Err(refusal) => Refused::new(refusal, self.accepts_fhir),
        };
        let (status, headers) = (refused.status.as_u16(), refused.header_object());
        match shape {
            Shape::Apisix | Shape::Pxp | Shape::Hackathon => json!({
                "allow": false, "status_code": status, "headers": headers, "reason": refused.body,
            }),
            Shape::Kong => json!({
                "allow": false, "status": status, "headers": headers, "message": refused.body,
            }),
            Shape::Knooppunt => json!({ "allow": false, "policies": {} }),
        }
    }

    /// The object for a gateway that is not known: the members of all.
    pub(super) fn write_for_all(&self) -> Value {
        let mut all = Map::new();
        for shape in [Shape::Knooppunt, Shape::Kong, Shape::Apisix] {
            if let Value::Object(members) = self.write(shape) {
                all.extend(members);
            }
        }
        Value::Object(all)
    }
}

fn allowed(shape: Shape, fields: &[Field]) -> Value {
    match shape {
        Shape::Apisix | Shape::Kong | Shape::Pxp | Shape::Hackathon => {
            json!({ "allow": true, "headers": object(fields) })
        }
        Shape::Knooppunt => json!({ "allow": true, "policies": {} }),
    }
}

/// Header fields as an object of texts.
pub(in crate::gateway) fn object(fields: &[Field]) -> Map<String, Value> {
    let text = |(name, value): &Field| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), Value::String(value))
    };
    fields.iter().map(text).collect()
}
