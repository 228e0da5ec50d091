//! Status lists: one bit per credential, published by its issuer.
//!
//! Reads and writes them; fetching, caching and signing are the caller's.

pub mod bitstring;
pub mod bitstring_status_list;
mod members;
pub mod status_list_2021;

pub use bitstring::Bitstring;
