//! JSON bodies as the contract writes them (contract/credentials.md 1.3): `<`, `>` and `&` escaped, a line feed at the end.
//!
//! Members are written in the order of the type. Where the contract sorts them, the type is a `BTreeMap` or is declared sorted.

use std::io;

use axum::response::Response;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::ser::Formatter;

use super::{Failure, typed};

/// A JSON answer.
pub fn json(status: StatusCode, value: &impl Serialize) -> Response {
    json_as(status, HeaderValue::from_static("application/json"), value)
}

/// A JSON answer of another content type, such as `application/did+json`.
pub fn json_as(status: StatusCode, content_type: HeaderValue, value: &impl Serialize) -> Response {
    use axum::response::IntoResponse;

    match write(value) {
        Ok(mut body) => {
            body.push(b'\n');
            typed(status, content_type, body)
        }
        Err(cause) => Failure::api(pecan_node::FailureKind::Internal, "internal error")
            .because(cause)
            .into_response(),
    }
}

/// The bytes, without a line feed.
pub(crate) fn write(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let mut body = Vec::with_capacity(256);
    let mut serializer = serde_json::Serializer::with_formatter(&mut body, HtmlSafe);
    value.serialize(&mut serializer)?;
    Ok(body)
}

/// Compact JSON that is safe inside HTML. Raw values are written as they are: they may be signed.
struct HtmlSafe;

impl Formatter for HtmlSafe {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            let (plain, tail) = rest.split_at(at);
            writer.write_all(plain.as_bytes())?;
            let mut characters = tail.chars();
            let special = characters.next().map_or(0, u32::from);
            write!(writer, "\\u{special:04x}")?;
            rest = characters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angle_brackets_and_ampersands_are_escaped_also_in_names() {
        let value = serde_json::json!({"a<b": "1 > 0 & \"x\"\u{2028}é"});
        let text = String::from_utf8(write(&value).unwrap()).unwrap();
        assert_eq!(text, r#"{"a\u003cb":"1 \u003e 0 \u0026 \"x\"\u2028é"}"#);
    }

    #[test]
    fn raw_text_stays_as_it_is() {
        let raw = serde_json::value::RawValue::from_string(r#"{ "a": "<" }"#.into()).unwrap();
        assert_eq!(write(&raw).unwrap(), br#"{ "a": "<" }"#);
    }
}
