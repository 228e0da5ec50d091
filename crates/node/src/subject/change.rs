//! The one shape of a change: read the documents of a subject, edit each, write new versions of those that differ.

use pecan_credentials::did::document::{Document, LIST_MAX, ParseError};
use pecan_jose::json;
use pecan_platform::sql::Tx;
use time::OffsetDateTime;

use super::{Refusal, SubjectId, Subjects, store};
use crate::key::PreparedKey;
use crate::resolver::{OwnDocument, OwnDocuments};

/// A change of all documents of a subject.
pub(super) struct Change<'a> {
    /// What it is called in metrics.
    pub(super) name: &'static str,
    /// Whose documents.
    pub(super) subject: &'a str,
    /// Keys that the documents get; recorded with them.
    pub(super) keys: &'a [PreparedKey],
    /// When.
    pub(super) now: OffsetDateTime,
}

impl Subjects {
    /// Edits all documents of a subject, in one transaction; the documents afterwards. What is equal to before is not written.
    pub(super) async fn change<E>(
        &self,
        change: Change<'_>,
        edit: E,
    ) -> Result<Vec<Document>, Refusal>
    where
        E: Fn(&OwnDocument) -> Result<Document, Refusal> + Sync,
    {
        let id = SubjectId::parse(change.subject).ok_or(Refusal::NotFound)?;
        let work = async |tx: &mut Tx<'_>| self.write(tx, &id, &change, &edit).await;
        let documents = self.env.db.write(change.name, work).await;
        self.forget();
        documents
    }

    async fn write<E>(
        &self,
        tx: &mut Tx<'_>,
        subject: &SubjectId,
        change: &Change<'_>,
        edit: &E,
    ) -> Result<Vec<Document>, Refusal>
    where
        E: Fn(&OwnDocument) -> Result<Document, Refusal> + Sync,
    {
        // INVARIANT: changes of one subject take turns, so that each edits what the one before it wrote.
        if !store::lock(tx, subject).await? {
            return Err(Refusal::NotFound);
        }
        let mut documents = Vec::new();
        for did in store::dids(tx, subject).await? {
            let Some(own) = OwnDocuments::newest(tx, &did).await? else { continue };
            let document = edit(&own)?;
            if document != **own.document() {
                check(&document)?;
                OwnDocuments::add_version(tx, &document, Some(&own), change.now).await?;
            }
            documents.push(document);
        }
        for key in change.keys {
            self.keys.record(tx, key).await?;
        }
        Ok(documents)
    }
}

/// Refuses a document that we or others could not read again.
fn check(document: &Document) -> Result<(), Refusal> {
    let text = document.to_value().to_string();
    match Document::parse(&text) {
        Ok(_) => Ok(()),
        Err(ParseError::TooMany { member, .. }) => {
            Err(Refusal::TooMany { member, limit: LIST_MAX })
        }
        Err(ParseError::Json(json::Error::TooLarge { limit })) => Err(Refusal::TooLarge { limit }),
        Err(error) => Err(Refusal::Unreadable(error)),
    }
}
