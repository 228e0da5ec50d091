//! The parameters of an OAuth endpoint.

use axum::extract::{FromRequest, Request};
use pecan_oauth::error::ErrorCode;

use super::body::{self, MediaType};
use super::query::{find_repeated, parse, shown};
use crate::respond::Failure;

/// The parameters of an OAuth endpoint: form body, and query for what the body does not have.
///
/// A body of another content type counts as an empty form. A parameter that one source has twice is `invalid_request`
/// ([RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2)); names are not compared between the sources.
pub struct OAuthForm(pub Vec<(String, String)>);

impl OAuthForm {
    /// The value of a parameter; present but empty is `Some("")`.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl<S: Send + Sync> FromRequest<S> for OAuthForm {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        let query = read(request.uri().query().unwrap_or_default(), "query")?;
        if MediaType::of(request.headers()) != MediaType::Form {
            return Ok(Self(query));
        }
        let bytes = body::read(request.into_body()).await?;
        let text = std::str::from_utf8(&bytes).map_err(|_| invalid("body: not UTF-8"))?;
        let mut pairs = read(text, "body")?;
        let from_query =
            query.into_iter().filter(|(name, _)| pairs.iter().all(|(known, _)| known != name));
        let from_query: Vec<_> = from_query.collect();
        pairs.extend(from_query);
        Ok(Self(pairs))
    }
}

fn read(text: &str, source: &str) -> Result<Vec<(String, String)>, Failure> {
    let pairs = parse(text).map_err(|error| invalid(&format!("{source}: {error}")))?;
    match find_repeated(&pairs) {
        None => Ok(pairs),
        Some(name) => Err(invalid(&format!("parameter `{}` occurs twice", shown(name)))),
    }
}

fn invalid(description: &str) -> Failure {
    Failure::oauth(ErrorCode::InvalidRequest, description)
}
