//! What may be kept of an answer, by path (contract/iam.md 2.3, contract/platform.md 2.10).

use axum::response::Response;
use http::{HeaderValue, StatusCode, header};

/// What an endpoint says about keeping its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cache {
    /// Nothing.
    Unsaid,
    /// Public documents: five minutes, but no error is kept.
    FiveMinutes,
    /// Tokens: never, errors included (RFC 6749 §5.1).
    Never,
}

impl Cache {
    /// The rule for a path of the route table.
    pub(crate) fn of(path: &str) -> Self {
        let document = ["/.well-known/", "/iam/", "/statuslist/"];
        if document.iter().any(|prefix| path.starts_with(prefix)) {
            return Self::FiveMinutes;
        }
        match path.strip_prefix("/oauth2/").and_then(|rest| rest.rsplit_once('/')) {
            Some((_, "presentation_definition" | "oauth-client")) => Self::FiveMinutes,
            Some((_, "token")) => Self::Never,
            Some(_) | None => Self::Unsaid,
        }
    }

    /// Adds the headers.
    pub(crate) fn apply(self, response: &mut Response) {
        // The size of a body is looked at before anything of the path is (contract/platform.md 2.2).
        if response.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return;
        }
        let ok = response.status() == StatusCode::OK;
        let headers = response.headers_mut();
        match self {
            Self::FiveMinutes if ok => {
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=300"));
            }
            Self::Never => {
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
                headers.insert(header::PRAGMA, HeaderValue::from_static("no-store"));
            }
            Self::FiveMinutes | Self::Unsaid => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_kept_and_tokens_are_not() {
        for (path, expected) in [
            ("/.well-known/did.json", Cache::FiveMinutes),
            ("/iam/{id}/did.json", Cache::FiveMinutes),
            ("/.well-known/openid-configuration/oauth2/{subject}", Cache::FiveMinutes),
            ("/statuslist/{did}/{page}", Cache::FiveMinutes),
            ("/oauth2/{subject}/presentation_definition", Cache::FiveMinutes),
            ("/oauth2/{subject}/oauth-client", Cache::FiveMinutes),
            ("/oauth2/{subject}/token", Cache::Never),
            ("/oauth2/{subject}/authorize", Cache::Unsaid),
            ("/internal/auth/v2/accesstoken/introspect", Cache::Unsaid),
            ("/status", Cache::Unsaid),
        ] {
            assert_eq!(Cache::of(path), expected, "{path}");
        }
    }
}
