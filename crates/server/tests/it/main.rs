//! The contract: requests through the real routers, answers as recorded.

#![cfg(test)]

mod access_facts;
mod api;
mod client;
mod dpop_validate;
mod frame;
mod gateway;
mod hospital;
mod introspection;
mod issuer;
mod metadata;
mod operations;
mod party;
mod store;
mod subject;
mod token_endpoint;
mod token_refusals;
mod verifier;
mod wallet;
