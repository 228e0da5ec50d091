//! Rows of the wallets: the credentials that each DID holds, and a counter that tells whether they have changed.

use pecan_credentials::did::Did;
use pecan_platform::sql::{SqlError, Tx};

/// A credential as it was loaded.
pub(super) struct CredentialRow {
    pub(super) id: String,
    pub(super) raw: String,
}

/// How often the wallet of a holder has changed; 0 before the first time.
pub(super) async fn version(tx: &mut Tx<'_>, holder: &Did) -> Result<i64, SqlError> {
    let row = tx
        .fetch_optional("SELECT version FROM wallet WHERE holder = ?", &[holder.as_str().into()])
        .await?;
    row.map_or(Ok(0), |row| row.integer(0))
}

/// Counts a change. Until the transaction ends, others that change the same wallet wait here.
pub(super) async fn next_version(tx: &mut Tx<'_>, holder: &Did) -> Result<i64, SqlError> {
    tx.execute(
        "INSERT INTO wallet (holder, version) VALUES (?, 1) \
         ON CONFLICT (holder) DO UPDATE SET version = wallet.version + 1",
        &[holder.as_str().into()],
    )
    .await?;
    version(tx, holder).await
}

/// All credentials of a holder, in the order in which they were loaded.
pub(super) async fn credentials(
    tx: &mut Tx<'_>,
    holder: &Did,
) -> Result<Vec<CredentialRow>, SqlError> {
    let rows = tx
        .fetch_all(
            "SELECT credential_id, raw FROM wallet_credential WHERE holder = ? ORDER BY position",
            &[holder.as_str().into()],
        )
        .await?;
    rows.iter().map(|row| Ok(CredentialRow { id: row.text(0)?, raw: row.text(1)? })).collect()
}

pub(super) async fn find_raw(
    tx: &mut Tx<'_>,
    holder: &Did,
    id: &str,
) -> Result<Option<String>, SqlError> {
    let row = tx
        .fetch_optional(
            "SELECT raw FROM wallet_credential WHERE holder = ? AND credential_id = ?",
            &[holder.as_str().into(), id.into()],
        )
        .await?;
    row.map(|row| row.text(0)).transpose()
}

pub(super) async fn count(tx: &mut Tx<'_>, holder: &Did) -> Result<i64, SqlError> {
    let row = tx
        .fetch_optional(
            "SELECT COUNT(*) FROM wallet_credential WHERE holder = ?",
            &[holder.as_str().into()],
        )
        .await?;
    row.map_or(Ok(0), |row| row.integer(0))
}

/// The credentials of all holders.
pub(super) async fn count_all(tx: &mut Tx<'_>) -> Result<i64, SqlError> {
    let row = tx.fetch_optional("SELECT COUNT(*) FROM wallet_credential", &[]).await?;
    row.map_or(Ok(0), |row| row.integer(0))
}

/// Adds a credential behind all others of the holder; `position` is the version of this change.
pub(super) async fn insert(
    tx: &mut Tx<'_>,
    holder: &Did,
    credential: &CredentialRow,
    position: i64,
) -> Result<(), SqlError> {
    tx.execute(
        "INSERT INTO wallet_credential (holder, credential_id, position, raw) VALUES (?, ?, ?, ?)",
        &[
            holder.as_str().into(),
            credential.id.as_str().into(),
            position.into(),
            credential.raw.as_str().into(),
        ],
    )
    .await
    .map(|_| ())
}

/// Removes a credential of a holder; whether it was there.
pub(super) async fn remove(tx: &mut Tx<'_>, holder: &Did, id: &str) -> Result<bool, SqlError> {
    let removed = tx
        .execute(
            "DELETE FROM wallet_credential WHERE holder = ? AND credential_id = ?",
            &[holder.as_str().into(), id.into()],
        )
        .await?;
    Ok(removed > 0)
}
