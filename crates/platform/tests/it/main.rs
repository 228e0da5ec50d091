//! What the ports of this crate promise, against the real thing.

#![cfg(test)]

mod files;
mod http;
mod http_cache;
mod http_configured;
mod http_redirects;
mod http_server;
mod session;
mod session_log;
mod sql;
mod tasks;
mod vault;
mod world;
