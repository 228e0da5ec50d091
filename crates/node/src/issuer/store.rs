//! The tables of the issuer: issued credentials and status lists.

use pecan_credentials::credential::Credential;
use pecan_credentials::did::{Did, DidUrl};
use pecan_credentials::status::Bitstring;
use pecan_platform::sql::{Row, SqlError, Tx, Value};
use time::OffsetDateTime;

use super::scatter::PAGE_INDEXES;
use super::search::{Issued, Pattern};

/// A page of an issuer's status list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ListKey {
    /// Who issues.
    pub(super) issuer: Did,
    /// The page, from 1.
    pub(super) page: u32,
}

/// A place in a status list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The list.
    pub(super) list: ListKey,
    /// The position of the bit.
    pub(super) index: u32,
}

/// How many credentials a page has places for, the new one included, and the secret that orders them.
pub(super) struct HandedOut {
    pub(super) page: u32,
    pub(super) count: u32,
    pub(super) scatter_key: String,
}

/// A status list as it is stored.
pub(super) struct ListRow {
    pub(super) encoded: String,
    pub(super) revision: i64,
    pub(super) credential: Option<String>,
    pub(super) signed_revision: i64,
    pub(super) expires_at: i64,
}

/// A status list that was signed.
pub(super) struct SignedList<'a> {
    pub(super) credential: &'a str,
    pub(super) revision: i64,
    pub(super) expires_at: i64,
}

