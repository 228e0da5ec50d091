//! The one table from failures to status codes and bodies.

use axum::response::Response;
use http::StatusCode;
use pecan_node::FailureKind;
use pecan_oauth::error::ErrorCode;

use super::failure::{Failure, RequestError, What};
use super::oauth::{self, Form, Wanted};
use super::problem;

/// Where a failure is written: the operation, and what the request said about the answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The operation id; `None` where nothing is routed.
    pub(crate) operation: Option<&'static str>,
    /// Whether strangers reach it.
    pub(crate) is_public: bool,
    /// The style of the path.
    pub(crate) style: Style,
    /// What the request said.
    pub(crate) wanted: Wanted,
}

/// How a path writes its failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// `application/problem+json`.
    Problem,
    /// OAuth errors.
    OAuth(Form),
}

impl Style {
    /// The style of a path of the route table.
    pub(crate) fn of(path: &str) -> Self {
        let Some(rest) = path.strip_prefix("/oauth2/") else {
            return Self::Problem;
        };
        let is_page = matches!(rest.rsplit('/').next(), Some("authorize" | "user" | "callback"));
        Self::OAuth(if is_page { Form::Page } else { Form::Json })
    }
}

/// Writes a failure.
pub(crate) fn render(failure: &Failure, place: Place) -> Response {
    match place.style {
        // SECURITY: what went wrong inside is no stranger's business; the log has it.
        Style::Problem if place.is_public && status(failure.what()).is_server_error() => {
            problem::problem(place.operation, status(failure.what()), "internal error")
        }
        Style::Problem => as_problem(failure.what(), place.operation),
        Style::OAuth(form) => as_oauth(failure.what(), place.operation, form.wanted(place.wanted)),
    }
}

/// The status of a failure.
pub(crate) fn status(what: &What) -> StatusCode {
    match what {
        What::Request(error, _) => status_of_request(*error),
        What::Api(kind, _) => status_of_kind(*kind),
        What::OAuth(code, _) => status_of_code(*code),
    }
}

fn as_problem(what: &What, operation: Option<&str>) -> Response {
    let status = status(what);
    match what {
        What::Request(_, detail) => problem::problem(None, status, detail),
        What::Api(_, detail) => problem::problem(operation, status, detail),
        What::OAuth(code, description) if description.is_empty() => {
            problem::problem(operation, status, code.as_str())
        }
        What::OAuth(code, description) => {
            problem::problem(operation, status, &format!("{code} - {description}"))
        }
    }
}

fn as_oauth(what: &What, operation: Option<&str>, form: Form) -> Response {
    let status = status(what);
    match what {
        // A client of an OAuth endpoint reads OAuth errors, also where a parameter is not understood.
        What::Request(RequestError::Malformed, detail) => {
            oauth::error(status, form, ErrorCode::InvalidRequest.as_str(), detail)
        }
        What::Request(..) => as_problem(what, operation),
        What::OAuth(code, description) => oauth::error(status, form, code.as_str(), description),
        What::Api(..) if status.is_server_error() => {
            oauth::error(status, form, ErrorCode::ServerError.as_str(), "")
        }
        What::Api(_, detail) => {
            oauth::error(status, form, ErrorCode::InvalidRequest.as_str(), detail)
        }
    }
}

fn status_of_request(error: RequestError) -> StatusCode {
    match error {
        RequestError::Malformed => StatusCode::BAD_REQUEST,
        RequestError::NotFound => StatusCode::NOT_FOUND,
        RequestError::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        RequestError::TimedOut => StatusCode::REQUEST_TIMEOUT,
        RequestError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        RequestError::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        RequestError::Crashed => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn status_of_kind(kind: FailureKind) -> StatusCode {
    match kind {
        FailureKind::Invalid => StatusCode::BAD_REQUEST,
        FailureKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        FailureKind::Forbidden => StatusCode::FORBIDDEN,
        FailureKind::NotFound => StatusCode::NOT_FOUND,
        FailureKind::Conflict => StatusCode::CONFLICT,
        FailureKind::Precondition => StatusCode::PRECONDITION_FAILED,
        FailureKind::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        FailureKind::PeerRefused => StatusCode::BAD_GATEWAY,
        FailureKind::PeerUnreachable => StatusCode::SERVICE_UNAVAILABLE,
        FailureKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// RFC 6749 §5.2 has 400 for all of them; only our own failure is another status.
fn status_of_code(code: ErrorCode) -> StatusCode {
    if code == ErrorCode::ServerError {
        StatusCode::INTERNAL_SERVER_ERROR
    } else {
        StatusCode::BAD_REQUEST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn body(failure: Failure, is_public: bool, style: Style) -> (u16, String) {
        let place =
            Place { operation: Some("TestIt"), is_public, style, wanted: Wanted::default() };
        let response = render(&failure, place);
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn strangers_are_not_told_what_broke_inside() {
        let broken = || Failure::api(FailureKind::Internal, "disk is full").because("/var/lib");
        let neutral = r#"{"detail":"internal error","status":500,"title":"TestIt failed"}"#;
        assert_eq!(body(broken(), true, Style::Problem).await, (500, neutral.to_owned()));
        let told = r#"{"detail":"disk is full","status":500,"title":"TestIt failed"}"#;
        assert_eq!(body(broken(), false, Style::Problem).await, (500, told.to_owned()));
        let refused = Failure::api(FailureKind::NotFound, "no such list");
        assert_eq!(body(refused, true, Style::Problem).await.0, 404);
    }

    #[tokio::test]
    async fn a_failure_of_ours_at_an_oauth_endpoint_may_be_explained_by_its_use_case_only() {
        let style = Style::OAuth(Form::Json);
        let ours = Failure::api(FailureKind::Internal, "disk is full");
        assert_eq!(
            body(ours, true, style).await,
            (500, "{\"error\":\"server_error\"}\n".to_owned())
        );
        let explained = Failure::oauth(ErrorCode::ServerError, "policy decision point unavailable");
        let (status, text) = body(explained, true, style).await;
        assert!(status == 500 && text.contains("policy decision point unavailable"));
    }
}
