//! Two complete nodes: the flows between them, replays, expiry, revocation.
#![cfg(test)]

mod main_job;
