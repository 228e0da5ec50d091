//! An open transaction, and how statements are sent.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, PgConnection, SqliteConnection};

use super::dialect::Dialect;
use super::error::SqlError;
use super::value::{Row, Value, postgres_arguments, sqlite_arguments};

/// An open transaction.
pub struct Tx<'c> {
    connection: Connection<'c>,
}

impl<'c> Tx<'c> {
    pub(super) fn new(connection: Connection<'c>) -> Self {
        Self { connection }
    }

    /// Runs a statement; the number of rows it changed.
    pub async fn execute(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<u64, SqlError> {
        self.connection.execute(Text::Common(sql), values).await
    }

    /// The same for a statement that was put together.
    pub(crate) async fn execute_text(
        &mut self,
        sql: Text,
        values: &[Value<'_>],
    ) -> Result<u64, SqlError> {
        self.connection.execute(sql, values).await
    }

    /// The first row of a query.
    pub async fn fetch_optional(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Option<Row>, SqlError> {
        self.connection.fetch_optional(Text::Common(sql), values).await
    }

    /// All rows of a query. What may be many is limited in the statement.
    pub async fn fetch_all(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, SqlError> {
        self.connection.fetch_all(Text::Common(sql), values).await
    }
}

/// A statement.
pub(crate) enum Text {
    /// With `?` for values.
    Common(&'static str),
    /// As the database wants it.
    Ready(Arc<str>),
}

/// A connection to run statements on.
pub(super) enum Connection<'c> {
    Sqlite(&'c mut SqliteConnection),
    /// With whether statements may be kept prepared.
    Postgres(&'c mut PgConnection, bool),
}

impl Connection<'_> {
    pub(super) async fn execute(
        &mut self,
        sql: Text,
        values: &[Value<'_>],
    ) -> Result<u64, SqlError> {
        match self {
            Self::Sqlite(connection) => {
                let query = sqlite_query(sql, values)?;
                Ok(query.execute(&mut **connection).await?.rows_affected())
            }
            Self::Postgres(connection, is_kept) => {
                let query = postgres_query(sql, values)?.persistent(*is_kept);
                Ok(query.execute(&mut **connection).await?.rows_affected())
            }
        }
    }

    pub(super) async fn fetch_optional(
        &mut self,
        sql: Text,
        values: &[Value<'_>],
    ) -> Result<Option<Row>, SqlError> {
        match self {
            Self::Sqlite(connection) => {
                let query = sqlite_query(sql, values)?;
                Ok(query.fetch_optional(&mut **connection).await?.map(Row::from))
            }
            Self::Postgres(connection, is_kept) => {
                let query = postgres_query(sql, values)?.persistent(*is_kept);
                Ok(query.fetch_optional(&mut **connection).await?.map(Row::from))
            }
        }
    }

    pub(super) async fn fetch_all(
        &mut self,
        sql: Text,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, SqlError> {
        match self {
            Self::Sqlite(connection) => {
                let rows = sqlite_query(sql, values)?.fetch_all(&mut **connection).await?;
                Ok(rows.into_iter().map(Row::from).collect())
            }
            Self::Postgres(connection, is_kept) => {
                let query = postgres_query(sql, values)?.persistent(*is_kept);
                let rows = query.fetch_all(&mut **connection).await?;
                Ok(rows.into_iter().map(Row::from).collect())
            }
        }
    }
}

type Query<DB> = sqlx::query::Query<'static, DB, <DB as sqlx::Database>::Arguments>;

fn sqlite_query(sql: Text, values: &[Value<'_>]) -> Result<Query<sqlx::Sqlite>, SqlError> {
    let arguments = sqlite_arguments(values)?;
    Ok(match sql {
        Text::Common(sql) => sqlx::query_with(sql, arguments),
        Text::Ready(sql) => sqlx::query_with(AssertSqlSafe(sql), arguments),
    })
}

fn postgres_query(sql: Text, values: &[Value<'_>]) -> Result<Query<sqlx::Postgres>, SqlError> {
    let arguments = postgres_arguments(values)?;
    Ok(match sql {
        Text::Common(sql) => {
            sqlx::query_with(AssertSqlSafe(Dialect::Postgres.placeholders(sql)), arguments)
        }
        Text::Ready(sql) => sqlx::query_with(AssertSqlSafe(sql), arguments),
    })
}
