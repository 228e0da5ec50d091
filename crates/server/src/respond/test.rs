//! What a failure would say, for tests.

use super::failure::{Failure, What};
use super::render::status;

/// Status and text.
pub(crate) fn outcome(failure: &Failure) -> (u16, String) {
    let (What::Request(_, text) | What::Api(_, text) | What::OAuth(_, text)) = failure.what();
    (status(failure.what()).as_u16(), text.clone())
}
