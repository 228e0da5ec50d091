//! What handlers take out of a request, with the contract's own errors (contract/iam.md 2.2, contract/credentials.md 1.1, 1.4).

mod body;
mod form;
mod path;
mod percent;
mod query;

pub use body::{BODY_BYTES_MAX, BODY_READ_TIMEOUT, JsonBody, RawBody};
pub use form::OAuthForm;
pub use path::{RawPath, path_id};
pub use query::Query;

pub(crate) use body::{drain, too_large};
pub(crate) use path::parameters;
pub(crate) use percent::{decode as decode_path, decode_form, is_well_formed};

/// The most parameters of a query or a form.
pub const PARAMETERS_MAX: usize = 100;
