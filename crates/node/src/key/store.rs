//! The table `key_reference`: which key of the vault belongs to a key id.

use pecan_credentials::did::DidUrl;
use pecan_platform::sql::{SqlError, Tx};
use pecan_platform::vault::KeyName;

pub(super) async fn find(tx: &mut Tx<'_>, id: &DidUrl) -> Result<Option<KeyName>, SqlError> {
    let sql = "SELECT key_name, version FROM key_reference WHERE kid = ?";
    let Some(row) = tx.fetch_optional(sql, &[id.as_str().into()]).await? else {
        return Ok(None);
    };
    Ok(Some(KeyName { name: row.text(0)?, version: row.text(1)? }))
}

pub(super) async fn insert(tx: &mut Tx<'_>, id: &DidUrl, key: &KeyName) -> Result<(), SqlError> {
    let sql = "INSERT INTO key_reference (kid, key_name, version) VALUES (?, ?, ?)";
    let values = [id.as_str().into(), key.name.as_str().into(), key.version.as_str().into()];
    tx.execute(sql, &values).await?;
    Ok(())
}
