//! The statements on the table `session`.

use std::sync::Arc;

use bytes::Bytes;

use super::id::Id;
use super::sql_batch::{BATCH_MAX, Operation, Verb};
use crate::sql::{Access, Db, Dialect, Row, SqlError, Text, Value};

const FIND: &str = "SELECT value, expires_at_milliseconds FROM session WHERE id = ?";

/// Statements that depend on the database and on the number of rows, put together once.
pub(super) struct Statements {
    /// For 1 row, for 2 rows, …
    put: Vec<Arc<str>>,
    take: Vec<Arc<str>>,
    remove_expired: Arc<str>,
}

impl Statements {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            put: (1..=BATCH_MAX).map(|rows| dialect.ready(&put_text(rows))).collect(),
            take: (1..=BATCH_MAX).map(|rows| dialect.ready(&take_text(rows, dialect))).collect(),
            remove_expired: dialect.ready(&remove_expired_text(dialect)),
        }
    }
}

/// Expired rows give way to all values, others to values that replace.
fn put_text(rows: usize) -> String {
    let rows = vec!["(?, ?, ?, ?)"; rows].join(", ");
    format!(
        "INSERT INTO session (id, value, expires_at_milliseconds, replaces) VALUES {rows} \
         ON CONFLICT (id) DO UPDATE SET value = excluded.value, \
         expires_at_milliseconds = excluded.expires_at_milliseconds, replaces = excluded.replaces \
         WHERE session.expires_at_milliseconds <= ? OR excluded.replaces = 1 RETURNING id"
    )
}

/// Locks in the order of ids, as putting does: nodes that wait for each other do not wait in a ring.
fn take_text(rows: usize, dialect: Dialect) -> String {
    let ids = vec!["?"; rows].join(", ");
    let lock = dialect.for_update();
    format!(
        "DELETE FROM session WHERE id IN (SELECT id FROM session WHERE id IN ({ids}) ORDER BY id {lock}) \
         RETURNING id, value, expires_at_milliseconds"
    )
}

/// Holds locks but waits for none, so it is in no ring either.
fn remove_expired_text(dialect: Dialect) -> String {
    let (row, lock) = (dialect.row_id(), dialect.for_update_of_free());
    format!(
        "DELETE FROM session WHERE {row} IN (SELECT {row} FROM session WHERE expires_at_milliseconds <= ? \
         ORDER BY expires_at_milliseconds LIMIT ? {lock})"
    )
}

fn for_rows(texts: &[Arc<str>], rows: usize) -> Text {
    let text = rows.checked_sub(1).and_then(|index| texts.get(index));
    Text::Ready(Arc::clone(text.expect("a batch has at least 1 and at most BATCH_MAX rows")))
}

/// The value of a key, expired or not, and when it expires: Unix time in milliseconds.
pub(super) async fn find(db: &Db, id: Id) -> Result<Option<(Bytes, i64)>, SqlError> {
    let values = [Value::Blob(id.as_bytes())];
    let rows = db.run("session.find", Access::Read, Text::Common(FIND), &values).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some((row.blob(0)?.into(), row.integer(1)?)))
}

/// Writes values, no two of one key, in the order of ids. For each, whether it was stored.
pub(super) async fn put(
    db: &Db,
    statements: &Statements,
    operations: &[Operation],
) -> Result<Vec<bool>, SqlError> {
    let mut values = Vec::with_capacity(operations.len() * 4 + 1);
    for operation in operations {
        let Verb::Put { value, expires_at, replaces } = &operation.verb else { continue };
        let id = Value::Blob(operation.id.as_bytes());
        values.extend([id, Value::Blob(value), (*expires_at).into(), (*replaces).into()]);
    }
    // The earliest: in doubt a value counts as unexpired, and a second use is refused.
    let now = operations.iter().map(|operation| operation.now).min().unwrap_or(i64::MIN);
    values.push(now.into());
    let text = for_rows(&statements.put, operations.len());
    let rows = db.run("session.put", Access::Write, text, &values).await?;
    if rows.len() == operations.len() {
        return Ok(vec![true; rows.len()]);
    }
    let stored: Vec<Vec<u8>> = rows.iter().map(|row| row.blob(0)).collect::<Result<_, _>>()?;
    let is_stored =
        |operation: &Operation| stored.iter().any(|id| id.as_slice() == operation.id.as_bytes());
    Ok(operations.iter().map(is_stored).collect())
}

/// Removes values. Which were there, expired or not.
pub(super) async fn take(
    db: &Db,
    statements: &Statements,
    ids: &[Id],
) -> Result<Vec<Taken>, SqlError> {
    let values: Vec<Value<'_>> = ids.iter().map(|id| Value::Blob(id.as_bytes())).collect();
    let text = for_rows(&statements.take, ids.len());
    let rows = db.run("session.take", Access::Write, text, &values).await?;
    rows.iter().map(Taken::read).collect()
}

/// A value that was removed.
pub(super) struct Taken {
    pub(super) id: Vec<u8>,
    pub(super) value: Bytes,
    /// Unix time in milliseconds.
    pub(super) expires_at: i64,
}

impl Taken {
    fn read(row: &Row) -> Result<Self, SqlError> {
        Ok(Self { id: row.blob(0)?, value: row.blob(1)?.into(), expires_at: row.integer(2)? })
    }
}

/// Removes up to `limit` values that have expired; how many.
pub(super) async fn remove_expired(
    db: &Db,
    statements: &Statements,
    now: i64,
    limit: u32,
) -> Result<u64, SqlError> {
    let text = Text::Ready(Arc::clone(&statements.remove_expired));
    let values = [now.into(), i64::from(limit).into()];
    db.write("session.sweep", async |tx| tx.execute_text(text, &values).await).await
}
