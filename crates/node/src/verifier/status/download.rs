//! Fetches one status list, and believes it only under the signature of its issuer.

use pecan_credentials::credential::{Credential, ParseError};
use pecan_platform::Env;
use pecan_platform::http::{HttpError, Request, StatusCode};
use time::OffsetDateTime;
use url::Url;

use super::super::signature::{SignatureError, Signatures};
use super::list::List;
use super::list::ListError;

/// The longest URL of a list.
const URL_BYTES_MAX: usize = 2048;

/// Why a list is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The entry's URL is none, or too long.
    #[error("URL of status list is invalid")]
    Url,
    /// It did not answer.
    #[error("status list cannot be fetched: {0}")]
    Http(#[from] HttpError),
    /// It answered, but not with success.
    #[error("status list cannot be fetched: status {0}")]
    Refused(StatusCode),
    /// The answer is no text.
    #[error("status list is not UTF-8")]
    Encoding,
    /// The answer is no credential.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// The credential has no proof, or not one of its issuer.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The credential holds no list, or another.
    #[error(transparent)]
    List(#[from] ListError),
    /// It could not be fetched a moment ago, and is not asked again so soon.
    #[error("status list could not be fetched a moment ago")]
    JustFailed,
}

/// A list that was downloaded, and what is kept of it.
pub(super) struct Download {
    pub(super) list: List,
    /// The credential, as received.
    pub(super) raw: String,
    /// When the list should be replaced at the latest.
    pub(super) expires_at: Option<OffsetDateTime>,
}

/// Fetches the list that is published under a URL.
pub(super) async fn download(
    env: &Env,
    signatures: &Signatures,
    url: &str,
    now: OffsetDateTime,
) -> Result<Download, DownloadError> {
    if url.len() > URL_BYTES_MAX {
        return Err(DownloadError::Url);
    }
    let parsed = Url::parse(url).map_err(|_| DownloadError::Url)?;
    // Revocation is to be seen within the lifetime of our own copies, whatever a server allows its caches.
    let request = Request { use_cache: false, ..Request::get("status-list", parsed) };
    let response = env.http.send(request).await?;
    if !response.status.is_success() {
        return Err(DownloadError::Refused(response.status));
    }
    let body = std::str::from_utf8(&response.body).map_err(|_| DownloadError::Encoding)?;
    let credential = parse(body)?;
    // SECURITY: before the list is inflated, which is work that a stranger could ask for.
    signatures.credential(&credential, now).await?;
    let list = List::parse(&credential, url)?;
    let expires_at = credential.expires_at();
    Ok(Download { list, raw: credential.raw().to_owned(), expires_at })
}

/// Reads a list that was stored after its download.
pub(super) fn restore(raw: &str, url: &str) -> Result<Download, DownloadError> {
    let credential = Credential::parse(raw)?;
    let list = List::parse(&credential, url)?;
    Ok(Download { list, raw: raw.to_owned(), expires_at: credential.expires_at() })
}

/// A JSON object, or a token, alone or as JSON string.
fn parse(body: &str) -> Result<Credential, ParseError> {
    let body = body.trim();
    match serde_json::from_str::<String>(body) {
        Ok(token) => Credential::parse(&token),
        Err(_) => Credential::parse(body),
    }
}
