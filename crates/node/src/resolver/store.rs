//! The table `did_document_version`: each version of each document of this node.

use pecan_credentials::did::Did;
use pecan_platform::sql::{SqlError, Tx};

/// One version of a document. Times are Unix seconds.
pub(super) struct Version {
    /// Counted from 0.
    pub(super) number: i64,
    /// When version 0 was made.
    pub(super) created_at: i64,
    /// When this version was made.
    pub(super) updated_at: i64,
    /// The document as JSON.
    pub(super) raw: String,
}

pub(super) async fn find_newest(tx: &mut Tx<'_>, did: &Did) -> Result<Option<Version>, SqlError> {
    let sql = "SELECT version, created_at, updated_at, raw FROM did_document_version \
               WHERE did = ? ORDER BY version DESC LIMIT 1";
    let Some(row) = tx.fetch_optional(sql, &[did.as_str().into()]).await? else {
        return Ok(None);
    };
    Ok(Some(Version {
        number: row.integer(0)?,
        created_at: row.integer(1)?,
        updated_at: row.integer(2)?,
        raw: row.text(3)?,
    }))
}

pub(super) async fn insert(tx: &mut Tx<'_>, did: &Did, version: &Version) -> Result<(), SqlError> {
    let sql = "INSERT INTO did_document_version (did, version, created_at, updated_at, raw) \
               VALUES (?, ?, ?, ?, ?)";
    let values = [
        did.as_str().into(),
        version.number.into(),
        version.created_at.into(),
        version.updated_at.into(),
        version.raw.as_str().into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}
