//! End to end: the executable as it is run, over real sockets, TLS and databases.
//!
//! What needs more than this machine has is skipped with a line that says so: `PECAN_TEST_POSTGRES` is the connection string of a
//! PostgreSQL server on which databases may be made, `PECAN_TEST_NODE=1` allows `npm ci`, and `PECAN_TEST_NGINX`, `PECAN_TEST_HAPROXY`,
//! `PECAN_TEST_CADDY` and `PECAN_TEST_OPA` are executables of others. `PECAN_BINARY` is an executable to test; without it, the debug one
//! is built.

#![cfg(test)]

mod binary;
mod certificates;
mod client;
mod crash;
mod database;
mod gateways;
mod independent_client;
mod issuing;
mod main_job;
mod node;
mod organizations;
mod presentation;
mod settings;
mod single_use;
