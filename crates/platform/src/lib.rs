//! The only crate that touches the machine: clock, randomness, SQL, sessions, outbound HTTP, key files, background tasks.
//!
//! It does not know what a credential or a token is.

pub mod clock;
pub mod env;
pub mod files;
pub mod http;
pub mod process;
pub mod random;
pub mod session;
pub mod sql;
pub mod tasks;
pub mod vault;

use std::future::Future;
use std::pin::Pin;

pub use env::Env;

/// A future behind a port: ports are trait objects, not type parameters (architecture 3.8).
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
