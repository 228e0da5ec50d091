//! Rows of the verifier: copies of status lists of others, and trusted issuers.

use pecan_platform::sql::{SqlError, Tx, Value};
use time::OffsetDateTime;

/// A copy of a status list.
pub(super) struct ListRow {
    /// The credential, as received.
    pub(super) raw: String,
    /// When it was.
    pub(super) downloaded_at: OffsetDateTime,
}

pub(super) async fn find_list(tx: &mut Tx<'_>, url: &str) -> Result<Option<ListRow>, SqlError> {
    let row = tx
        .fetch_optional(
            "SELECT raw, downloaded_at FROM status_list_copy WHERE url = ?",
            &[Value::from(url)],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    // A time that cannot be read is a long time ago.
    let downloaded_at =
        OffsetDateTime::from_unix_timestamp(row.integer(1)?).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    Ok(Some(ListRow { raw: row.text(0)?, downloaded_at }))
}

pub(super) async fn put_list(
    tx: &mut Tx<'_>,
    url: &str,
    raw: &str,
    downloaded_at: OffsetDateTime,
) -> Result<(), SqlError> {
    tx.execute(
        "INSERT INTO status_list_copy (url, raw, downloaded_at) VALUES (?, ?, ?) \
         ON CONFLICT (url) DO UPDATE SET raw = excluded.raw, downloaded_at = excluded.downloaded_at",
        &[url.into(), raw.into(), downloaded_at.unix_timestamp().into()],
    )
    .await
    .map(|_| ())
}

/// Removes copies that were downloaded before `before`, and the oldest of more than `count`.
pub(super) async fn prune_lists(
    tx: &mut Tx<'_>,
    before: OffsetDateTime,
    count: i64,
) -> Result<(), SqlError> {
    tx.execute(
        "DELETE FROM status_list_copy WHERE downloaded_at < ?",
        &[before.unix_timestamp().into()],
    )
    .await?;
    tx.execute(
        "DELETE FROM status_list_copy WHERE downloaded_at < \
         (SELECT downloaded_at FROM status_list_copy ORDER BY downloaded_at DESC LIMIT 1 OFFSET ?)",
        &[count.into()],
    )
    .await
    .map(|_| ())
}

pub(super) async fn put_trust(
    tx: &mut Tx<'_>,
    credential_type: &str,
    issuer: &str,
) -> Result<(), SqlError> {
    tx.execute(
        "INSERT INTO trusted_issuer (credential_type, issuer) VALUES (?, ?) \
         ON CONFLICT (credential_type, issuer) DO NOTHING",
        &[credential_type.into(), issuer.into()],
    )
    .await
    .map(|_| ())
}

pub(super) async fn remove_trust(
    tx: &mut Tx<'_>,
    credential_type: &str,
    issuer: &str,
) -> Result<(), SqlError> {
    tx.execute(
        "DELETE FROM trusted_issuer WHERE credential_type = ? AND issuer = ?",
        &[credential_type.into(), issuer.into()],
    )
    .await
    .map(|_| ())
}

pub(super) async fn list_trusted(
    tx: &mut Tx<'_>,
    credential_type: &str,
    limit: i64,
) -> Result<Vec<String>, SqlError> {
    let rows = tx
        .fetch_all(
            "SELECT issuer FROM trusted_issuer WHERE credential_type = ? ORDER BY issuer LIMIT ?",
            &[credential_type.into(), limit.into()],
        )
        .await?;
    rows.iter().map(|row| row.text(0)).collect()
}
