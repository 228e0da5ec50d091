//! The call of a token endpoint: form, proof of possession, and the answer.
//!
//! A server may ask for a nonce in the proof (RFC 9449 §8): it is remembered, and asked once more. Both calls carry a presentation of
//! their own, since the server may have used up the first one.

use pecan_oauth::token_request::FORM;
use pecan_oauth::token_response::{ErrorResponse, TokenResponse};
use pecan_platform::http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use time::{Duration, OffsetDateTime};

use super::remote::{Remote, target};
use super::remote_error::{Problem, RemoteError};

/// How long the nonce of a server is used after it was given out.
pub(super) const NONCE_LIFETIME: Duration = Duration::minutes(5);
/// The most bytes of a nonce.
pub(super) const NONCE_BYTES_MAX: usize = 1_024;

const DPOP: HeaderName = HeaderName::from_static("dpop");
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// How a token endpoint took a request.
pub(super) enum Outcome {
    Token(TokenResponse),
    /// It wants another proof, with this nonce.
    NonceWanted(String),
}

impl Remote {
    /// Posts a token request; `proof` is the DPoP proof, if there is to be one.
    pub(super) async fn token(
        &self,
        endpoint: &str,
        form: String,
        proof: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<Outcome, RemoteError> {
        let url = target(endpoint).map_err(RemoteError::TokenCall)?;
        let mut request = Request::post("token", url, FORM, form);
        if let Some(proof) = proof.and_then(|proof| HeaderValue::from_str(proof).ok()) {
            request.headers.insert(DPOP, proof);
        }
        let response = self.http.send(request).await;
        let response = response.map_err(|error| RemoteError::TokenCall(Problem::Http(error)))?;
        let nonce = find_nonce(&response);
        if let Some(nonce) = &nonce {
            self.nonces.insert(endpoint.to_owned(), (nonce.clone(), now));
        }
        match (read(&response), nonce) {
            (Err(RemoteError::TokenRefused(error)), Some(nonce))
                if proof.is_some() && error.error == "use_dpop_nonce" =>
            {
                Ok(Outcome::NonceWanted(nonce))
            }
            (outcome, _) => outcome.map(Outcome::Token),
        }
    }

    /// The nonce that a server gave out last, unless that is long ago.
    pub(super) fn find_dpop_nonce(&self, endpoint: &str, now: OffsetDateTime) -> Option<String> {
        let (nonce, since) = self.nonces.get(endpoint)?;
        (now - since < NONCE_LIFETIME).then_some(nonce)
    }
}

/// RFC 9449 §8.1: visible ASCII without quotes and backslashes.
fn find_nonce(response: &Response) -> Option<String> {
    let nonce = response.headers.get(DPOP_NONCE)?.to_str().ok()?;
    let is_plain = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    let fits = !nonce.is_empty() && nonce.len() <= NONCE_BYTES_MAX && nonce.bytes().all(is_plain);
    fits.then(|| nonce.to_owned())
}

/// RFC 6749 §5: a token comes with 200, an error in JSON with anything else.
fn read(response: &Response) -> Result<TokenResponse, RemoteError> {
    if response.status == StatusCode::OK {
        return TokenResponse::parse(&response.body)
            .map_err(|error| RemoteError::TokenAnswer(Problem::Unreadable(error.to_string())));
    }
    let content_type =
        response.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_json =
        content_type.is_some_and(|text| text.to_ascii_lowercase().contains("application/json"));
    match ErrorResponse::find(&response.body).filter(|_| is_json) {
        Some(error) => Err(RemoteError::TokenRefused(error)),
        None => Err(RemoteError::TokenAnswer(Problem::Status(response.status))),
    }
}
