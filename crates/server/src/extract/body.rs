//! Request bodies: how long they may be, how long they may take, and JSON in them.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::respond::{Failure, RequestError};

/// The most bytes of a request body (contract/platform.md 2.3).
pub const BODY_BYTES_MAX: usize = 1_000_000;

/// How long a body may take to arrive.
pub const BODY_READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The most bytes that are read of a body that is refused.
const DRAINED_BYTES_MAX: usize = 1_000_000;

/// How long a body that is refused is read.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(2);

/// A JSON body.
///
/// A form content type is read as an empty object, and so is no body; another or no content type, with a body, is 415.
/// A text that is no JSON, names a member twice or does not fit `T` is 400, and says where. `T` is read from the received
/// text, so its raw values are what was sent.
pub struct JsonBody<T>(pub T);

/// A body as it was sent, whatever its type.
pub struct RawBody(pub Bytes);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        let media_type = MediaType::of(request.headers());
        let bytes = read(request.into_body()).await?;
        if bytes.is_empty() || media_type == MediaType::Form {
            if media_type == MediaType::Form {
                tracing::warn!("a form was sent where JSON is read: it counts as an empty object");
            }
            return parsed(b"{}").map(Self);
        }
        match media_type {
            MediaType::Json => parsed(&bytes).map(Self),
            MediaType::Form | MediaType::Other => Err(Failure::not_understood(
                RequestError::UnsupportedMediaType,
                "Unsupported Media Type",
            )),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        read(request.into_body()).await.map(Self)
    }
}

/// What a content type means to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MediaType {
    Json,
    Form,
    Other,
}

impl MediaType {
    /// The content type of a request, without its parameters.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = text.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        let is = |name: &str| essence.eq_ignore_ascii_case(name);
        if is("application/json") {
            Self::Json
        } else if is("application/x-www-form-urlencoded") {
            Self::Form
        } else {
            Self::Other
        }
    }
}

/// Reads a whole body, within its limits of size and time.
pub(crate) async fn read(mut body: Body) -> Result<Bytes, Failure> {
    let collected = Limited::new(&mut body, BODY_BYTES_MAX).collect();
    match tokio::time::timeout(BODY_READ_TIMEOUT, collected).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            drain(body).await;
            Err(too_large())
        }
        Ok(Err(error)) => Err(Failure::request("request body: cannot be read").because(error)),
        Err(_elapsed) => Err(Failure::not_understood(RequestError::TimedOut, "Request Timeout")),
    }
}

/// Reads on a little and forgets it: a connection that is closed while its client writes is reset, and the reset may
/// overtake the answer.
pub(crate) async fn drain(mut body: Body) {
    let mut left = DRAINED_BYTES_MAX;
    let rest = async {
        while let Some(Ok(frame)) = body.frame().await {
            let Some(less) = left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) else {
                return;
            };
            left = less;
        }
    };
    // What does not come in time is not waited for: the answer matters more.
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, rest).await;
}

/// The answer to a body over the limit, in the contract's words.
pub(crate) fn too_large() -> Failure {
    Failure::not_understood(RequestError::TooLarge, "Request Entity Too Large")
}

fn parsed<T: DeserializeOwned>(text: &[u8]) -> Result<T, Failure> {
    // SECURITY: serde takes the last of two equal names, another reader the first; such a body means nothing.
    pecan_jose::json::parse(text)
        .map_err(|error| Failure::request(format!("request body: {error}")))?;
    serde_json::from_slice(text)
        .map_err(|error| Failure::request(format!("request body: {}", without_value(&error))))
}

/// What serde has to say, without the value that it met: that may be a secret, and the answer is logged.
fn without_value(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let Some((start @ ("invalid type" | "invalid value"), rest)) = text.split_once(": ") else {
        return text;
    };
    let kind = rest.split([' ', ',']).next().unwrap_or_default();
    match rest.rsplit_once(", expected ") {
        Some((_, expected)) => format!("{start}: {kind}, expected {expected}"),
        None => format!("{start}: {kind}"),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::respond::test::outcome;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Wish {
        subject: String,
    }

    async fn check(content_type: Option<&str>, body: &'static str, expected: (u16, &str)) {
        let mut request = Request::builder().method("POST");
        if let Some(content_type) = content_type {
            request = request.header("Content-Type", content_type);
        }
        let request = request.body(Body::from(body)).unwrap();
        let result = JsonBody::<Wish>::from_request(request, &()).await;
        let actual = match result {
            Ok(JsonBody(wish)) => (200, wish.subject),
            Err(failure) => outcome(&failure),
        };
        assert_eq!((actual.0, actual.1.as_str()), expected, "{content_type:?} {body}");
    }

    #[tokio::test]
    async fn content_types_decide_what_is_read() {
        let json = r#"{"subject":"clinic"}"#;
        let form = "application/x-www-form-urlencoded";
        check(Some("application/json"), json, (200, "clinic")).await;
        check(Some("Application/JSON; charset=utf-8"), json, (200, "clinic")).await;
        check(Some(form), json, (200, "")).await;
        check(None, "", (200, "")).await;
        check(Some("text/plain"), "", (200, "")).await;
        check(None, json, (415, "Unsupported Media Type")).await;
        check(Some("text/plain"), json, (415, "Unsupported Media Type")).await;
        check(Some("application/jsonx"), json, (415, "Unsupported Media Type")).await;
    }

    #[tokio::test]
    async fn a_broken_body_is_told_where_it_breaks_and_not_what_it_holds() {
        let json = Some("application/json");
        check(json, "{", (400, "request body: invalid json at line 1 column 1")).await;
        check(
            json,
            r#"{"subject":"a","subject":"b"}"#,
            (400, "request body: member `subject` occurs twice"),
        )
        .await;
        check(
            json,
            r#"{"subject":12}"#,
            (400, "request body: invalid type: integer, expected a string at line 1 column 13"),
        )
        .await;
        check(json, "\u{feff}{}", (400, "request body: invalid json at line 1 column 1")).await;
        check(
            json,
            r#""secret, expected 1""#,
            (400, "request body: invalid type: string, expected struct Wish at line 1 column 20"),
        )
        .await;
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused_while_it_is_read() {
        let fits = Body::from(vec![b'x'; BODY_BYTES_MAX]);
        assert_eq!(read(fits).await.map(|bytes| bytes.len()).ok(), Some(BODY_BYTES_MAX));
        let endless = futures_util::stream::repeat_with(|| {
            Ok::<_, std::io::Error>(Bytes::from_static(&[0; 4096]))
        });
        let failure = read(Body::from_stream(endless)).await.err().unwrap();
        assert_eq!(outcome(&failure), (413, "Request Entity Too Large".into()));
    }
}
