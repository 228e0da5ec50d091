//! Lists facts, page by page.

use super::fact::Fact;
use super::store::{self, ListedBy};
use super::{AccessFacts, FactError, draft::InvalidFact};

/// The most facts of a page.
pub const PAGE_MAX: usize = 100;
/// The longest cursor, in bytes: that of an id.
const CURSOR_BYTES_MAX: usize = 36;

/// Which facts are listed: those that have all that is set.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The scope.
    pub scope: Option<String>,
    /// The client id of the peer.
    pub client_id: Option<String>,
    /// The organisation of the peer.
    pub ura: Option<String>,
    /// The resource, in the form in which it was written.
    pub resource: Option<String>,
    /// The Task.
    pub task: Option<String>,
    /// Where the page begins: the end of the page before.
    pub cursor: Option<String>,
    /// The most facts of the page, at most [`PAGE_MAX`], which is also meant by nothing.
    pub limit: Option<usize>,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The facts. A page may have fewer than its limit, or none, and still not be the last.
    pub facts: Vec<Fact>,
    /// Where the next page begins; `None` after the last.
    pub next: Option<String>,
}

impl AccessFacts {
    /// Lists the facts of a subject, in no order that means anything. Reads no more than a page, whatever there is.
    pub async fn list(&self, subject: &str, filter: &Filter) -> Result<Page, FactError> {
        let now = self.env.clock.now();
        self.check_subject(subject).await?;
        let limit = filter.limit.unwrap_or(PAGE_MAX);
        if limit == 0 || limit > PAGE_MAX {
            return Err(InvalidFact { member: "limit", problem: "is not within 1 and 100" }.into());
        }
        let after = filter.cursor.as_deref().unwrap_or_default();
        if after.len() > CURSOR_BYTES_MAX || after.contains(char::is_control) {
            return Err(InvalidFact { member: "cursor", problem: "is none" }.into());
        }
        let rows = i64::try_from(limit + 1).expect("a small number");
        let by = listed_by(filter);
        let read = self.env.db.read_one("access_facts.list", async |tx| {
            store::list(tx, subject, by, after, (now, rows)).await
        });
        let mut facts = read.await?;
        let is_last = facts.len() <= limit;
        facts.truncate(limit);
        let next = facts.last().filter(|_| !is_last).map(|fact| fact.id.clone());
        facts.retain(|fact| filter.fits(fact));
        Ok(Page { facts, next })
    }
}

/// What narrows most.
fn listed_by(filter: &Filter) -> ListedBy<'_> {
    match filter {
        Filter { task: Some(task), .. } => ListedBy::Task(task),
        Filter { resource: Some(resource), .. } => ListedBy::Resource(resource),
        Filter { client_id: Some(client_id), .. } => ListedBy::Client(client_id),
        Filter { ura: Some(ura), .. } => ListedBy::Ura(ura),
        Filter { .. } => ListedBy::Nothing,
    }
}

impl Filter {
    fn fits(&self, fact: &Fact) -> bool {
        let content = &fact.content;
        let fits = |wanted: &Option<String>, found: Option<&str>| {
            wanted.is_none() || wanted.as_deref() == found
        };
        fits(&self.scope, Some(&content.scope))
            && fits(&self.client_id, content.peer.client_id.as_deref())
            && fits(&self.ura, content.peer.ura.as_deref())
            && fits(&self.resource, Some(content.resource.as_str()))
            && fits(&self.task, content.task.as_deref())
    }
}
