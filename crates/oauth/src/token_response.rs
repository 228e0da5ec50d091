//! Answers of a token endpoint: [RFC 6749 §5](https://www.rfc-editor.org/rfc/rfc6749#section-5), read from others.
//!
//! Also the error body alone, which presentation definition endpoints answer with too.

use pecan_jose::json;
use serde_json::{Map, Value};

/// The longest error code of another party that is repeated, in characters.
pub const ERROR_CHARACTERS_MAX: usize = 100;
/// The longest description of another party that is repeated, in characters.
pub const DESCRIPTION_CHARACTERS_MAX: usize = 500;
/// The longest lifetime of a token that is believed, in seconds: a year.
pub const EXPIRES_IN_SECONDS_MAX: i64 = 365 * 24 * 60 * 60;

/// A token that another party issued. It has no `Debug`: the token is a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenResponse {
    /// `access_token`; empty when there is none.
    pub access_token: String,
    /// `token_type` as written; empty when there is none.
    pub token_type: String,
    /// `expires_in`, in seconds, between 0 and [`EXPIRES_IN_SECONDS_MAX`].
    pub expires_in_seconds: Option<i64>,
    /// `scope`, unless it is empty.
    pub scope: Option<String>,
}

/// Why an answer is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenResponseError {
    /// It is no JSON object.
    #[error("{0}")]
    Json(#[from] json::Error),
    /// A member has another type.
    #[error("`{member}` has another type")]
    WrongType {
        /// Its name.
        member: &'static str,
    },
}

impl TokenResponse {
    /// Reads the body of a successful answer. Unknown members do not matter.
    pub fn parse(body: &[u8]) -> Result<Self, TokenResponseError> {
        let mut members = json::parse_object(body)?;
        Ok(Self {
            access_token: text(&mut members, "access_token")?.unwrap_or_default(),
            token_type: text(&mut members, "token_type")?.unwrap_or_default(),
            expires_in_seconds: seconds(&members, "expires_in")?,
            scope: text(&mut members, "scope")?.filter(|scope| !scope.is_empty()),
        })
    }
}

/// An error that another party answered with, cut to lengths that may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorResponse {
    /// `error`: a code that may be none of those that this node knows.
    pub error: String,
    /// `error_description`, unless it is empty.
    pub description: Option<String>,
}

impl ErrorResponse {
    /// Reads the body of a refusal; `None` if it names no error.
    // SECURITY: nothing else of the body is kept, so nothing else can reach a caller or a log.
    pub fn find(body: &[u8]) -> Option<Self> {
        let members = json::parse_object(body).ok()?;
        let text = |name: &str, characters_max: usize| {
            let text = members.get(name)?.as_str()?;
            let shown = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t'));
            Some(shown.take(characters_max).collect::<String>()).filter(|text| !text.is_empty())
        };
        Some(Self {
            error: text("error", ERROR_CHARACTERS_MAX)?,
            description: text("error_description", DESCRIPTION_CHARACTERS_MAX),
        })
    }
}

impl std::fmt::Display for ErrorResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.error)?;
        self.description.as_ref().map_or(Ok(()), |text| write!(f, " - {text}"))
    }
}

fn text(
    members: &mut Map<String, Value>,
    member: &'static str,
) -> Result<Option<String>, TokenResponseError> {
    match members.remove(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(TokenResponseError::WrongType { member }),
    }
}

/// Some servers write the number as a text.
fn seconds(
    members: &Map<String, Value>,
    member: &'static str,
) -> Result<Option<i64>, TokenResponseError> {
    let seconds = match members.get(member) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => None,
    };
    let seconds = seconds.ok_or(TokenResponseError::WrongType { member })?;
    Ok(Some(seconds.clamp(0, EXPIRES_IN_SECONDS_MAX)))
}

/// A number such as `900.0` or `1e99`.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and what is read is clamped")]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_different_servers_are_read() {
        let read = |text: &str| TokenResponse::parse(text.as_bytes()).ok();
        let token = |kind: &str, seconds: Option<i64>, scope: Option<&str>| {
            Some(TokenResponse {
                access_token: "t".to_owned(),
                token_type: kind.to_owned(),
                expires_in_seconds: seconds,
                scope: scope.map(str::to_owned),
            })
        };
        let cases = [
            (
                r#"{"access_token":"t","token_type":"DPoP","expires_in":900,"scope":"a b","extra":1,"dpop_kid":""}"#,
                token("DPoP", Some(900), Some("a b")),
            ),
            (
                r#"{"access_token":"t","token_type":"bearer","scope":""}"#,
                token("bearer", None, None),
            ),
            (r#"{"access_token":"t","expires_in":"900"}"#, token("", Some(900), None)),
            (r#"{"access_token":"t","expires_in":900.0,"scope":null}"#, token("", Some(900), None)),
            (r#"{"access_token":"t","expires_in":-5}"#, token("", Some(0), None)),
            (
                r#"{"access_token":"t","expires_in":1e99}"#,
                token("", Some(EXPIRES_IN_SECONDS_MAX), None),
            ),
            (r#"{"access_token":"t","expires_in":true}"#, None),
            (r#"{"access_token":"t","expires_in":0.5}"#, None),
            (r#"{"access_token":"t","access_token":"u"}"#, None),
            (r#"{"access_token":7}"#, None),
            ("[]", None),
            ("not json", None),
        ];
        for (text, expected) in cases {
            assert!(read(text) == expected, "{text}");
        }
    }

    #[test]
    fn an_error_is_repeated_without_the_rest_of_its_body() {
        let long = "x".repeat(DESCRIPTION_CHARACTERS_MAX + 1);
        let shown = &long[1..];
        let cases = [
            (
                r#"{"error":"invalid_scope","error_description":"no","secret":1}"#.to_owned(),
                Some("invalid_scope - no".to_owned()),
            ),
            (
                r#"{"error":"invalid_grant","error_description":""}"#.to_owned(),
                Some("invalid_grant".to_owned()),
            ),
            (
                "{\"error\":\"a\\u0007b\",\"error_description\":\"c\\nd\"}".to_owned(),
                Some("ab - c\nd".to_owned()),
            ),
            (
                format!(r#"{{"error":"e","error_description":"{long}"}}"#),
                Some(format!("e - {shown}")),
            ),
            (r#"{"error":""}"#.to_owned(), None),
            (r#"{"error":5}"#.to_owned(), None),
            ("<html>".to_owned(), None),
        ];
        for (body, expected) in cases {
            let found = ErrorResponse::find(body.as_bytes()).map(|error| error.to_string());
            assert_eq!(found, expected, "{body}");
        }
    }
}
