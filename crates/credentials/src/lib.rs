//! The data model of DIDs, credentials and presentations: parse, prove, status lists, Presentation Exchange.

pub mod contexts;
pub mod credential;
pub mod date_time;
pub mod did;
mod document;
pub mod exchange;
pub mod format;
pub mod key_id;
mod one_or_many;
pub mod presentation;
pub mod proof;
pub mod status;
pub mod token;
