//! Makes a subject: its name, its DID, its first key and its document (contract/credentials.md 3.2).

use std::sync::Arc;

use pecan_credentials::did::Did;
use pecan_credentials::did::document::Document;
use pecan_credentials::did::web;
use pecan_platform::random;
use time::OffsetDateTime;

use super::{NAME_BYTES_MAX, NewKeys, Refusal, Subject, SubjectError, SubjectId, Subjects, store};
use crate::key::PreparedKey;
use crate::resolver::OwnDocuments;

/// Longest DID of ours, in bytes: what the columns of other nodes take.
const DID_BYTES_MAX: usize = 370;

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewSubject {
    /// The name; a UUID if absent.
    pub name: Option<String>,
    /// The keys. An assertion key is made in any case.
    pub keys: NewKeys,
}

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedSubject {
    /// The subject.
    pub subject: Arc<Subject>,
    /// The documents of its DIDs.
    pub documents: Vec<Document>,
}

impl Subjects {
    /// Makes a subject. Of parallel calls with one name, one succeeds.
    pub async fn create(&self, request: NewSubject) -> Result<CreatedSubject, SubjectError> {
        let now = self.env.clock.now();
        let id = self.name(request.name)?;
        self.create_documents(id, request.keys, now)
            .await
            .map_err(SubjectError::of("could not store DID documents: "))
    }

    fn name(&self, wanted: Option<String>) -> Result<SubjectId, SubjectError> {
        let name = wanted.unwrap_or_else(|| random::uuid(&*self.env.random));
        let refusal = if name.len() > NAME_BYTES_MAX {
            Refusal::NameTooLong { limit: NAME_BYTES_MAX }
        } else {
            Refusal::Name
        };
        SubjectId::parse(&name)
            .ok_or_else(|| SubjectError::of("subject creation validation error\n")(refusal))
    }

    async fn create_documents(
        &self,
        id: SubjectId,
        keys: NewKeys,
        now: OffsetDateTime,
    ) -> Result<CreatedSubject, Refusal> {
        if keys.encryption {
            return Err(Refusal::KeyAgreement);
        }
        // The table decides; this saves the making of a key that would be thrown away.
        if self.find(id.as_str()).await?.is_some() {
            return Err(Refusal::Exists);
        }
        let did = self.new_did()?;
        let key = self.keys.prepare(&did).await?;
        let document = web::document(&did, [key.verification_method()]);
        let subject = Subject { id, dids: vec![did] };
        match self.store_new(&subject, &document, &key, now).await {
            Ok(()) => {}
            Err(refusal) => {
                self.keys.discard(key).await;
                return Err(if refusal.is_race() { Refusal::Exists } else { refusal });
            }
        }
        self.forget();
        Ok(CreatedSubject { subject: Arc::new(subject), documents: vec![document] })
    }

    /// A DID that nobody has: not made from the name, which may change hands.
    fn new_did(&self) -> Result<Did, Refusal> {
        let root = web::from_url(self.public_url.as_str()).map_err(Refusal::PublicUrl)?;
        let text = format!("{root}:iam:{}", random::uuid(&*self.env.random));
        if text.len() > DID_BYTES_MAX {
            return Err(Refusal::PublicUrlTooLong);
        }
        Did::parse(&text).map_err(|error| Refusal::PublicUrl(error.into()))
    }

    async fn store_new(
        &self,
        subject: &Subject,
        document: &Document,
        key: &PreparedKey,
        now: OffsetDateTime,
    ) -> Result<(), Refusal> {
        let work = async |tx: &mut pecan_platform::sql::Tx<'_>| {
            store::insert(tx, subject, now).await?;
            OwnDocuments::add_version(tx, document, None, now).await?;
            self.keys.record(tx, key).await?;
            Ok(())
        };
        self.env.db.write("subject.create", work).await
    }
}
