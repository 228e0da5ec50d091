//! Brings the schema to the version of this binary; forward only.
//!
//! The files are in `migrations/`, whose README says how to write one.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use super::dialect::Dialect;
use super::error::SqlError;

/// One step of the schema.
#[derive(Clone, Copy)]
struct Migration {
    version: i64,
    name: &'static str,
    sql: &'static str,
}

macro_rules! migration {
    ($version:literal, $name:literal) => {
        Migration {
            version: $version,
            name: $name,
            sql: include_str!(concat!("../../migrations/", $name, ".sql")),
        }
    };
}

/// All steps, in order. A version that was ever released is never changed.
const MIGRATIONS: &[Migration] = &[
    migration!(1, "0001_identity"),
    migration!(2, "0002_wallet"),
    migration!(3, "0003_issuer"),
    migration!(4, "0004_session"),
    migration!(5, "0005_session_log"),
    migration!(6, "0006_access_facts"),
];

/// Held by the node that migrates, until its transaction ends.
const LOCK: &str = "SELECT pg_advisory_xact_lock(5714023880517173)";

const CREATE_TABLE: &str =
    "CREATE TABLE IF NOT EXISTS schema_migration (version BIGINT PRIMARY KEY, name TEXT NOT NULL)";
const APPLIED: &str = "SELECT version FROM schema_migration";

/// Migrates in one transaction: all of it, or nothing.
pub(super) async fn sqlite(connection: &mut SqliteConnection) -> Result<(), SqlError> {
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::raw_sql(CREATE_TABLE).execute(&mut *tx).await?;
    let applied: Vec<(i64,)> = sqlx::query_as(APPLIED).fetch_all(&mut *tx).await?;
    for migration in missing(&applied)? {
        let sql = migration.script(Dialect::Sqlite);
        let result = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *tx).await;
        result.map_err(|error| migration.failed(error))?;
    }
    Ok(tx.commit().await?)
}

/// Migrates in one transaction, one node at a time.
pub(super) async fn postgres(connection: &mut PgConnection) -> Result<(), SqlError> {
    let mut tx = connection.begin().await?;
    sqlx::raw_sql(LOCK).execute(&mut *tx).await?;
    sqlx::raw_sql(CREATE_TABLE).execute(&mut *tx).await?;
    let applied = sqlx::query_as(APPLIED).persistent(false).fetch_all(&mut *tx).await?;
    for migration in missing(&applied)? {
        let sql = migration.script(Dialect::Postgres);
        let result = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *tx).await;
        result.map_err(|error| migration.failed(error))?;
    }
    Ok(tx.commit().await?)
}

/// The steps that a database lacks. It is refused when it has one that is not known here.
fn missing(applied: &[(i64,)]) -> Result<Vec<Migration>, SqlError> {
    let is_known = |version| MIGRATIONS.iter().any(|migration| migration.version == version);
    if let Some((version,)) = applied.iter().find(|(version,)| !is_known(*version)) {
        return Err(SqlError::new(format!(
            "failed to migrate database: its schema has version {version}, which is newer than this program knows: use a newer one"
        )));
    }
    let is_applied = |version| applied.iter().any(|(applied,)| *applied == version);
    Ok(MIGRATIONS.iter().filter(|migration| !is_applied(migration.version)).copied().collect())
}

impl Migration {
    /// The statements of this step, and the one that notes it.
    fn script(self, dialect: Dialect) -> String {
        let Self { version, name, sql } = self;
        let sql = dialect.column_types(sql);
        format!("{sql}\n;INSERT INTO schema_migration (version, name) VALUES ({version}, '{name}')")
    }

    fn failed(self, error: sqlx::Error) -> SqlError {
        SqlError::from(error).during(&format!("failed to migrate database: {}", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_grow_and_are_those_of_the_file_names() {
        for pair in MIGRATIONS.windows(2) {
            assert!(pair[0].version < pair[1].version, "{}", pair[1].name);
        }
        for Migration { version, name, sql } in MIGRATIONS {
            assert!(name.starts_with(&format!("{version:04}_")), "{name}");
            assert!(
                !sql.contains('?') && !sql.contains(" BLOB") && !sql.contains("BYTEA"),
                "{name}"
            );
        }
    }
}
