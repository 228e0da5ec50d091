//! Rows of access facts.

use pecan_platform::sql::{Row, SqlError, Tx, Value as Sql};
use time::OffsetDateTime;

use super::StoreError;
use super::draft::Content;
use super::fact::{Effect, Fact, Peer};
use super::resource::Resource;

/// As many forms of a resource are looked up at once.
pub(super) const FORMS_MAX: usize = 16;

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT id, subject, scope, client_id, ura, resource, operations, conditions, is_denial, task, expires_at, \
             created_at, updated_at, version FROM access_fact WHERE subject = ? AND ",
            $condition
        )
    };
}

/// What rows are listed by; the rest of a filter is applied to what was read.
#[derive(Clone, Copy)]
pub(super) enum ListedBy<'a> {
    Task(&'a str),
    Resource(&'a str),
    Client(&'a str),
    Ura(&'a str),
    Nothing,
}

/// Which versions of a fact are changed.
#[derive(Clone, Copy)]
pub(super) struct Versions {
    pub(super) first: i64,
    pub(super) last: i64,
}

pub(super) async fn find(
    tx: &mut Tx<'_>,
    subject: &str,
    id: &str,
    now: OffsetDateTime,
) -> Result<Option<Fact>, StoreError> {
    let row = tx
        .fetch_optional(
            select!("id = ? AND (expires_at IS NULL OR expires_at > ?)"),
            &[subject.into(), id.into(), now.unix_timestamp().into()],
        )
        .await?;
    row.as_ref().map(read).transpose()
}

/// Facts about the peer and one of the forms, denials first.
pub(super) async fn find_covering(
    tx: &mut Tx<'_>,
    subject: &str,
    peer: &Peer,
    forms: &[&str; FORMS_MAX],
    (now, limit): (OffsetDateTime, i64),
) -> Result<Vec<Fact>, StoreError> {
    let mut values: Vec<Sql<'_>> = vec![subject.into()];
    values.extend(forms.iter().map(|form| Sql::Text(form)));
    values.push(peer.client_id.as_deref().unwrap_or_default().into());
    values.push(peer.ura.as_deref().unwrap_or_default().into());
    values.push(now.unix_timestamp().into());
    values.push(limit.into());
    let rows = tx
        .fetch_all(
            select!(
                "resource IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
                 AND client_id IN ('', ?) AND ura IN ('', ?) AND (expires_at IS NULL OR expires_at > ?) \
                 ORDER BY is_denial DESC, id LIMIT ?"
            ),
            &values,
        )
        .await?;
    rows.iter().map(read).collect()
}

/// The next facts after an id, in the order of ids.
pub(super) async fn list(
    tx: &mut Tx<'_>,
    subject: &str,
    by: ListedBy<'_>,
    after: &str,
    (now, limit): (OffsetDateTime, i64),
) -> Result<Vec<Fact>, StoreError> {
    let (sql, key) = match by {
        ListedBy::Task(task) => (
            select!(
                "task = ? AND id > ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY id LIMIT ?"
            ),
            Some(task),
        ),
        ListedBy::Resource(resource) => (
            select!(
                "resource = ? AND id > ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY id LIMIT ?"
            ),
            Some(resource),
        ),
        ListedBy::Client(client_id) => (
            select!(
                "client_id = ? AND id > ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY id LIMIT ?"
            ),
            Some(client_id),
        ),
        ListedBy::Ura(ura) => (
            select!(
                "ura = ? AND id > ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY id LIMIT ?"
            ),
            Some(ura),
        ),
        ListedBy::Nothing => {
            (select!("id > ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY id LIMIT ?"), None)
        }
    };
    let mut values: Vec<Sql<'_>> = vec![subject.into()];
    values.extend(key.map(Sql::Text));
    values.extend([after.into(), now.unix_timestamp().into(), limit.into()]);
    let rows = tx.fetch_all(sql, &values).await?;
    rows.iter().map(read).collect()
}

pub(super) async fn insert(tx: &mut Tx<'_>, fact: &Fact) -> Result<(), SqlError> {
    let content = &fact.content;
    let (operations, conditions) = written(content);
    tx.execute(
        "INSERT INTO access_fact (id, subject, scope, client_id, ura, resource, operations, conditions, is_denial, task, \
         expires_at, created_at, updated_at, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        &[
            fact.id.as_str().into(),
            fact.subject.as_str().into(),
            content.scope.as_str().into(),
            content.peer.client_id.as_deref().unwrap_or_default().into(),
            content.peer.ura.as_deref().unwrap_or_default().into(),
            content.resource.as_str().into(),
            operations.as_str().into(),
            conditions.as_str().into(),
            (content.effect == Effect::Deny).into(),
            content.task.as_deref().into(),
            content.expires_at.map(OffsetDateTime::unix_timestamp).into(),
            fact.created_at.unix_timestamp().into(),
            fact.updated_at.unix_timestamp().into(),
            fact.version.into(),
        ],
    )
    .await
    .map(|_| ())
}

/// Writes new content over a fact that has one of the versions; whether it was there.
pub(super) async fn update(
    tx: &mut Tx<'_>,
    (subject, id): (&str, &str),
    content: &Content,
    versions: Versions,
    now: OffsetDateTime,
) -> Result<bool, SqlError> {
    let (operations, conditions) = written(content);
    let changed = tx
        .execute(
            "UPDATE access_fact SET scope = ?, client_id = ?, ura = ?, resource = ?, operations = ?, conditions = ?, \
             is_denial = ?, task = ?, expires_at = ?, updated_at = ?, version = version + 1 \
             WHERE id = ? AND subject = ? AND (expires_at IS NULL OR expires_at > ?) AND version BETWEEN ? AND ?",
            &[
                content.scope.as_str().into(),
                content.peer.client_id.as_deref().unwrap_or_default().into(),
                content.peer.ura.as_deref().unwrap_or_default().into(),
                content.resource.as_str().into(),
                operations.as_str().into(),
                conditions.as_str().into(),
                (content.effect == Effect::Deny).into(),
                content.task.as_deref().into(),
                content.expires_at.map(OffsetDateTime::unix_timestamp).into(),
                now.unix_timestamp().into(),
                id.into(),
                subject.into(),
                now.unix_timestamp().into(),
                versions.first.into(),
                versions.last.into(),
            ],
        )
        .await?;
    Ok(changed > 0)
}

/// Removes a fact that has one of the versions; whether it was there.
pub(super) async fn delete(
    tx: &mut Tx<'_>,
    (subject, id): (&str, &str),
    versions: Versions,
) -> Result<bool, SqlError> {
    let removed = tx
        .execute(
            "DELETE FROM access_fact WHERE id = ? AND subject = ? AND version BETWEEN ? AND ?",
            &[id.into(), subject.into(), versions.first.into(), versions.last.into()],
        )
        .await?;
    Ok(removed > 0)
}

/// Removes the permissions that go with a Task; how many there were.
pub(super) async fn delete_by_task(
    tx: &mut Tx<'_>,
    subject: &str,
    task: &str,
) -> Result<u64, SqlError> {
    tx.execute(
        "DELETE FROM access_fact WHERE subject = ? AND task = ? AND is_denial = 0",
        &[subject.into(), task.into()],
    )
    .await
}

/// Removes some of what has expired; how many.
pub(super) async fn delete_expired(
    tx: &mut Tx<'_>,
    now: OffsetDateTime,
    limit: i64,
) -> Result<u64, SqlError> {
    tx.execute(
        "DELETE FROM access_fact WHERE id IN \
         (SELECT id FROM access_fact WHERE expires_at IS NOT NULL AND expires_at <= ? ORDER BY expires_at LIMIT ?)",
        &[now.unix_timestamp().into(), limit.into()],
    )
    .await
}

fn written(content: &Content) -> (String, String) {
    let operations = serde_json::to_string(&content.operations).expect("texts print");
    let conditions = serde_json::to_string(&content.conditions).expect("JSON values print");
    (operations, conditions)
}

fn read(row: &Row) -> Result<Fact, StoreError> {
    let id = row.text(0)?;
    let unreadable = || StoreError::Unreadable { id: id.clone() };
    let time =
        |seconds: i64| OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| unreadable());
    let named = |text: String| (!text.is_empty()).then_some(text);
    let content = Content {
        scope: row.text(2)?,
        peer: Peer { client_id: named(row.text(3)?), ura: named(row.text(4)?) },
        resource: Resource::stored(row.text(5)?),
        operations: serde_json::from_str(&row.text(6)?).map_err(|_| unreadable())?,
        conditions: serde_json::from_str(&row.text(7)?).map_err(|_| unreadable())?,
        effect: if row.boolean(8)? { Effect::Deny } else { Effect::Permit },
        task: row.optional_text(9)?,
        expires_at: row.optional_integer(10)?.map(time).transpose()?,
    };
    Ok(Fact {
        subject: row.text(1)?,
        content,
        created_at: time(row.integer(11)?)?,
        updated_at: time(row.integer(12)?)?,
        version: row.integer(13)?,
        id,
    })
}
