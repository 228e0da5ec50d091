//! Requests to a plain HTTP service: what is known of one without knowing the service.

use bytes::Bytes;
use pecan_fhir::Addition;
use serde_json::{Map, json};

use super::facts::{FactsError, Part, Place};
use super::{Body, Narrowing, Question, headers};

/// A request to a plain HTTP service.
pub(super) struct HttpRequest<'r> {
    question: &'r Question,
    query: &'r str,
    /// The path below the route.
    path: &'r str,
    /// `None`: it is not known whether there is one.
    body: Option<&'r Bytes>,
}

impl<'r> HttpRequest<'r> {
    /// Reads a request.
    pub(super) fn read(
        question: &'r Question,
        query: &'r str,
        path: &'r str,
        body: &'r Body,
    ) -> Result<Self, FactsError> {
        let is_token =
            |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if question.method.is_empty() || !question.method.bytes().all(is_token) {
            return Err(FactsError::Method);
        }
        let form = match body {
            Body::Whole(bytes) if has_form(question) => bytes,
            Body::Whole(_) | Body::Untold | Body::TooLarge => &Bytes::new(),
        };
        let parameters = url::form_urlencoded::parse(query.as_bytes());
        let mut parameters = parameters.chain(url::form_urlencoded::parse(form));
        if parameters.any(|(name, _)| name.eq_ignore_ascii_case("_method")) {
            return Err(FactsError::MethodOverride);
        }
        let body = match body {
            Body::Whole(bytes) => Some(bytes),
            Body::Untold | Body::TooLarge => None,
        };
        Ok(Self { question, query, path, body })
    }

    /// All of it.
    pub(super) fn part(&self) -> Part<'static> {
        let mut fields = Map::new();
        for (name, value) in headers::for_policies(self.question) {
            let list = fields.entry(name.to_ascii_lowercase()).or_insert_with(|| json!([]));
            if let Some(list) = list.as_array_mut() {
                list.push(String::from_utf8_lossy(value).into_owned().into());
            }
        }
        let resource =
            json!({ "type": "", "id": "", "version_id": "", "content": null, "consents": [] });
        let action = json!({
            "name": self.question.method.to_ascii_lowercase(),
            "connection_type_code": "http",
            "request": {
                "method": self.question.method,
                "protocol": "HTTP/1.1",
                "path": self.path,
                "query": self.query,
                "header": fields,
                // SECURITY: a body that is not told is not an empty one.
                "body": self.body.map(|bytes| String::from_utf8_lossy(bytes)),
            },
            "fhir_rest": null,
        });
        let members = [("resource".to_owned(), resource), ("action".to_owned(), action)];
        Part {
            members: Map::from_iter(members),
            patient_id: String::new(),
            resources: vec![if self.path.is_empty() { "/" } else { self.path }.to_owned()],
            place: Place::Whole,
            fhir: None,
        }
    }

    /// The query with more parameters: what they mean is up to the service, which the policy knows.
    pub(super) fn narrow(&self, added: &[Addition]) -> Narrowing {
        let mut query = self.query.to_owned();
        for (name, value) in added {
            if !query.is_empty() {
                query.push('&');
            }
            query.extend(url::form_urlencoded::byte_serialize(name.as_bytes()));
            query.push('=');
            query.extend(url::form_urlencoded::byte_serialize(value.as_bytes()));
        }
        Narrowing { query: Some(query), body: None, added: added.to_vec() }
    }
}

fn has_form(question: &Question) -> bool {
    const FORM: &[u8] = b"application/x-www-form-urlencoded";
    headers::find(question, "content-type").is_some_and(|value| {
        value.get(..FORM.len()).is_some_and(|value| value.eq_ignore_ascii_case(FORM))
    })
}
