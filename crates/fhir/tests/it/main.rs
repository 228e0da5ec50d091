//! What requests mean, and which mean nothing.
#![cfg(test)]

mod body;
mod bundle;
mod capability;
mod fixture;
mod headers;
mod interaction;
mod narrow;
mod property;
mod search;
