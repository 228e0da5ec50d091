//! Makes facts of FHIR Consents: STU3 and R4, one or a Bundle of them, all or nothing.
//!
//! Only what facts say exactly is taken; everything else is an error that names its path, or a fact would give more than was consented to.

mod element;
mod rule;

use serde_json::Value;
use time::OffsetDateTime;

use pecan_platform::sql::SqlError;

use self::element::Element;
use self::rule::Rule;
use super::draft::{Draft, InvalidFact};
use super::fact::Fact;
use super::{AccessFacts, FactError, StoreError, store};
use crate::FailureKind;

/// The most facts of one import.
pub const FACTS_PER_IMPORT_MAX: usize = 200;

/// What a Consent does not say.
#[derive(Clone, Debug, Default)]
pub struct ConsentOptions {
    /// The scope of the tokens that the facts count for; else the code of `Consent.scope`.
    pub scope: Option<String>,
    /// The Task that they go with.
    pub task: Option<String>,
}

/// What in a Consent facts cannot say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` {problem}")]
pub struct ConsentProblem {
    /// Where it is, as in `Bundle.entry[0].resource.provision.actor[1].role`.
    pub path: String,
    /// What is the matter with it.
    pub problem: &'static str,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// No subject has this name.
    #[error("subject not found")]
    SubjectNotFound,
    /// Something cannot be said by facts.
    #[error(transparent)]
    Consent(#[from] ConsentProblem),
    /// What was found makes no fact.
    #[error("`{path}` makes no access fact: {cause}")]
    Fact {
        /// The Consent.
        path: String,
        /// The cause.
        cause: InvalidFact,
    },
    /// It is more than [`FACTS_PER_IMPORT_MAX`] facts.
    #[error("more than {FACTS_PER_IMPORT_MAX} access facts")]
    TooMany,
    /// The database failed.
    #[error("internal error")]
    Store(#[from] StoreError),
}

impl ImportError {
    /// Whose fault it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::SubjectNotFound => FailureKind::NotFound,
            Self::Consent(_) | Self::Fact { .. } | Self::TooMany => FailureKind::Invalid,
            Self::Store(_) => FailureKind::Internal,
        }
    }
}

impl From<SqlError> for ImportError {
    fn from(error: SqlError) -> Self {
        Self::Store(error.into())
    }
}

impl AccessFacts {
    /// Makes facts of a Consent, or a Bundle of them.
    pub async fn import(
        &self,
        subject: &str,
        resource: &Value,
        options: &ConsentOptions,
    ) -> Result<Vec<Fact>, ImportError> {
        let now = self.env.clock.now();
        self.check_subject(subject).await.map_err(|error| match error {
            FactError::Store(error) => ImportError::Store(error),
            FactError::SubjectNotFound
            | FactError::NotFound
            | FactError::Invalid(_)
            | FactError::OtherVersion { .. }
            | FactError::VersionMissing => ImportError::SubjectNotFound,
        })?;
        let mut facts = Vec::new();
        for (path, draft) in drafts(resource, options, now)? {
            let content = draft.check(now).map_err(|cause| ImportError::Fact { path, cause })?;
            facts.push(self.new_fact(subject, content, now));
        }
        let written = self.env.db.write("access_facts.import", async |tx| {
            for fact in &facts {
                store::insert(tx, fact).await?;
            }
            Ok::<_, SqlError>(())
        });
        written.await?;
        self.recent.forget();
        Ok(facts)
    }
}

/// A draft for each actor and resource, with the path of its Consent.
fn drafts(
    resource: &Value,
    options: &ConsentOptions,
    now: OffsetDateTime,
) -> Result<Vec<(String, Draft)>, ImportError> {
    let mut drafts = Vec::new();
    for consent in consents(resource)? {
        let scope = match &options.scope {
            Some(scope) => scope.clone(),
            None => scope(&consent)?,
        };
        for rule in Rule::all_of(&consent, now)? {
            for draft in rule.drafts(&scope, options.task.as_deref()) {
                if drafts.len() == FACTS_PER_IMPORT_MAX {
                    return Err(ImportError::TooMany);
                }
                drafts.push((consent.path.clone(), draft));
            }
        }
    }
    Ok(drafts)
}

fn consents(resource: &Value) -> Result<Vec<Element<'_>>, ConsentProblem> {
    let kind = resource.get("resourceType").and_then(Value::as_str).unwrap_or_default();
    match kind {
        "Consent" => Ok(vec![Element::new("Consent", resource)?]),
        "Bundle" => {
            let bundle = Element::new("Bundle", resource)?;
            let entries = bundle.list("entry")?;
            if entries.is_empty() {
                return Err(bundle.problem("entry", "is missing"));
            }
            entries.iter().map(consent_of).collect()
        }
        _ => {
            let path = "resourceType".to_owned();
            Err(ConsentProblem { path, problem: "is neither `Consent` nor `Bundle`" })
        }
    }
}

/// The Consent of an entry.
fn consent_of<'r>(entry: &Element<'r>) -> Result<Element<'r>, ConsentProblem> {
    // SECURITY: a request to delete a Consent lays nothing down.
    entry.refuse_all_but(&["fullUrl", "resource", "search", "link", "id"])?;
    let resource = entry.one("resource")?;
    match resource.members.get("resourceType").and_then(Value::as_str) {
        Some("Consent") => Ok(resource),
        Some(_) | None => Err(entry.problem("resource", "is no Consent")),
    }
}

/// The one code of `Consent.scope` (R4).
fn scope(consent: &Element<'_>) -> Result<String, ConsentProblem> {
    let missing = || consent.problem("scope", "is missing, and no scope was given");
    let scope = consent.find("scope")?.ok_or_else(missing)?;
    match scope.list("coding")?.as_slice() {
        [coding] => coding.text("code").map(str::to_owned),
        _ => Err(scope.problem("coding", "is not one, and no scope was given")),
    }
}
