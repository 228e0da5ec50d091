//! Writes a failure into the log, once, with everything the caller was not told.

use std::error::Error;
use std::fmt::Write as _;
use std::net::IpAddr;

use super::failure::{Failure, What};
use super::render::{Place, Style, status};

/// The most errors of a chain that are written.
const CAUSES_MAX: usize = 16;

/// Who asked, and under which number the log can be searched.
pub(crate) struct Refusal<'a> {
    /// A random id. The caller's answer does not have it.
    pub(crate) id: &'a str,
    /// The subject of the path, as it was sent.
    pub(crate) subject: &'a str,
    /// The client's address.
    pub(crate) client: Option<IpAddr>,
}

/// Logs a failure: our own at `error`, a refused OAuth request at `info`, another refused call at `warn`.
pub(crate) fn log(failure: &Failure, place: Place, refusal: &Refusal<'_>) {
    let what = failure.what();
    let status = status(what);
    let (code, detail) = match what {
        What::Request(_, detail) | What::Api(_, detail) => ("", detail.as_str()),
        What::OAuth(code, description) => (code.as_str(), description.as_str()),
    };
    let cause = failure.cause().map(|cause| chain(cause)).unwrap_or_default();
    let client = refusal.client.map(|address| address.to_string()).unwrap_or_default();
    macro_rules! entry {
        ($level:ident, $message:literal) => {
            tracing::$level!(
                refusal.id = refusal.id,
                operation = place.operation.unwrap_or_default(),
                subject = refusal.subject,
                client,
                status = status.as_u16(),
                code,
                detail,
                cause,
                $message
            )
        };
    }
    if status.is_server_error() {
        entry!(error, "request failed");
    } else if matches!(place.style, Style::OAuth(_)) {
        entry!(info, "request refused");
    } else {
        entry!(warn, "request refused");
    }
}

/// An error and its sources, in one line. A text that only repeats the one before it is left out.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut last = text.clone();
    let mut source = error.source();
    for _ in 0..CAUSES_MAX {
        let Some(next) = source else { break };
        let said = next.to_string();
        if said != last {
            write!(text, ": {said}").expect("a string takes any text");
            last = said;
        }
        source = next.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        #[source]
        cause: Option<Box<Layer>>,
    }

    #[test]
    fn every_source_is_written_once() {
        let inner = Layer { text: "list is stale", cause: None };
        let repeated = Layer { text: "list is stale", cause: Some(Box::new(inner)) };
        let outer = Layer { text: "status is unknown", cause: Some(Box::new(repeated)) };
        assert_eq!(chain(&outer), "status is unknown: list is stale");
    }
}
