//! Reads the connection strings of contract/platform.md 5.1.
//!
//! SECURITY: they hold passwords. No error quotes any part of one, and only known parameters go to the driver, which logs the rest.

use std::path::PathBuf;
use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;
use url::Url;

use super::error::SqlError;

/// What a connection string names.
pub(super) enum Target {
    SqliteMemory,
    SqliteFile(PathBuf),
    Postgres {
        options: Box<PgConnectOptions>,
        /// Whether prepared statements outlive their transaction; not behind a pooler in transaction mode.
        keeps_statements: bool,
    },
}

/// Parameters that the driver reads. All others are for other drivers.
const POSTGRES_PARAMETERS: [&str; 12] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// Reads a connection string. The text up to the first `:` selects the database.
pub(super) fn parse(connection: &str) -> Result<Target, SqlError> {
    let (kind, rest) = connection.split_once(':').unwrap_or((connection, ""));
    match kind {
        "sqlite" => sqlite(rest),
        "postgres" => postgres(connection),
        "mysql" => Err(SqlError::new("unsupported SQL database: MySQL is not supported yet")),
        "sqlserver" | "azuresql" => Err(SqlError::new(
            "unsupported SQL database: Microsoft SQL Server is not supported, use PostgreSQL",
        )),
        _ => Err(SqlError::new(
            "unsupported SQL database: a connection string starts with `sqlite:` or `postgres:`",
        )),
    }
}

/// `file:<path>?<parameters>`: journal, foreign keys and the like are ours to choose, so the parameters are ignored.
fn sqlite(rest: &str) -> Result<Target, SqlError> {
    let (path, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let is_uri = path.starts_with("file:");
    let path = path.strip_prefix("file:").unwrap_or(path);
    // A URI may have an empty authority (RFC 8089 §2).
    let path = if is_uri { path.strip_prefix("//").unwrap_or(path) } else { path };
    let is_memory = parameters.split('&').any(|parameter| parameter == "mode=memory");
    if path == ":memory:" || is_memory {
        return Ok(Target::SqliteMemory);
    }
    let path = if is_uri { decoded(path)? } else { path.to_owned() };
    if path.is_empty() || path.contains('\0') {
        return Err(SqlError::new("connection string of SQLite has no path of a file"));
    }
    Ok(Target::SqliteFile(PathBuf::from(path)))
}

/// Undoes percent encoding (RFC 3986 §2.1).
fn decoded(path: &str) -> Result<String, SqlError> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        let byte = if byte == b'%' { hex(&mut rest)? } else { byte };
        bytes.push(byte);
    }
    String::from_utf8(bytes).map_err(|_| bad_path())
}

fn hex(digits: &mut impl Iterator<Item = u8>) -> Result<u8, SqlError> {
    let mut digit = || {
        let digit = char::from(digits.next()?).to_digit(16)?;
        u8::try_from(digit).ok()
    };
    let (high, low) = (digit(), digit());
    Ok(high.ok_or_else(bad_path)? * 16 + low.ok_or_else(bad_path)?)
}

fn bad_path() -> SqlError {
    SqlError::new("path in the connection string of SQLite is not percent-encoded UTF-8")
}

fn postgres(connection: &str) -> Result<Target, SqlError> {
    let unreadable = || SqlError::new("connection string of PostgreSQL cannot be read");
    let mut url = Url::parse(connection).map_err(|_| unreadable())?;
    if url.cannot_be_a_base() {
        return Err(unreadable());
    }
    let parameters: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    url.set_query(None);
    let mut keeps_statements = true;
    for (name, value) in &parameters {
        if POSTGRES_PARAMETERS.contains(&name.as_str()) {
            url.query_pairs_mut().append_pair(name, value);
        }
        keeps_statements &= !asks_for_no_statements(name, value);
    }
    let options = PgConnectOptions::from_str(url.as_str()).map_err(|_| unreadable())?;
    Ok(Target::Postgres { options: Box::new(options), keeps_statements })
}

/// How other drivers are told that a pooler gives each transaction another connection.
fn asks_for_no_statements(name: &str, value: &str) -> bool {
    match name {
        "statement_cache_capacity" | "statement-cache-capacity" => value == "0",
        "default_query_exec_mode" => value != "cache_statement",
        "prefer_simple_protocol" | "pgbouncer" => value == "true",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(connection: &str) -> Option<String> {
        match parse(connection) {
            Ok(Target::SqliteFile(path)) => Some(path.to_str()?.to_owned()),
            _ => None,
        }
    }

    #[test]
    fn files_of_sqlite_are_found_whatever_the_parameters() {
        for (connection, path) in [
            ("sqlite:file:/a/b.db?_pragma=foreign_keys(1)&journal_mode(WAL)", "/a/b.db"),
            ("sqlite:file:b.db", "b.db"),
            ("sqlite:file:///a/b.db?_txlock=immediate&unknown", "/a/b.db"),
            ("sqlite:/a/b.db", "/a/b.db"),
            ("sqlite:file:/a/b%20c.db", "/a/b c.db"),
        ] {
            assert_eq!(file(connection).as_deref(), Some(path), "{connection}");
        }
        for connection in ["sqlite::memory:", "sqlite:file::memory:", "sqlite:file:x?mode=memory"] {
            assert!(matches!(parse(connection), Ok(Target::SqliteMemory)), "{connection}");
        }
    }

    #[test]
    fn hostile_strings_are_refused_without_being_quoted() {
        for connection in [
            "",
            "hunter2",
            "hunter2:x",
            "postgresql://u:hunter2@h/d",
            "mysql://u:hunter2@tcp(h:3306)/d",
            "sqlserver://u:hunter2@h:1433?database=d",
            "azuresql://server=h;password=hunter2",
            "postgres:hunter2",
            "postgres://u:hunter2@[h/d",
            "postgres://u:hunter2@h:99999/d",
            "postgres://u:hunter2@h/d?sslmode=hunter2",
            "postgres://u:hunter2@h1:1,h2:2/d",
            "postgres://u:p@h/d?port=hunter2",
            "sqlite:",
            "sqlite:file:",
            "sqlite:file:hunter2%",
            "sqlite:file:hunter2%zz",
            "sqlite:file:hunter2%00",
            "sqlite:file:hunter2%ff",
        ] {
            let error = parse(connection).err().unwrap_or_else(|| panic!("{connection}"));
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn statements_are_not_kept_behind_a_pooler() {
        for (parameters, expected) in [
            ("", true),
            ("?sslmode=disable", true),
            ("?default_query_exec_mode=cache_statement", true),
            ("?default_query_exec_mode=exec", false),
            ("?sslmode=disable&statement_cache_capacity=0", false),
            ("?pgbouncer=true", false),
        ] {
            let target = parse(&format!("postgres://u:p@h:5432/d{parameters}"));
            let Ok(Target::Postgres { keeps_statements, .. }) = target else {
                panic!("{parameters}")
            };
            assert_eq!(keeps_statements, expected, "{parameters}");
        }
    }
}
