//! Turns HTTP requests into calls of the node and results into bodies, on the public and the internal listener
//! and on the one of API gateways.
//!
//! Handlers parse and render; they decide nothing. Error bodies are made in `respond` and nowhere else.

pub mod extract;
pub mod gateway;
pub mod internal;
pub mod listen;
mod middleware;
pub mod operations;
pub mod public;
pub mod respond;
pub mod routes;
pub mod settings;

use std::sync::Arc;

use pecan_node::Node;
use time::OffsetDateTime;

pub use settings::Settings;

/// What every handler can reach. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The node.
    pub node: Arc<Node>,
    /// What the listeners were told.
    pub settings: Arc<Settings>,
    /// When it was started.
    pub started_at: OffsetDateTime,
}

impl App {
    /// A node behind listeners that were told this.
    pub fn new(node: Arc<Node>, settings: Settings) -> Self {
        let started_at = node.env.clock.now();
        Self { node, settings: Arc::new(settings), started_at }
    }
}
