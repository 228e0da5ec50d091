//! A PostgreSQL database.

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};

use super::error::SqlError;
use super::pool::{Connect, Lease, Pool};
use crate::BoxFuture;

/// Connections of one node.
const CONNECTIONS_MAX: usize = 16;
/// Statements that a connection keeps prepared.
const STATEMENTS_MAX: usize = 256;

/// A PostgreSQL database.
pub(crate) struct Postgres {
    pool: Pool<PgConnectOptions>,
    /// Whether statements may be kept prepared: not where a pooler gives each transaction another connection.
    pub(super) keeps_statements: bool,
}

impl Postgres {
    pub(super) fn new(options: PgConnectOptions, keeps_statements: bool) -> Self {
        // A pooler refuses start-up parameters that it does not know.
        let options = options.extra_float_digits(None).disable_statement_logging();
        let kept = if keeps_statements { STATEMENTS_MAX } else { 0 };
        let options = options.statement_cache_capacity(kept);
        Self { pool: Pool::new(options, CONNECTIONS_MAX), keeps_statements }
    }

    pub(super) async fn connection(&self) -> Result<Lease<'_, PgConnectOptions>, SqlError> {
        self.pool.lease().await
    }
}

impl Connect for PgConnectOptions {
    type Connection = PgConnection;

    /// The answer to the statement of another could come first, or never.
    const SURVIVES_DOUBT: bool = false;

    fn connect(&self) -> BoxFuture<'_, Result<PgConnection, SqlError>> {
        Box::pin(async move { Ok(PgConnection::connect_with(self).await?) })
    }
}
