//! Lays facts down, changes them and withdraws them.

use pecan_platform::random;
use time::OffsetDateTime;

use super::draft::{Content, Draft, InvalidFact, is_task};
use super::fact::Fact;
use super::store::{self, Versions};
use super::{AccessFacts, FactError};

/// The version of a fact that a change is meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectedVersion {
    /// Whichever is there.
    Any,
    /// This one only.
    Exactly(i64),
}

impl From<ExpectedVersion> for Versions {
    fn from(expected: ExpectedVersion) -> Self {
        match expected {
            ExpectedVersion::Any => Self { first: 0, last: i64::MAX },
            ExpectedVersion::Exactly(version) => Self { first: version, last: version },
        }
    }
}

impl AccessFacts {
    /// Lays a fact down.
    pub async fn create(&self, subject: &str, draft: Draft) -> Result<Fact, FactError> {
        let now = self.env.clock.now();
        self.check_subject(subject).await?;
        let fact = self.new_fact(subject, draft.check(now)?, now);
        let written =
            self.env.db.write("access_facts.create", async |tx| store::insert(tx, &fact).await);
        written.await?;
        self.recent.forget();
        Ok(fact)
    }

    /// Writes a fact anew. It must say for which version that is meant, so that no change of another caller is lost.
    pub async fn update(
        &self,
        subject: &str,
        id: &str,
        expected: Option<ExpectedVersion>,
        draft: Draft,
    ) -> Result<Fact, FactError> {
        let now = self.env.clock.now();
        self.check_subject(subject).await?;
        let versions = expected.ok_or(FactError::VersionMissing)?.into();
        let content = draft.check(now)?;
        let written = self.env.db.write("access_facts.update", async |tx| {
            let is_changed = store::update(tx, (subject, id), &content, versions, now).await?;
            let fact = store::find(tx, subject, id, now).await?.ok_or(FactError::NotFound)?;
            if is_changed { Ok(fact) } else { Err(FactError::OtherVersion { found: fact.version }) }
        });
        let fact = written.await?;
        self.recent.forget();
        Ok(fact)
    }

    /// Withdraws a fact.
    pub async fn delete(
        &self,
        subject: &str,
        id: &str,
        expected: ExpectedVersion,
    ) -> Result<(), FactError> {
        let now = self.env.clock.now();
        self.check_subject(subject).await?;
        let written = self.env.db.write("access_facts.delete", async |tx| {
            if store::delete(tx, (subject, id), expected.into()).await? {
                return Ok(());
            }
            let fact = store::find(tx, subject, id, now).await?.ok_or(FactError::NotFound)?;
            Err(FactError::OtherVersion { found: fact.version })
        });
        written.await?;
        self.recent.forget();
        Ok(())
    }

    /// Withdraws all permissions that go with a Task (`Task/{id}`); how many there were. Denials stay.
    pub async fn delete_by_task(&self, subject: &str, task: &str) -> Result<u64, FactError> {
        self.check_subject(subject).await?;
        if !is_task(task) {
            let problem = "is not of the form `Task/{id}`";
            return Err(InvalidFact { member: "task", problem }.into());
        }
        let written = self.env.db.write("access_facts.withdraw", async |tx| {
            store::delete_by_task(tx, subject, task).await
        });
        let withdrawn = written.await?;
        self.recent.forget();
        Ok(withdrawn)
    }

    pub(super) fn new_fact(&self, subject: &str, content: Content, now: OffsetDateTime) -> Fact {
        Fact {
            id: random::uuid(&*self.env.random),
            subject: subject.to_owned(),
            content,
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }
}
