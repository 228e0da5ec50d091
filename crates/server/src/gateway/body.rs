//! Bodies of clients that a gateway passes on.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, request::Parts};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use pecan_node::gateway::{Body, Registration};

use super::question::Unreadable;
use crate::extract::drain;

/// The most bytes of a body, the client's or the gateway's own.
pub(crate) const BODY_BYTES_MAX: usize = 10_000_000;

/// How long a body may take to arrive from a gateway, which has it already.
const BODY_READ_TIMEOUT: Duration = Duration::from_secs(10);

/// The body of a client's request that came with the question.
///
/// A gateway that is not registered to tell bodies copies at most their headers, so none is waited for. Nor is one of GET and
/// HEAD, which means nothing (RFC 9110 §9.3.1) and is often announced and never sent.
pub(crate) async fn read(
    gateway: &Registration,
    method: &str,
    body: axum::body::Body,
) -> Result<Body, Unreadable> {
    if !gateway.abilities.tells_body {
        return Ok(Body::Untold);
    }
    if method == Method::GET.as_str() || method == Method::HEAD.as_str() {
        return Ok(Body::Whole(Bytes::new()));
    }
    whole(body).await
}

/// Reads a body to its end.
pub(crate) async fn whole(mut body: axum::body::Body) -> Result<Body, Unreadable> {
    let collected = Limited::new(&mut body, BODY_BYTES_MAX).collect();
    match tokio::time::timeout(BODY_READ_TIMEOUT, collected).await {
        Ok(Ok(collected)) => Ok(Body::Whole(collected.to_bytes())),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            drain(body).await;
            Ok(Body::TooLarge)
        }
        Ok(Err(_)) | Err(_) => Err(Unreadable::NoBody),
    }
}

/// Whether a request announces a body. If it is not read, the connection cannot be used again.
pub(crate) fn is_announced(parts: &Parts) -> bool {
    let length = parts.headers.get(http::header::CONTENT_LENGTH);
    length.is_some_and(|length| length != "0")
        || parts.headers.contains_key(http::header::TRANSFER_ENCODING)
}
