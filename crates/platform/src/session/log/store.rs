//! The statements on the table `session_log`.

use bytes::Bytes;

use super::row::Place;
use super::rows::Range;
use crate::sql::{Access, Db, SqlError, Text, Value};

const APPEND: &str = "INSERT INTO session_log (sequence, expires_at_milliseconds, entries, contents) VALUES (?, ?, ?, ?)";
const VALUE: &str = "SELECT substr(contents, ?, ?) FROM session_log WHERE sequence = ?";
const ROWS: &str = "SELECT sequence, expires_at_milliseconds, entries, length(contents) FROM session_log \
                    WHERE sequence > ? ORDER BY sequence LIMIT ?";
const REMOVE: &str = "DELETE FROM session_log WHERE sequence BETWEEN ? AND ?";

/// A row to be written.
pub(super) struct Draft {
    pub(super) sequence: i64,
    /// When all its entries have expired, and all that they replace: Unix time in milliseconds.
    pub(super) expires_at: i64,
    pub(super) entries: Vec<u8>,
    pub(super) contents: Vec<u8>,
}

/// A row without its contents.
pub(super) struct Stored {
    pub(super) sequence: i64,
    pub(super) expires_at: i64,
    pub(super) entries: Vec<u8>,
    pub(super) contents_length: i64,
}

/// Writes a row. It is committed when this returns.
pub(super) async fn append(db: &Db, draft: &Draft) -> Result<(), SqlError> {
    let values = [
        draft.sequence.into(),
        draft.expires_at.into(),
        Value::Blob(&draft.entries),
        Value::Blob(&draft.contents),
    ];
    db.run("session.append", Access::Write, Text::Common(APPEND), &values).await.map(drop)
}

/// A value. None if its row is gone.
pub(super) async fn value(db: &Db, place: Place) -> Result<Option<Bytes>, SqlError> {
    // SQL counts from 1.
    let start = i64::from(place.offset) + 1;
    let values = [start.into(), i64::from(place.length).into(), place.row.into()];
    let rows = db.run("session.value", Access::Read, Text::Common(VALUE), &values).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let value = row.blob(0)?;
    if value.len() != place.length as usize {
        return Err(SqlError::new("a row of the table `session_log` is shorter than it was"));
    }
    Ok(Some(value.into()))
}

/// The next rows behind one, in order.
pub(super) async fn rows_after(db: &Db, last: i64, limit: u32) -> Result<Vec<Stored>, SqlError> {
    let values = [last.into(), i64::from(limit).into()];
    let rows = db.run("session.load", Access::Read, Text::Common(ROWS), &values).await?;
    let stored = rows.iter().map(|row| {
        Ok(Stored {
            sequence: row.integer(0)?,
            expires_at: row.integer(1)?,
            entries: row.blob(2)?,
            contents_length: row.integer(3)?,
        })
    });
    stored.collect()
}

/// Removes the rows of a range.
pub(super) async fn remove(db: &Db, range: Range) -> Result<(), SqlError> {
    let values = [range.first.into(), range.last.into()];
    db.run("session.sweep", Access::Write, Text::Common(REMOVE), &values).await.map(drop)
}
