//! did:web over HTTP (contract/credentials.md 4.1). The HTTP client keeps the answers, this file what was parsed out of them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use moka::sync::Cache;
use pecan_credentials::did::Did;
use pecan_credentials::did::web::{self, DocumentError};
use pecan_platform::Env;
use pecan_platform::http::{Request, Response, StatusCode};
use url::Url;

use super::error::ResolveError;
use super::known::Known;

/// How long the host of a document may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The media types of DID documents.
const MEDIA_TYPES: [&str; 3] =
    ["application/did+ld+json", "application/did+json", "application/json"];
/// How much is kept of what was parsed, in bytes of memory, roughly.
const PARSED_BYTES_MAX: u64 = 16 << 20;
/// What a parsed document takes beside its DID and JSON, and how often it takes these.
const PARSED_BYTES: u32 = 1024;
const PARSED_FACTOR: u32 = 4;

/// Fetches the documents of other parties. Cheap to clone.
#[derive(Clone)]
pub(super) struct Web {
    env: Env,
    parsed: Cache<Did, Parsed>,
}

/// What came out of an answer; also that nothing did, since parsing rubbish costs as much.
#[derive(Clone)]
struct Parsed {
    /// INVARIANT: held, so that no other answer can get its address.
    body: Bytes,
    outcome: Result<Arc<Known>, DocumentError>,
}

impl Parsed {
    fn is_of(&self, body: &Bytes) -> bool {
        self.body.as_ptr() == body.as_ptr() && self.body.len() == body.len()
    }
}

impl Web {
    pub(super) fn new(env: Env) -> Self {
        let weigh = |did: &Did, parsed: &Parsed| {
            let bytes = parsed.body.len() + did.as_str().len();
            let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
            bytes.saturating_mul(PARSED_FACTOR).saturating_add(PARSED_BYTES)
        };
        let parsed = Cache::builder().max_capacity(PARSED_BYTES_MAX).weigher(weigh).build();
        Self { env, parsed }
    }

    /// The document at the URL of a DID.
    pub(super) async fn fetch(&self, did: &Did) -> Result<Arc<Known>, ResolveError> {
        let url = web::to_url(did)?;
        let target = Url::parse(&url).map_err(|_| web::Error::Host)?;
        let request = Request { timeout: Some(TIMEOUT), ..Request::get("did-web", target) };
        let response = self.env.http.send(request).await;
        let response = response.map_err(|cause| ResolveError::Http { url, cause })?;
        check(&response)?;
        self.parse(did, response.body).map_err(ResolveError::Document)
    }

    fn parse(&self, did: &Did, body: Bytes) -> Result<Arc<Known>, DocumentError> {
        if let Some(parsed) = self.parsed.get(did)
            && parsed.is_of(&body)
        {
            return parsed.outcome;
        }
        let outcome = web::parse(did, &body).map(|document| Arc::new(Known::new(document)));
        self.parsed.insert(did.clone(), Parsed { body, outcome: outcome.clone() });
        outcome
    }
}

fn check(response: &Response) -> Result<(), ResolveError> {
    if response.status == StatusCode::NOT_FOUND {
        return Err(ResolveError::NotFound);
    }
    if !response.status.is_success() {
        return Err(ResolveError::Status(response.status));
    }
    let media_type = response.media_type().ok_or(ResolveError::ContentType)?;
    if MEDIA_TYPES.contains(&media_type.as_str()) { Ok(()) } else { Err(ResolveError::ContentType) }
}
