//! Decentralized identifiers: syntax, documents, and the methods that resolve without asking anyone.
//!
//! [DID Core](https://www.w3.org/TR/did-core/). Does not fetch: a did:web document comes from the caller.

// The module of the type that gives this folder its name.
#[expect(clippy::module_inception, reason = "the DID is the one thing this file is about")]
pub mod did;
pub mod did_url;
pub mod document;
pub mod jwk;
pub mod key;
pub mod service;
pub mod verification_method;
pub mod web;
pub mod x509;

pub use did::Did;
pub use did_url::DidUrl;
