//! A failure of a handler, before it is known how it is written.

use std::error::Error;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use pecan_node::FailureKind;
use pecan_oauth::error::ErrorCode;
use std::sync::Arc;

/// A failure of a handler. The frame, which knows the operation, writes it: as `problem+json`, or below `/oauth2/` as an OAuth error.
#[derive(Clone)]
pub struct Failure(Arc<Parts>);

struct Parts {
    what: What,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

/// What went wrong, in the words of the layer that noticed.
pub(crate) enum What {
    /// The request was not understood: the operation was never entered.
    Request(RequestError, String),
    /// An API failure: kind and `detail`.
    Api(FailureKind, String),
    /// An OAuth error: code and `error_description`, left out when empty.
    OAuth(ErrorCode, String),
}

/// Why a request never reached its operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestError {
    /// A parameter or the body is not what it should be (400).
    Malformed,
    /// Nothing is routed here (404).
    NotFound,
    /// Another method is (405).
    MethodNotAllowed,
    /// The body did not arrive in time (408).
    TimedOut,
    /// The body is too long (413).
    TooLarge,
    /// The body is of a type that is not read here (415).
    UnsupportedMediaType,
    /// The handler crashed (500).
    Crashed,
}

impl Failure {
    /// A failure of an API; `detail` goes to the caller.
    pub fn api(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self::new(What::Api(kind, detail.into()))
    }

    /// A failure of an OAuth endpoint; `description` goes to the client. On other paths it is a problem whose detail is `<code> - <description>`.
    pub fn oauth(code: ErrorCode, description: impl Into<String>) -> Self {
        Self::new(What::OAuth(code, description.into()))
    }

    /// A parameter or body that cannot be read: 400, titled `Operation failed`; `detail` goes to the caller.
    pub fn request(detail: impl Into<String>) -> Self {
        Self::not_understood(RequestError::Malformed, detail)
    }

    /// The same failure with the error behind it, which is logged with its sources and never sent.
    #[must_use]
    pub fn because(self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let parts = Arc::into_inner(self.0).expect("a failure is shared only once it is rendered");
        Self(Arc::new(Parts { cause: Some(cause.into()), ..parts }))
    }

    /// A request that never reached its operation.
    pub(crate) fn not_understood(error: RequestError, detail: impl Into<String>) -> Self {
        Self::new(What::Request(error, detail.into()))
    }

    fn new(what: What) -> Self {
        Self(Arc::new(Parts { what, cause: None }))
    }

    pub(crate) fn what(&self) -> &What {
        &self.0.what
    }

    pub(crate) fn cause(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        self.0.cause.as_deref()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        // INVARIANT: every route lies inside the frame, which replaces this answer.
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
