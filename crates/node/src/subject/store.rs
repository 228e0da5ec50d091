//! The tables `subject` and `did`: names, and the DIDs of each.

use std::collections::BTreeMap;

use pecan_credentials::did::Did;
use pecan_platform::sql::{SqlError, Tx};
use time::OffsetDateTime;

use super::{Subject, SubjectId};

/// The DIDs of a subject in order of preference; none if there is no such subject.
pub(super) async fn dids(tx: &mut Tx<'_>, subject: &SubjectId) -> Result<Vec<Did>, SqlError> {
    let sql = "SELECT id FROM did WHERE subject = ? ORDER BY position";
    let mut dids = Vec::new();
    for row in tx.fetch_all(sql, &[subject.as_str().into()]).await? {
        dids.extend(Did::parse(&row.text(0)?));
    }
    Ok(dids)
}

/// Keeps others from changing a subject until the transaction ends; whether there is such a subject.
pub(super) async fn lock(tx: &mut Tx<'_>, subject: &SubjectId) -> Result<bool, SqlError> {
    let sql = "UPDATE subject SET name = name WHERE name = ?";
    Ok(tx.execute(sql, &[subject.as_str().into()]).await? > 0)
}

pub(super) async fn list(tx: &mut Tx<'_>) -> Result<BTreeMap<SubjectId, Vec<Did>>, SqlError> {
    let sql = "SELECT subject, id FROM did ORDER BY subject, position";
    let mut subjects = BTreeMap::<_, Vec<_>>::new();
    for row in tx.fetch_all(sql, &[]).await? {
        let name = SubjectId(row.text(0)?);
        subjects.entry(name).or_default().extend(Did::parse(&row.text(1)?));
    }
    Ok(subjects)
}

/// Adds a subject. Fails as a duplicate if the name is taken.
pub(super) async fn insert(
    tx: &mut Tx<'_>,
    subject: &Subject,
    now: OffsetDateTime,
) -> Result<(), SqlError> {
    let sql = "INSERT INTO subject (name, created_at) VALUES (?, ?)";
    tx.execute(sql, &[subject.id.as_str().into(), now.unix_timestamp().into()]).await?;
    for (position, did) in (0_i64..).zip(&subject.dids) {
        let sql = "INSERT INTO did (id, subject, position) VALUES (?, ?, ?)";
        let values = [did.as_str().into(), subject.id.as_str().into(), position.into()];
        tx.execute(sql, &values).await?;
    }
    Ok(())
}
