//! Fills databases with what a large node has stored.

use std::path::Path;

use pecan_jose::digest;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use super::now;

/// What is stored for long: credentials and subjects, under names that no row of the benchmark uses.
const STATEMENTS: [&str; 6] = [
    "INSERT INTO subject (name, created_at)
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
     SELECT 'stored-' || i, 1700000000 FROM n",
    "INSERT INTO did (id, subject, position)
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
     SELECT 'did:web:stored.example.nl:iam:' || i, 'stored-' || i, 0 FROM n",
    "INSERT INTO did_document_version (did, version, created_at, updated_at, raw)
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
     SELECT 'did:web:stored.example.nl:iam:' || i, 0, 1700000000, 1700000000, hex(randomblob(400)) FROM n",
    "INSERT INTO wallet (holder, version)
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
     SELECT 'did:web:stored.example.nl:iam:' || i, 10 FROM n",
    "INSERT INTO wallet_credential (holder, credential_id, position, raw)
     WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999999)
     SELECT 'did:web:stored.example.nl:iam:' || (i / 10 + 1), 'did:web:issuer.example.nl#' || i, i % 10, hex(randomblob(400)) FROM n",
    "INSERT INTO issued_credential (id, issuer, type, subject, raw)
     WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999999)
     SELECT 'did:web:issuer.example.nl#' || i, 'did:web:issuer.example.nl', 'NutsOrganizationCredential',
            'did:web:stored.example.nl:iam:' || (i / 10 + 1), hex(randomblob(400)) FROM n",
];

/// A row of the session log behind those that are there.
const TOKENS: &str =
    "INSERT INTO session_log (sequence, expires_at_milliseconds, entries, contents)
     SELECT coalesce(max(sequence), 0) + 1, ?, ?, randomblob(?) FROM session_log";
/// Rows of tokens.
const TOKEN_ROWS: u32 = 1_000;
/// Tokens in each row.
const ROW_TOKENS: u32 = 1_000;
/// The bytes that are kept for a token.
const TOKEN_BYTES: u32 = 500;

/// How long the stored tokens live at least: longer than the benchmark runs.
const LIFETIME_MILLISECONDS: i64 = 3_600_000;

/// Fills a SQLite file with 1,000,000 credentials in wallets and as many issued, and 100,000 subjects.
pub(super) async fn fill(file: &Path) -> Result<(), String> {
    let mut connection = open(file).await?;
    for statement in STATEMENTS {
        let done = sqlx::query(statement).execute(&mut connection).await;
        done.map_err(|error| format!("{statement}: {error}"))?;
    }
    connection.close().await.map_err(|error| error.to_string())
}

/// Fills a SQLite file with 1,000,000 live tokens.
pub(super) async fn fill_tokens(file: &Path) -> Result<(), String> {
    let mut connection = open(file).await?;
    write_tokens(&mut connection).await.map_err(|error| format!("{TOKENS}: {error}"))?;
    connection.close().await.map_err(|error| error.to_string())
}

async fn open(file: &Path) -> Result<SqliteConnection, String> {
    let url = format!("sqlite:{}", file.display());
    SqliteConnection::connect(&url).await.map_err(|error| error.to_string())
}

async fn write_tokens(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let expires_at = now().unix_timestamp() * 1_000 + LIFETIME_MILLISECONDS;
    let mut transaction = connection.begin().await?;
    for row in 0..TOKEN_ROWS {
        let query = sqlx::query(TOKENS)
            .bind(expires_at + i64::from(ROW_TOKENS))
            .bind(entries(row, expires_at))
            .bind(ROW_TOKENS * TOKEN_BYTES);
        query.execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

/// The entries of a row as `platform/src/session/log/row.rs` describes them: id, expiry, length.
fn entries(row: u32, expires_at: i64) -> Vec<u8> {
    let mut entries = Vec::new();
    for token in 0..ROW_TOKENS {
        let number = row * ROW_TOKENS + token;
        entries.extend_from_slice(&digest::sha256(&number.to_be_bytes()));
        entries.extend_from_slice(&(expires_at + i64::from(token)).to_be_bytes());
        entries.extend_from_slice(&TOKEN_BYTES.to_be_bytes());
    }
    entries
}

/// A database of its own on a server; its connection URL.
pub(super) async fn fresh_database(url: &str) -> Result<String, String> {
    let mut connection = PgConnection::connect(url).await.map_err(|error| error.to_string())?;
    let name = format!("pecan_bench_{}", std::process::id());
    for statement in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")]
    {
        let query = sqlx::query(AssertSqlSafe(statement));
        query.execute(&mut connection).await.map_err(|error| error.to_string())?;
    }
    let mut url = url::Url::parse(url).map_err(|error| error.to_string())?;
    url.set_path(&name);
    Ok(url.into())
}
