//! The words that differ between databases.

use std::borrow::Cow;
use std::sync::Arc;

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// Writes the placeholders `?` of a statement as the database wants them. Quoted text is left alone.
    pub(super) fn placeholders(self, sql: &'static str) -> Cow<'static, str> {
        match self {
            Self::Sqlite => Cow::Borrowed(sql),
            Self::Postgres => numbered(sql),
        }
    }

    /// The same for a statement that is put together once.
    pub(crate) fn ready(self, sql: &str) -> Arc<str> {
        match self {
            Self::Sqlite => sql.into(),
            Self::Postgres => numbered(sql).into(),
        }
    }

    /// What a subquery adds to lock the rows that it finds. SQLite has one writer.
    pub(crate) fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => "FOR UPDATE",
        }
    }

    /// The same, leaving out the rows that others have locked.
    pub(crate) fn for_update_of_free(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => "FOR UPDATE SKIP LOCKED",
        }
    }

    /// What names a row of the table `session` within one statement. SQLite finds a row by it without another index.
    pub(crate) fn row_id(self) -> &'static str {
        match self {
            Self::Sqlite => "rowid",
            Self::Postgres => "id",
        }
    }

    /// Fills in the column types of a migration: `{blob}`, `{counter}`.
    pub(super) fn column_types(self, sql: &str) -> String {
        let (blob, counter) = match self {
            Self::Sqlite => ("BLOB", "INTEGER PRIMARY KEY AUTOINCREMENT"),
            Self::Postgres => ("BYTEA", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
        };
        sql.replace("{blob}", blob).replace("{counter}", counter)
    }
}

fn numbered(sql: &str) -> Cow<'_, str> {
    if !sql.contains('?') {
        return Cow::Borrowed(sql);
    }
    let mut numbered = String::with_capacity(sql.len() + 16);
    let (mut number, mut is_quoted) = (0, false);
    for character in sql.chars() {
        if character == '\'' {
            is_quoted = !is_quoted;
        }
        if character == '?' && !is_quoted {
            number += 1;
            numbered.push('$');
            numbered.push_str(&number.to_string());
        } else {
            numbered.push(character);
        }
    }
    Cow::Owned(numbered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_outside_quotes() {
        for (sql, expected) in [
            ("SELECT 1", "SELECT 1"),
            ("SELECT a FROM t WHERE b = ? AND c = ?", "SELECT a FROM t WHERE b = $1 AND c = $2"),
            ("SELECT '?' || ? || 'it''s ?'", "SELECT '?' || $1 || 'it''s ?'"),
        ] {
            assert_eq!(Dialect::Postgres.placeholders(sql), expected);
            assert_eq!(Dialect::Sqlite.placeholders(sql), sql);
        }
    }
}