/// Why a revocation was not recorded.
#[derive(Debug, thiserror::Error)]
pub(super) enum RevokeStoreError {
    /// The row of the list is missing, or its bits cannot be read.
    #[error("the stored status list is damaged")]
    Damaged,
    /// The database failed.
    #[error(transparent)]
    Sql(#[from] SqlError),
}

/// What becomes of a revocation.
pub(super) enum Revocation {
    /// No credential of this id was issued here.
    Unknown,
    /// It has no place in a status list.
    NoStatus,
    /// It was revoked before.
    Already(ListKey),
    /// Now it is.
    Done(ListKey),
}

/// The credentials of all issuers.
pub(super) async fn count(tx: &mut Tx<'_>) -> Result<i64, SqlError> {
    let row = tx.fetch_optional("SELECT COUNT(*) FROM issued_credential", &[]).await?;
    row.map_or(Ok(0), |row| row.integer(0))
}

/// Counts one more credential of an issuer, on its newest page or, when that is full, on a new one with the secret `new_key`.
///
/// INVARIANT: the update takes the lock of the row, on both engines and among nodes, so that no count is handed out twice.
pub(super) async fn hand_out(
    tx: &mut Tx<'_>,
    issuer: &Did,
    new_key: &str,
    empty: &str,
) -> Result<HandedOut, SqlError> {
    let newest = tx
        .fetch_optional(
            "SELECT page FROM status_list WHERE issuer = ? ORDER BY page DESC LIMIT 1",
            &[issuer.as_str().into()],
        )
        .await?;
    let mut page = match newest {
        Some(row) => row.integer(0)?,
        None => insert_list(tx, issuer, 1, new_key, empty).await?,
    };
    loop {
        let counted = tx
            .fetch_optional(
                "UPDATE status_list SET handed_out = handed_out + 1 WHERE issuer = ? AND page = ? AND handed_out < ? \
                 RETURNING handed_out, scatter_key",
                &[issuer.as_str().into(), page.into(), i64::from(PAGE_INDEXES).into()],
            )
            .await?;
        if let Some(row) = counted {
            return Ok(HandedOut {
                page: small(page),
                count: small(row.integer(0)?),
                scatter_key: row.text(1)?,
            });
        }
        page = insert_list(tx, issuer, page + 1, new_key, empty).await?;
    }
}

/// Makes a page, unless somebody else just did.
async fn insert_list(
    tx: &mut Tx<'_>,
    issuer: &Did,
    page: i64,
    scatter_key: &str,
    empty: &str,
) -> Result<i64, SqlError> {
    tx.execute(
        "INSERT INTO status_list (issuer, page, scatter_key, handed_out, encoded, revision, credential, signed_revision, expires_at) \
         VALUES (?, ?, ?, 0, ?, 1, NULL, 0, 0) ON CONFLICT DO NOTHING",
        &[issuer.as_str().into(), page.into(), scatter_key.into(), empty.into()],
    )
    .await?;
    Ok(page)
}

/// Takes a count back that no credential uses, if nobody came after.
pub(super) async fn take_back(tx: &mut Tx<'_>, list: &ListKey, count: u32) -> Result<(), SqlError> {
    tx.execute(
        "UPDATE status_list SET handed_out = handed_out - 1 WHERE issuer = ? AND page = ? AND handed_out = ?",
        &[list.issuer.as_str().into(), i64::from(list.page).into(), i64::from(count).into()],
    )
    .await?;
    Ok(())
}

/// Stores an issued credential, as text.
pub(super) async fn insert_credential(
    tx: &mut Tx<'_>,
    id: &str,
    kind: &str,
    subject: &Did,
    credential: &Credential,
    place: Option<&Place>,
) -> Result<(), SqlError> {
    let issuer = credential.issuer().unwrap_or_default();
    tx.execute(
        "INSERT INTO issued_credential (id, issuer, type, subject, raw, status_page, status_index, revoked_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
        &[
            id.into(),
            issuer.into(),
            kind.into(),
            subject.as_str().into(),
            credential.raw().into(),
            place.map(|place| i64::from(place.list.page)).into(),
            place.map(|place| i64::from(place.index)).into(),
        ],
    )
    .await?;
    Ok(())
}

/// Records a revocation: in the credential's row and, in the same transaction, in the bits of its list.
pub(super) async fn revoke(
    tx: &mut Tx<'_>,
    id: &DidUrl,
    now: OffsetDateTime,
) -> Result<Revocation, RevokeStoreError> {
    let found = tx
        .fetch_optional(
            "SELECT status_page, status_index FROM issued_credential WHERE id = ?",
            &[id.as_str().into()],
        )
        .await?;
    let Some(row) = found else { return Ok(Revocation::Unknown) };
    let (Some(page), Some(index)) = (row.optional_integer(0)?, row.optional_integer(1)?) else {
        return Ok(Revocation::NoStatus);
    };
    let list = ListKey { issuer: id.did().clone(), page: small(page) };
    let changed = tx
        .execute(
            "UPDATE issued_credential SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
            &[now.unix_timestamp().into(), id.as_str().into()],
        )
        .await?;
    if changed == 0 {
        return Ok(Revocation::Already(list));
    }
    set_bit(tx, &list, small(index)).await?;
    Ok(Revocation::Done(list))
}

/// Sets a bit. Parallel calls for one list wait for each other, since the first statement locks its row: no bit is lost.
async fn set_bit(tx: &mut Tx<'_>, list: &ListKey, index: u32) -> Result<(), RevokeStoreError> {
    let key = [list.issuer.as_str().into(), i64::from(list.page).into()];
    let locked = tx
        .fetch_optional(
            "UPDATE status_list SET revision = revision + 1 WHERE issuer = ? AND page = ? RETURNING encoded",
            &key,
        )
        .await?
        .ok_or(RevokeStoreError::Damaged)?;
    let mut bits = Bitstring::decode(&locked.text(0)?).map_err(|_| RevokeStoreError::Damaged)?;
    let index = usize::try_from(index).map_err(|_| RevokeStoreError::Damaged)?;
    bits.set(index, true).map_err(|_| RevokeStoreError::Damaged)?;
    let encoded = bits.encode();
    let [issuer, page] = key;
    tx.execute(
        "UPDATE status_list SET encoded = ? WHERE issuer = ? AND page = ?",
        &[encoded.as_str().into(), issuer, page],
    )
    .await?;
    Ok(())
}

/// When the credential of a place was revoked, if it was.
pub(super) async fn find_revocation(
    tx: &mut Tx<'_>,
    place: &Place,
) -> Result<Option<OffsetDateTime>, SqlError> {
    let row = tx
        .fetch_optional(
            "SELECT revoked_at FROM issued_credential WHERE issuer = ? AND status_page = ? AND status_index = ?",
            &[
                place.list.issuer.as_str().into(),
                i64::from(place.list.page).into(),
                i64::from(place.index).into(),
            ],
        )
        .await?;
    let revoked_at = row.map(|row| row.optional_integer(0)).transpose()?.flatten();
    Ok(revoked_at.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok()))
}

/// The row of a list.
pub(super) async fn find_list(
    tx: &mut Tx<'_>,
    list: &ListKey,
) -> Result<Option<ListRow>, SqlError> {
    let row = tx
        .fetch_optional(
            "SELECT encoded, revision, credential, signed_revision, expires_at FROM status_list WHERE issuer = ? AND page = ?",
            &[list.issuer.as_str().into(), i64::from(list.page).into()],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(ListRow {
        encoded: row.text(0)?,
        revision: row.integer(1)?,
        credential: row.optional_text(2)?,
        signed_revision: row.integer(3)?,
        expires_at: row.integer(4)?,
    }))
}

/// Stores a signed list, unless another node stored one that shows as much and lasts as long.
pub(super) async fn store_signed(
    tx: &mut Tx<'_>,
    list: &ListKey,
    signed: &SignedList<'_>,
) -> Result<(), SqlError> {
    tx.execute(
            "UPDATE status_list SET credential = ?, signed_revision = ?, expires_at = ? \
             WHERE issuer = ? AND page = ? AND (signed_revision < ? OR (signed_revision = ? AND expires_at < ?))",
            &[
                signed.credential.into(),
                signed.revision.into(),
                signed.expires_at.into(),
                list.issuer.as_str().into(),
                i64::from(list.page).into(),
                signed.revision.into(),
                signed.revision.into(),
                signed.expires_at.into(),
            ],
        )
    .await?;
    Ok(())
}

