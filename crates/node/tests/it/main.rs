//! Use cases over real stores: the database is in memory, the clock stands still, the network is a table.
#![cfg(test)]

mod access_facts;
mod dynamic_scopes;
mod gateway;
mod gateway_packs;
mod issuer;
mod keys;
mod outsider;
mod party;
mod resolver;
mod status;
mod subjects;
mod verifier;
mod wallet;
