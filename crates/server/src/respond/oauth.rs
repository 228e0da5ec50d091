//! OAuth error bodies ([RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)), as JSON or as a page.

use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;

use super::{html, json, typed};

/// In which form an OAuth endpoint answers errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `application/json`.
    Json,
    /// A page for a person.
    Page,
}

impl Form {
    /// The form that a request gets from an endpoint whose usual form is `self`.
    ///
    /// Whoever says JSON gets JSON. A page goes to browsers only: at endpoints that they visit, or where they ask for `text/html`.
    pub(crate) fn wanted(self, request: Wanted) -> Self {
        if request.json {
            Self::Json
        } else if request.html {
            Self::Page
        } else {
            self
        }
    }
}

/// What a request says about the form of its answer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted {
    json: bool,
    html: bool,
}

impl Wanted {
    /// Reads `Accept` and `Content-Type`.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let says = |name: header::HeaderName, word: &str| {
            headers.get_all(name).iter().any(|value| {
                value.to_str().is_ok_and(|text| text.to_ascii_lowercase().contains(word))
            })
        };
        Self {
            json: says(header::ACCEPT, "application/json")
                || says(header::CONTENT_TYPE, "application/json"),
            html: says(header::ACCEPT, "text/html"),
        }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    error_description: &'a str,
}

/// The error in a form.
pub(crate) fn error(status: StatusCode, form: Form, code: &str, description: &str) -> Response {
    match form {
        Form::Json => json(status, &Body { error: code, error_description: description }),
        Form::Page => typed(
            status,
            HeaderValue::from_static("text/html; charset=UTF-8"),
            html::error_page(code, description),
        ),
    }
}
