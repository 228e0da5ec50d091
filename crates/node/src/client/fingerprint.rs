//! The name under which the answer to a request is kept: the same for the same request, whatever the order of its members.

use pecan_jose::base64url;
use pecan_jose::digest::sha256;
use serde_json::Value;

use super::service_token::ServiceTokenRequest;
use crate::subject::SubjectId;

/// SHA-256 over the subject and the whole request, in base64url.
// SECURITY: each text is written with its length, so that no two requests give the same bytes.
pub(super) fn fingerprint(subject: &SubjectId, request: &ServiceTokenRequest) -> String {
    let mut bytes = Vec::with_capacity(FINGERPRINT_ROOM);
    put(&mut bytes, subject.as_str());
    put(&mut bytes, &request.authorization_server);
    put(&mut bytes, &request.scope);
    put_optional(&mut bytes, request.token_type.as_deref());
    put_optional(&mut bytes, request.service_provider_subject_id.as_deref());
    put_count(&mut bytes, request.credential_selection.len());
    for (field, value) in &request.credential_selection {
        put(&mut bytes, field);
        put(&mut bytes, value);
    }
    put_count(&mut bytes, request.credentials.len());
    for credential in &request.credentials {
        put_value(&mut bytes, credential);
    }
    base64url::encode(&sha256(&bytes))
}

/// Enough for a request without self-attested credentials.
const FINGERPRINT_ROOM: usize = 512;

fn put(bytes: &mut Vec<u8>, text: &str) {
    put_count(bytes, text.len());
    bytes.extend_from_slice(text.as_bytes());
}

fn put_count(bytes: &mut Vec<u8>, count: usize) {
    bytes.extend_from_slice(&(count as u64).to_be_bytes());
}

fn put_optional(bytes: &mut Vec<u8>, text: Option<&str>) {
    bytes.push(u8::from(text.is_some()));
    put(bytes, text.unwrap_or_default());
}

/// A value with the members of its objects in order. Its depth is bounded by the reader of the request.
fn put_value(bytes: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => bytes.push(b'n'),
        Value::Bool(value) => bytes.push(if *value { b't' } else { b'f' }),
        Value::Number(number) => {
            bytes.push(b'0');
            put(bytes, &number.to_string());
        }
        Value::String(text) => {
            bytes.push(b'"');
            put(bytes, text);
        }
        Value::Array(items) => {
            bytes.push(b'[');
            put_count(bytes, items.len());
            for item in items {
                put_value(bytes, item);
            }
        }
        Value::Object(members) => {
            bytes.push(b'{');
            put_count(bytes, members.len());
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            for (name, member) in members {
                put(bytes, name);
                put_value(bytes, member);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request() -> ServiceTokenRequest {
        ServiceTokenRequest {
            authorization_server: "https://as.example.nl/oauth2/hospital".to_owned(),
            scope: "a b".to_owned(),
            credentials: vec![
                json!({ "type": ["X"], "credentialSubject": { "a": 1, "b": [true, null] } }),
            ],
            credential_selection: [("k".to_owned(), "v".to_owned())].into(),
            token_type: None,
            service_provider_subject_id: None,
            use_cache: true,
        }
    }

    #[test]
    fn the_order_of_members_does_not_count() {
        let clinic = SubjectId::parse("clinic").unwrap();
        let mut other = request();
        other.credentials =
            vec![json!({ "credentialSubject": { "b": [true, null], "a": 1 }, "type": ["X"] })];
        other.use_cache = false;
        assert_eq!(fingerprint(&clinic, &request()), fingerprint(&clinic, &other));
    }

    #[test]
    fn everything_else_counts() {
        let clinic = SubjectId::parse("clinic").unwrap();
        let changes: [fn(&mut ServiceTokenRequest); 9] = [
            |request| request.authorization_server.push('/'),
            |request| request.scope = "b a".to_owned(),
            |request| request.token_type = Some("Bearer".to_owned()),
            |request| request.token_type = Some("bearer".to_owned()),
            |request| request.service_provider_subject_id = Some("clinic".to_owned()),
            |request| request.credential_selection.clear(),
            |request| request.credentials.clear(),
            |request| {
                request.credentials = vec![
                    json!({ "type": ["X"], "credentialSubject": { "a": 1, "b": [null, true] } }),
                ];
            },
            |request| {
                request.credentials = vec![
                    json!({ "type": ["X"], "credentialSubject": { "a": "1", "b": [true, null] } }),
                ];
            },
        ];
        let mut names = vec![
            fingerprint(&clinic, &request()),
            fingerprint(&SubjectId::parse("clini").unwrap(), &request()),
        ];
        for change in changes {
            let mut other = request();
            change(&mut other);
            names.push(fingerprint(&clinic, &other));
        }
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
