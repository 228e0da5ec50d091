//! What each DID holds, parsed once and kept in memory.
//!
//! A change by this node is seen at once. One by another node on the same database is seen within [`AGE_MAX`].

use std::collections::HashMap;
use std::sync::Arc;

use moka::sync::Cache;
use pecan_credentials::credential::Credential;
use pecan_credentials::did::Did;
use pecan_platform::sql::{Db, SqlError};
use time::{Duration, OffsetDateTime};

use super::store::{self, CredentialRow};

/// How long nobody asks the database whether a wallet has changed.
const AGE_MAX: Duration = Duration::seconds(2);
/// The most credentials in memory, over all wallets; an empty wallet counts as one.
const CREDENTIALS_MAX: u64 = 20_000;

/// What one DID holds.
pub(super) struct Holding {
    /// In the order in which they were loaded.
    pub(super) credentials: Vec<Credential>,
    version: i64,
    checked_at: OffsetDateTime,
}

/// What all DIDs hold. Cheap to clone; clones share their memory.
#[derive(Clone)]
pub(super) struct Holdings {
    db: Db,
    held: Cache<Did, Arc<Holding>>,
}

impl Holdings {
    pub(super) fn new(db: Db) -> Self {
        let held = Cache::builder()
            .max_capacity(CREDENTIALS_MAX)
            .weigher(|_: &Did, holding: &Arc<Holding>| {
                u32::try_from(holding.credentials.len()).unwrap_or(u32::MAX).max(1)
            })
            .build();
        Self { db, held }
    }

    /// What a DID holds now.
    pub(super) async fn find(
        &self,
        holder: &Did,
        now: OffsetDateTime,
    ) -> Result<Arc<Holding>, SqlError> {
        let known = self.held.get(holder);
        if let Some(known) = &known
            && (now - known.checked_at).abs() < AGE_MAX
        {
            return Ok(Arc::clone(known));
        }
        let known_version = known.as_ref().map(|known| known.version);
        let read = self.db.read("wallet.read", async |tx| {
            let version = store::version(tx, holder).await?;
            if known_version == Some(version) {
                return Ok::<_, SqlError>((version, None));
            }
            Ok((version, Some(store::credentials(tx, holder).await?)))
        });
        let (version, rows) = read.await?;
        let credentials = match (rows, known) {
            (Some(rows), known) => parse(rows, known.as_deref()),
            (None, Some(known)) => known.credentials.clone(),
            (None, None) => Vec::new(),
        };
        let holding = Arc::new(Holding { credentials, version, checked_at: now });
        self.held.insert(holder.clone(), Arc::clone(&holding));
        Ok(holding)
    }

    /// Forgets what a DID held before a change.
    pub(super) fn forget(&self, holder: &Did) {
        self.held.invalidate(holder);
    }
}

/// Parses what was not parsed before.
fn parse(rows: Vec<CredentialRow>, known: Option<&Holding>) -> Vec<Credential> {
    let known = known.map(|known| known.credentials.as_slice()).unwrap_or_default();
    let known: HashMap<&str, &Credential> =
        known.iter().map(|credential| (credential.raw(), credential)).collect();
    let parse = |row: CredentialRow| match known.get(row.raw.as_str()) {
        Some(credential) => Some(Credential::clone(credential)),
        None => Credential::parse(&row.raw)
            .inspect_err(|_| tracing::error!(id = row.id, "stored credential cannot be read"))
            .ok(),
    };
    rows.into_iter().filter_map(parse).collect()
}
