//! What is laid down about a client and what it asks for: one indexed statement.

use std::sync::Arc;

use pecan_platform::sql::SqlError;
use serde_json::Value;
use time::OffsetDateTime;

use super::fact::{Fact, Peer};
use super::store::{self, FORMS_MAX};
use super::{AccessFacts, StoreError, resource};

/// The most facts about one peer and one resource.
pub const FACTS_FOUND_MAX: usize = 100;

/// Why no facts are found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// More than [`FACTS_FOUND_MAX`] facts are about the peer and the resource.
    #[error("more than {FACTS_FOUND_MAX} access facts are about one peer and one resource")]
    TooManyFacts,
    /// More resources than can be looked up at once.
    #[error("too many resources to look up access facts for")]
    TooManyResources,
    /// The database failed.
    #[error("access facts cannot be read")]
    Store(#[from] StoreError),
}

impl From<SqlError> for FindError {
    fn from(error: SqlError) -> Self {
        Self::Store(error.into())
    }
}

impl AccessFacts {
    /// The facts of a subject that are about this peer and one of the resources (`Task/1`, `Task`, `/path`), as policies see them, denials
    /// first. A resource also stands for the forms that cover it. Expired ones are not among them.
    // SECURITY: what was left out could be a denial, so that too much is an error.
    pub async fn find(
        &self,
        subject: &str,
        peer: &Peer,
        resources: &[String],
    ) -> Result<Vec<Value>, FindError> {
        let now = self.env.clock.now();
        let read = self.read_covering(subject, peer, resources, now);
        let found = if self.env.db.is_shared() {
            read.await?
        } else {
            let peer = [&peer.client_id, &peer.ura].map(|it| it.clone().unwrap_or_default());
            let asked = Asked { subject: subject.to_owned(), peer, resources: resources.to_vec() };
            self.recent.find_or(&asked, now, read).await?
        };
        let is_current = |found: &&Found| found.expires_at.is_none_or(|end| end > now);
        Ok(found.iter().filter(is_current).map(|found| found.input.clone()).collect())
    }

    async fn read_covering(
        &self,
        subject: &str,
        peer: &Peer,
        resources: &[String],
        now: OffsetDateTime,
    ) -> Result<Arc<Vec<Found>>, FindError> {
        let covering = resource::covering(resources);
        let forms = filled(&covering).ok_or(FindError::TooManyResources)?;
        let limit = i64::try_from(FACTS_FOUND_MAX + 1).expect("a small number");
        let found: Vec<Fact> = self
            .env
            .db
            .read_one("access_facts.find", async |tx| {
                store::find_covering(tx, subject, peer, &forms, (now, limit)).await
            })
            .await?;
        if found.len() > FACTS_FOUND_MAX {
            return Err(FindError::TooManyFacts);
        }
        let as_seen =
            |fact: &Fact| Found { input: fact.to_input(), expires_at: fact.content.expires_at };
        Ok(Arc::new(found.iter().map(as_seen).collect()))
    }
}

/// The most facts that are remembered, those of questions without an answer counted as one.
pub(super) const RECENT_MAX: u64 = 20_000;

/// What facts were looked for.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    subject: String,
    /// Client id and URA.
    peer: [String; 2],
    resources: Vec<String>,
}

/// A fact as policies see it.
pub(super) struct Found {
    input: Value,
    expires_at: Option<OffsetDateTime>,
}

/// How much an answer counts.
pub(super) fn weight(_: &Asked, found: &Arc<Vec<Found>>) -> u32 {
    u32::try_from(found.len()).unwrap_or(u32::MAX).saturating_add(1)
}

/// The forms as values of the one statement: what is left over repeats the first. `None` if there are too many.
fn filled(forms: &[String]) -> Option<[&str; FORMS_MAX]> {
    let first = forms.first()?;
    if forms.len() > FORMS_MAX {
        return None;
    }
    let mut filled = [first.as_str(); FORMS_MAX];
    for (place, form) in filled.iter_mut().zip(forms) {
        *place = form;
    }
    Some(filled)
}
