//! Gateways that others wrote, configured as in `examples/`, before a FHIR server that is none: what reaches it, and what does not.
//!
//! Skipped without the executables; see the crate.

mod caddy;
mod checks;
mod example;
mod files;
mod haproxy;
mod nginx;
mod opa;
mod stub;
mod three_calls;
mod world;
