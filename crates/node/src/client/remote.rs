//! What another authorization server says: its metadata and its presentation definitions, each parsed once.
//!
//! A parsed document is used again as long as the same bytes come, which the cache of the HTTP client makes the usual case.

use std::sync::Arc;

use bytes::Bytes;
use moka::sync::Cache;
use pecan_credentials::exchange::Definition;
use pecan_jose::json;
use pecan_oauth::metadata::{AuthorizationServerMetadata, locations};
use pecan_oauth::token_response::ErrorResponse;
use pecan_platform::http::{Request, Response, SharedClient, StatusCode};
use serde_json::{Value, json};
use time::OffsetDateTime;
use url::Url;

use super::remote_error::{Problem, RemoteError};

/// How much room the documents may take whose parsed form is kept, in bytes of their text; once for each kind.
pub const PARSED_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// The most servers whose DPoP nonce is remembered.
pub const NONCES_MAX: u64 = 1_000;
/// Other authorization servers, as a client sees them.
pub struct Remote {
    pub(super) http: SharedClient,
    metadata: Parsed<Arc<AuthorizationServerMetadata>>,
    definitions: Parsed<Definition>,
    /// By token endpoint: the nonce that was last given out, and when (RFC 9449 §8.2).
    pub(super) nonces: Cache<String, (String, OffsetDateTime)>,
}

impl Remote {
    /// Other servers, through a client.
    pub fn new(http: SharedClient) -> Self {
        let nonces = Cache::new(NONCES_MAX);
        Self { http, metadata: Parsed::new(), definitions: Parsed::new(), nonces }
    }

    /// The metadata of an issuer: the first place that has a document which says that it is of this issuer.
    pub async fn metadata(
        &self,
        issuer: &str,
    ) -> Result<Arc<AuthorizationServerMetadata>, RemoteError> {
        let mut attempts = Vec::new();
        for place in locations(issuer) {
            match self.metadata_at(&place, issuer).await {
                Ok(metadata) => return Ok(metadata),
                Err(problem) => attempts.push((place, problem)),
            }
        }
        Err(RemoteError::Metadata { issuer: issuer.to_owned(), attempts })
    }

    async fn metadata_at(
        &self,
        place: &str,
        issuer: &str,
    ) -> Result<Arc<AuthorizationServerMetadata>, Problem> {
        let url = target(place)?;
        let response = self.get("oauth-metadata", url).await?;
        if response.status != StatusCode::OK {
            return Err(Problem::Status(response.status));
        }
        let metadata = self.metadata.find_or_parse(place, &response.body, |document| {
            AuthorizationServerMetadata::parse(document).map(Arc::new).map_err(Problem::NotMetadata)
        })?;
        // SECURITY: RFC 8414 §3.3. Without this a server could have presentations made out to another one.
        if metadata.issuer != issuer {
            return Err(Problem::other_issuer(issuer, &metadata.issuer));
        }
        Ok(metadata)
    }

    /// The presentation definition that an endpoint gives for a scope.
    pub async fn definition(&self, endpoint: &str, scope: &str) -> Result<Definition, RemoteError> {
        let mut url = target(endpoint).map_err(RemoteError::Definition)?;
        url.query_pairs_mut().append_pair("scope", scope);
        let place = url.to_string();
        let response = self.get("presentation-definition", url).await;
        let response = response.map_err(RemoteError::Definition)?;
        if response.status != StatusCode::OK {
            return Err(refused_definition(&response));
        }
        self.definitions
            .find_or_parse(&place, &response.body, read_definition)
            .map_err(|reason| RemoteError::Definition(Problem::Unreadable(reason)))
    }

    async fn get(&self, purpose: &'static str, url: Url) -> Result<Response, Problem> {
        self.http.send(Request::get(purpose, url)).await.map_err(Problem::Http)
    }
}

/// A URL that can be called.
pub(super) fn target(text: &str) -> Result<Url, Problem> {
    let url = Url::parse(text).map_err(|_| Problem::Target)?;
    if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err(Problem::Target) }
}

fn refused_definition(response: &Response) -> RemoteError {
    match ErrorResponse::find(&response.body) {
        Some(error) if matches!(error.error.as_str(), "invalid_scope" | "invalid_request") => {
            RemoteError::DefinitionRefused(error)
        }
        Some(_) | None => RemoteError::Definition(Problem::Status(response.status)),
    }
}

fn read_definition(document: &[u8]) -> Result<Definition, String> {
    let mut value = json::parse(document).map_err(|error| error.to_string())?;
    // Peers write a list without entries as null.
    if let Some(descriptors @ Value::Null) = value.get_mut("input_descriptors") {
        *descriptors = json!([]);
    }
    Definition::compile_received(&value).map_err(|error| error.to_string())
}

/// Parsed documents by URL, each with the bytes that it was parsed from.
struct Parsed<T>(Cache<String, (Bytes, T)>);

impl<T: Clone + Send + Sync + 'static> Parsed<T> {
    fn new() -> Self {
        let weigh = |url: &String, (document, _): &(Bytes, T)| {
            u32::try_from(url.len() + document.len()).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().max_capacity(PARSED_BYTES_MAX).weigher(weigh).build())
    }

    fn find_or_parse<E>(
        &self,
        url: &str,
        document: &Bytes,
        parse: impl FnOnce(&[u8]) -> Result<T, E>,
    ) -> Result<T, E> {
        // The same bytes mean the same, wherever they lie; comparing them costs a hundredth of parsing them.
        if let Some((known, parsed)) = self.0.get(url)
            && known == document
        {
            return Ok(parsed);
        }
        let parsed = parse(document)?;
        self.0.insert(url.to_owned(), (document.clone(), parsed.clone()));
        Ok(parsed)
    }
}
