//! Why the database did not do it.

use std::fmt;

/// Why the database did not do it. Never holds the connection string or a bound value.
#[derive(Clone, Debug)]
pub struct SqlError {
    /// A unique constraint was violated.
    pub is_duplicate: bool,
    message: String,
}

impl SqlError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { is_duplicate: false, message: message.into() }
    }

    /// The same, saying during what it happened.
    pub(crate) fn during(self, what: &str) -> Self {
        Self { message: format!("{what}: {}", self.message), ..self }
    }
}

impl From<sqlx::Error> for SqlError {
    fn from(error: sqlx::Error) -> Self {
        let is_duplicate =
            error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation);
        // SECURITY: configuration errors may quote the connection string, so they are not printed.
        let message = match &error {
            sqlx::Error::Database(cause) => cause.message().to_owned(),
            sqlx::Error::Io(cause) => format!("database cannot be reached: {}", cause.kind()),
            sqlx::Error::Tls(_) => "no TLS connection to the database".to_owned(),
            sqlx::Error::WorkerCrashed => "database connection is closed".to_owned(),
            sqlx::Error::Configuration(_) => "connection string cannot be used".to_owned(),
            sqlx::Error::ColumnDecode { index, .. } => {
                format!("column {index} is of another type than expected")
            }
            sqlx::Error::ColumnIndexOutOfBounds { index, .. } => {
                format!("there is no column {index}")
            }
            _ => "database driver failed".to_owned(),
        };
        Self { is_duplicate, message }
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SqlError {}