/// The types that an issuer has issued, by jumping through the index from one to the next.
pub(super) async fn types_of(tx: &mut Tx<'_>, issuer: &Did) -> Result<Vec<String>, SqlError> {
    let rows = tx
        .fetch_all(
            "WITH RECURSIVE known (type) AS ( \
               SELECT MIN(type) FROM issued_credential WHERE issuer = ? \
               UNION ALL \
               SELECT (SELECT MIN(type) FROM issued_credential WHERE issuer = ? AND type > known.type) \
               FROM known WHERE known.type IS NOT NULL) \
             SELECT type FROM known WHERE type IS NOT NULL",
            &[issuer.as_str().into(), issuer.as_str().into()],
        )
        .await?;
    rows.iter().map(|row| row.text(0)).collect()
}

/// The query for credentials of an issuer and a type, under one more condition.
macro_rules! search_sql {
    ($condition:literal) => {
        concat!(
            "SELECT id, issuer, raw, revoked_at FROM issued_credential WHERE issuer = ? AND type = ? ",
            $condition,
            "LIMIT ?"
        )
    };
}

/// At most `limit` credentials of an issuer and a type whose subject fits.
pub(super) async fn search(
    tx: &mut Tx<'_>,
    issuer: &Did,
    kind: &str,
    subject: &Pattern,
    limit: usize,
) -> Result<Vec<Issued>, SqlError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let (issuer, kind, limit) = (issuer.as_str().into(), kind.into(), limit.into());
    let (sql, values): (_, Vec<Value<'_>>) = match subject {
        Pattern::Any => (search_sql!(""), vec![issuer, kind, limit]),
        Pattern::Exact(text) => {
            (search_sql!("AND subject = ? "), vec![issuer, kind, text.as_str().into(), limit])
        }
        // These look at every credential of the type. `LIKE` would take capitals for small letters on one of the engines.
        Pattern::StartsWith(text) => (
            search_sql!("AND substr(subject, 1, length(?)) = ? "),
            vec![issuer, kind, text.as_str().into(), text.as_str().into(), limit],
        ),
        Pattern::EndsWith(text) => (
            search_sql!("AND substr(subject, length(subject) - length(?) + 1) = ? "),
            vec![issuer, kind, text.as_str().into(), text.as_str().into(), limit],
        ),
        Pattern::Contains(text) => (
            search_sql!("AND replace(subject, ?, '') <> subject "),
            vec![issuer, kind, text.as_str().into(), limit],
        ),
    };
    let rows = tx.fetch_all(sql, &values).await?;
    rows.iter().map(issued).collect()
}

fn issued(row: &Row) -> Result<Issued, SqlError> {
    let revoked_at = row.optional_integer(3)?;
    Ok(Issued {
        id: row.text(0)?,
        issuer: row.text(1)?,
        raw: row.text(2)?,
        revoked_at: revoked_at
            .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok()),
    })
}

/// A number that was stored as one of ours, which are small.
fn small(number: i64) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use pecan_platform::sql::Db;

    use super::*;

    #[tokio::test]
    async fn a_full_page_is_followed_by_the_next() {
        let db = Db::in_memory().await.unwrap();
        let issuer = Did::parse("did:web:issuer.example.nl").unwrap();
        let places: Result<_, SqlError> = db
            .write("test", async |tx| {
                let first = hand_out(tx, &issuer, "key of page 1", "").await?;
                let full = i64::from(PAGE_INDEXES) - 1;
                tx.execute("UPDATE status_list SET handed_out = ?", &[full.into()]).await?;
                let last = hand_out(tx, &issuer, "not used", "").await?;
                let next = hand_out(tx, &issuer, "key of page 2", "").await?;
                Ok([first, last, next])
            })
            .await;
        let seen = places.unwrap().map(|place| (place.page, place.count, place.scatter_key));
        let expected = [
            (1, 1, "key of page 1".to_owned()),
            (1, PAGE_INDEXES, "key of page 1".to_owned()),
            (2, 1, "key of page 2".to_owned()),
        ];
        assert_eq!(seen, expected);
    }

    #[tokio::test]
    async fn a_count_is_taken_back_unless_somebody_came_after() {
        let db = Db::in_memory().await.unwrap();
        let issuer = Did::parse("did:web:issuer.example.nl").unwrap();
        let list = ListKey { issuer: issuer.clone(), page: 1 };
        let counts: Result<_, SqlError> = db
            .write("test", async |tx| {
                let one = hand_out(tx, &issuer, "key", "").await?.count;
                take_back(tx, &list, one).await?;
                let again = hand_out(tx, &issuer, "key", "").await?.count;
                let after = hand_out(tx, &issuer, "key", "").await?.count;
                take_back(tx, &list, again).await?;
                Ok([one, again, after, hand_out(tx, &issuer, "key", "").await?.count])
            })
            .await;
        assert_eq!(counts.unwrap(), [1, 1, 2, 3]);
    }
}
