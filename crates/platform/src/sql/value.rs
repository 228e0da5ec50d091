//! What goes into a statement and what comes out.

use sqlx::postgres::{PgArguments, PgRow, PgTypeInfo};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, Row as _};

use super::error::SqlError;

/// A value of a statement. Store functions pass `&[Value]`.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// SQL NULL.
    Null,
    /// A whole number; times are Unix seconds, truth is 0 or 1.
    Integer(i64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Blob(bytes)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(fact: bool) -> Self {
        Self::Integer(i64::from(fact))
    }
}

/// Absent values are NULL.
impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A row of a result; columns by position.
pub struct Row(Inner);

enum Inner {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The text in a column.
    pub fn text(&self, column: usize) -> Result<String, SqlError> {
        Ok(match &self.0 {
            Inner::Sqlite(row) => row.try_get(column)?,
            Inner::Postgres(row) => row.try_get(column)?,
        })
    }

    /// The text in a column that may be NULL.
    pub fn optional_text(&self, column: usize) -> Result<Option<String>, SqlError> {
        Ok(match &self.0 {
            Inner::Sqlite(row) => row.try_get(column)?,
            Inner::Postgres(row) => row.try_get(column)?,
        })
    }

    /// The whole number in a column.
    pub fn integer(&self, column: usize) -> Result<i64, SqlError> {
        self.optional_integer(column)?
            .ok_or_else(|| SqlError::new(format!("column {column} is NULL")))
    }

    /// The whole number in a column that may be NULL.
    pub fn optional_integer(&self, column: usize) -> Result<Option<i64>, SqlError> {
        match &self.0 {
            Inner::Sqlite(row) => Ok(row.try_get(column)?),
            // PostgreSQL takes a small literal for an `integer`.
            Inner::Postgres(row) => match row.try_get::<Option<i64>, _>(column) {
                Ok(number) => Ok(number),
                Err(error) => match row.try_get::<Option<i32>, _>(column) {
                    Ok(number) => Ok(number.map(i64::from)),
                    Err(_) => Err(error.into()),
                },
            },
        }
    }

    /// The truth in a column of 0 and 1.
    pub fn boolean(&self, column: usize) -> Result<bool, SqlError> {
        Ok(self.integer(column)? != 0)
    }

    /// The bytes in a column.
    pub fn blob(&self, column: usize) -> Result<Vec<u8>, SqlError> {
        Ok(match &self.0 {
            Inner::Sqlite(row) => row.try_get(column)?,
            Inner::Postgres(row) => row.try_get(column)?,
        })
    }

    /// The bytes in a column that may be NULL.
    pub fn optional_blob(&self, column: usize) -> Result<Option<Vec<u8>>, SqlError> {
        Ok(match &self.0 {
            Inner::Sqlite(row) => row.try_get(column)?,
            Inner::Postgres(row) => row.try_get(column)?,
        })
    }
}

impl From<SqliteRow> for Row {
    fn from(row: SqliteRow) -> Self {
        Self(Inner::Sqlite(row))
    }
}

impl From<PgRow> for Row {
    fn from(row: PgRow) -> Self {
        Self(Inner::Postgres(row))
    }
}

pub(super) fn sqlite_arguments(values: &[Value<'_>]) -> Result<SqliteArguments, SqlError> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        match value {
            Value::Null => arguments.add(None::<i64>),
            Value::Integer(number) => arguments.add(*number),
            Value::Text(text) => arguments.add(*text),
            Value::Blob(bytes) => arguments.add(*bytes),
        }
        .map_err(|_| unwritable())?;
    }
    Ok(arguments)
}

pub(super) fn postgres_arguments(values: &[Value<'_>]) -> Result<PgArguments, SqlError> {
    let mut arguments = PgArguments::default();
    for value in values {
        match value {
            Value::Null => arguments.add(UntypedNull),
            Value::Integer(number) => arguments.add(*number),
            // SECURITY: PostgreSQL refuses the character; say so here, before it is told half a statement.
            Value::Text(text) if text.contains('\0') => return Err(unwritable()),
            Value::Text(text) => arguments.add(*text),
            Value::Blob(bytes) => arguments.add(*bytes),
        }
        .map_err(|_| unwritable())?;
    }
    Ok(arguments)
}

fn unwritable() -> SqlError {
    SqlError::new("a value cannot be written")
}

/// NULL of the type that its column has: a typed NULL would not go into a column of another type.
struct UntypedNull;

impl sqlx::Type<sqlx::Postgres> for UntypedNull {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(sqlx::postgres::types::Oid(0))
    }
}

impl sqlx::Encode<'_, sqlx::Postgres> for UntypedNull {
    fn encode_by_ref(
        &self,
        _buffer: &mut sqlx::postgres::PgArgumentBuffer,
    ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
        Ok(sqlx::encode::IsNull::Yes)
    }
}
