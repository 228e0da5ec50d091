//! Credentials and presentations in bodies: an object is JSON-LD, a string a JWT (contract/credentials.md 2.3).

use pecan_credentials::credential::Credential;
use pecan_credentials::presentation::Presentation;
use serde_json::value::RawValue;

use crate::respond::Failure;

/// Reads a credential from the text that was sent; what is absent is one without members.
pub(crate) fn credential(raw: Option<&RawValue>) -> Result<Credential, Failure> {
    let parsed = match text(raw) {
        Text::Token(token) => Credential::parse(&token),
        Text::Json(document) => Credential::parse(document),
    };
    parsed.map_err(|error| Failure::request(error.to_string()).because(error))
}

/// Reads a presentation from the text that was sent.
pub(crate) fn presentation(raw: &RawValue) -> Result<Presentation, Failure> {
    let parsed = match text(Some(raw)) {
        Text::Token(token) => Presentation::parse(&token),
        Text::Json(document) => Presentation::parse(document),
    };
    parsed.map_err(|error| Failure::request(error.to_string()).because(error))
}

enum Text<'a> {
    Token(String),
    Json(&'a str),
}

fn text(raw: Option<&RawValue>) -> Text<'_> {
    match raw.map(RawValue::get) {
        None | Some("null") => Text::Json("{}"),
        Some(raw) => serde_json::from_str(raw).map_or(Text::Json(raw), Text::Token),
    }
}
