//! The data model of DIDs, credentials and presentations: parse, prove, status lists, Presentation Exchange.

pub mod contexts;
pub mod did;
pub mod exchange;
pub mod format;
pub mod status;
