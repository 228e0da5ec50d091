//! The packs of `policies/` through the whole chain: token, proof of possession, request, facts, policy, obligations.
//!
//! What is laid down by an operator is added to them: who is registered, who is on a list, what a use case opens.

mod bgz;
mod chain;
mod eoverdracht;
mod framework;
mod huisartsvvt;
mod medication;
mod notification;
