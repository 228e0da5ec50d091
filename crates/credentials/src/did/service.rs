//! A service in a DID document: where its subject can be reached, and for what.
//!
//! [DID Core §5.4](https://www.w3.org/TR/did-core/#services). Endpoints are opaque here: any JSON value.

use pecan_jose::digest::sha256;
use serde_json::{Map, Value};

/// One service, as members of a JSON object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Identifies the service. Usually `<DID>#<fragment>`, but any text is accepted.
    pub id: String,
    /// What the service is. Empty if the document does not say.
    pub types: Vec<String>,
    /// A string, an object or an array.
    pub endpoint: Option<Value>,
}

impl Service {
    /// Whether one of its types is exactly this one.
    pub fn has_type(&self, name: &str) -> bool {
        self.types.iter().any(|each| each == name)
    }

    /// The fragment that this node names the service by: a hash of all but its `id`.
    ///
    /// Base58 of SHA-256 over the members as JSON with an empty `id`, sorted names and no white space, with `<`, `>`, `&`, U+2028
    /// and U+2029 escaped as the reference escapes them. The same content has the same fragment, whatever the DID.
    pub fn fragment(&self) -> String {
        let unnamed = Self { id: String::new(), ..self.clone() };
        let mut members = unnamed.to_value();
        members.sort_all_objects();
        let mut text = members.to_string();
        for escaped in ['<', '>', '&', '\u{2028}', '\u{2029}'] {
            text = text.replace(escaped, &format!("\\u{:04x}", u32::from(escaped)));
        }
        bs58::encode(sha256(text.as_bytes())).into_string()
    }

    /// Reads a service out of a document; `None` if it is no object or its `id` or `type` is no text.
    pub(super) fn parse(value: &Value) -> Option<Self> {
        let members = value.as_object()?;
        Some(Self {
            id: match members.get("id") {
                None => String::new(),
                Some(id) => id.as_str()?.to_owned(),
            },
            types: match members.get("type") {
                None | Some(Value::Null) => Vec::new(),
                Some(Value::Array(types)) => types
                    .iter()
                    .map(|each| each.as_str().map(str::to_owned))
                    .collect::<Option<_>>()?,
                Some(single) => vec![single.as_str()?.to_owned()],
            },
            endpoint: members.get("serviceEndpoint").filter(|value| !value.is_null()).cloned(),
        })
    }

    /// The service as it stands in a document: absent members stay absent, a single type is a plain string.
    pub fn to_value(&self) -> Value {
        let mut members = Map::new();
        members.insert("id".to_owned(), self.id.clone().into());
        if let Some(endpoint) = &self.endpoint {
            members.insert("serviceEndpoint".to_owned(), endpoint.clone());
        }
        match self.types.as_slice() {
            [] => {}
            [single] => {
                members.insert("type".to_owned(), single.clone().into());
            }
            several => {
                members.insert("type".to_owned(), several.into());
            }
        }
        Value::Object(members)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_fragment_is_a_hash_of_the_content() {
        for (service, expected) in [
            (
                json!({"id": "x", "type": "type", "serviceEndpoint": "https://api.example.com/v1"}),
                "D4eNCVjdtGaeHYMdjsdYHpTQmiwXtQKJmE9QSwwsKKzy",
            ),
            (
                json!({"type": "test", "serviceEndpoint": "https://example.com"}),
                "4zQgDc15kLf9pXbAUSeus7ERTC8UBeqDrBSys1S89why",
            ),
            (
                json!({"type": "api", "serviceEndpoint": "https://example.com/api?a=1&b=2"}),
                "5QQHHwrvYjCtMovmnDVFaDwrJdVaEjz8KZxQsdT3tTc",
            ),
            (
                json!({"type": "compound", "serviceEndpoint":
                    {"oauth": "https://example.com/oauth", "fhir": "https://example.com/fhir"}}),
                "HJPcMMcdrTpgFmXwmrzbD5gMwagjwJhAzNYFcp5po87e",
            ),
        ] {
            assert_eq!(Service::parse(&service).unwrap().fragment(), expected);
        }
    }
}
