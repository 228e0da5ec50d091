//! Listens in on what a node sends to others, so that the story tells what happened and not what should have.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use pecan_platform::BoxFuture;
use pecan_platform::http::{HttpClient, HttpError, Request, Response};

/// How many messages are kept.
const MESSAGES_MAX: usize = 1000;

/// A message that a node sent, and the answer.
#[derive(Clone, Debug)]
pub(super) struct Message {
    /// `GET` or `POST`.
    pub(super) method: String,
    /// The whole URL.
    pub(super) url: String,
    /// The header with a proof of possession.
    pub(super) proof: Option<String>,
    /// The body of the request.
    pub(super) body: String,
    /// The status of the answer; `None` if there was none.
    pub(super) status: Option<u16>,
    /// Whether the answer was kept from before, so that nothing was sent.
    pub(super) is_kept: bool,
}

/// An HTTP client that keeps a copy of what passes through it.
pub(super) struct Tap {
    inner: Arc<dyn HttpClient>,
    messages: Mutex<Vec<Message>>,
    /// The last answer of each place: one from the cache shares its bytes with it.
    answers: Mutex<HashMap<String, Bytes>>,
}

impl Tap {
    /// Listens in on a client.
    pub(super) fn new(inner: Arc<dyn HttpClient>) -> Self {
        Self { inner, messages: Mutex::default(), answers: Mutex::default() }
    }

    /// What passed since this was last asked.
    pub(super) fn take(&self) -> Vec<Message> {
        std::mem::take(&mut *self.messages.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Tap {
    fn is_known(&self, url: &str, body: &Bytes) -> bool {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let last = answers.insert(url.to_owned(), body.clone());
        last.is_some_and(|last| !body.is_empty() && last.as_ptr() == body.as_ptr())
    }
}

impl HttpClient for Tap {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        let header = |name| request.headers.get(name).and_then(|value| value.to_str().ok());
        let mut message = Message {
            method: request.method.to_string(),
            url: request.url.to_string(),
            proof: header("dpop").map(str::to_owned),
            body: String::from_utf8_lossy(&request.body).into_owned(),
            status: None,
            is_kept: false,
        };
        Box::pin(async move {
            let answer = self.inner.send(request).await;
            if let Ok(answer) = &answer {
                message.status = Some(answer.status.as_u16());
                message.is_kept = self.is_known(&message.url, &answer.body);
            }
            let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
            if messages.len() == MESSAGES_MAX {
                messages.remove(0);
            }
            messages.push(message);
            answer
        })
    }
}
