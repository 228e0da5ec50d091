//! The public base URL of the node, from which every absolute URL is made.

use url::Url;

/// The configured `url`, without a trailing slash; it may have a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(Url);

/// Why a text is no public URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid 'url': {reason}")]
pub struct PublicUrlError {
    reason: &'static str,
}

impl PublicUrl {
    /// Reads an `http` or `https` URL with a host and without query and fragment.
    pub fn parse(text: &str) -> Result<Self, PublicUrlError> {
        let url = Url::parse(text)
            .map_err(|_| PublicUrlError { reason: "url must contain scheme and host" })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(PublicUrlError { reason: "scheme must be http or https" });
        }
        if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
            return Err(PublicUrlError { reason: "url must have no query, fragment or user" });
        }
        Ok(Self(url))
    }

    /// The URL without a trailing slash: `https://node.example.nl` or `https://node.example.nl/nuts`.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// The parsed URL.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Issuer identifier and `client_id` of a subject: `<base>/oauth2/<subject>`.
    pub fn issuer(&self, subject: &str) -> String {
        format!("{}/oauth2/{subject}", self.as_str())
    }
}
