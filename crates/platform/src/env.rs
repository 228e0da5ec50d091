//! What a node needs from the world.

use std::sync::Arc;

use crate::clock::Clock;
use crate::http::HttpClient;
use crate::random::Random;
use crate::session::SessionStore;
use crate::sql::Db;
use crate::vault::KeyVault;

/// The ports of one node. Cheap to clone; one per process, one per test.
#[derive(Clone)]
pub struct Env {
    /// Tells the time; a use case reads it once.
    pub clock: Arc<dyn Clock>,
    /// Draws nonces, tokens and ids.
    pub random: Arc<dyn Random>,
    /// Sends requests to other parties.
    pub http: Arc<dyn HttpClient>,
    /// Keeps what lives for seconds or minutes: tokens, nonces, proof ids.
    pub sessions: Arc<dyn SessionStore>,
    /// Makes private keys and signs with them.
    pub vault: Arc<dyn KeyVault>,
    /// Keeps what stays: subjects, documents, credentials, status lists.
    pub db: Db,
}
