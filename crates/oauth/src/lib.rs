//! The messages of OAuth 2 and AuthZEN as Nuts uses them: parse, build, metadata, error codes. Pure functions over values.

pub mod authzen;
pub mod error;
pub mod introspection;
pub mod metadata;
pub mod token;
pub mod token_request;
pub mod token_response;
