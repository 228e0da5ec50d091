//! SQL over SQLite and PostgreSQL: one set of store functions, a few words apart.
//!
//! The drivers are named only in this folder and in `session`. SQL text is written with `?` placeholders, in `store.rs` files
//! of the node. Nothing relies on the state of a connection, so all of it works through a pooler in transaction mode.

mod connection_string;
mod db;
mod dialect;
mod error;
mod migrate;
mod pool;
mod postgres;
mod sqlite;
mod tx;
mod value;

pub use db::{Db, transaction_is_open};
pub use error::SqlError;
pub use tx::Tx;
pub use value::{Row, Value};

pub(crate) use db::Access;
pub(crate) use dialect::Dialect;
pub(crate) use tx::Text;
