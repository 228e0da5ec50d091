//! Reads the body of an answer, up to its limit.

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};

use super::HttpError;
use super::target::Origin;

/// The size of a body, in bytes.
pub(super) const BODY_BYTES_MAX: usize = 1_048_576;

/// What is set aside before the first byte is there: the announced length is only a claim.
const INITIAL_BYTES_MAX: usize = 16 * 1024;

/// Reads a body to its end. A body that is shorter than announced is no answer.
pub(super) async fn read(mut body: Incoming, origin: &Origin) -> Result<Bytes, HttpError> {
    const TOO_LARGE: HttpError = HttpError::TooLarge { limit: BODY_BYTES_MAX };
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > BODY_BYTES_MAX {
        return Err(TOO_LARGE);
    }
    // A copy, since the frames are slices of a larger buffer that a cached body would keep.
    let mut bytes = Vec::with_capacity(announced.min(INITIAL_BYTES_MAX));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| HttpError::unreachable(origin, error))?;
        let Some(data) = frame.data_ref() else { continue };
        if data.len() > BODY_BYTES_MAX - bytes.len() {
            return Err(TOO_LARGE);
        }
        bytes.extend_from_slice(data);
    }
    Ok(Bytes::from(bytes.into_boxed_slice()))
}
