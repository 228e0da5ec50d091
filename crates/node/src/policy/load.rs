//! Reads the folder of policy files (contract/iam.md 4.1).

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, io};

use pecan_credentials::exchange::{Definition, DefinitionReason};
use pecan_jose::json;
use pecan_platform::files::{self, File, FilesError, Fingerprint};
use serde_json::{Map, Value};

use super::Settings;
use super::profile::{Profile, ScopePolicy, WalletOwner};

/// What the names of policy files end in.
const EXTENSION: &str = "json";

/// The profiles of all files, by scope.
#[derive(Debug, Default)]
pub(super) struct PolicySet(HashMap<String, Arc<Profile>>);

/// Where a set of policies comes from, and how strictly it is read.
pub(super) struct Source {
    pub(super) settings: Settings,
    pub(super) strict: bool,
    /// Whether somebody decides about `dynamic` scopes.
    pub(super) has_decision_point: bool,
}

/// Why the policy files cannot be used: which file, where in it, and what is the matter.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The folder, or a file in it, cannot be read.
    #[error("failed to load policy from directory: {}", explain(.0))]
    Unreadable(FilesError),
    /// A file cannot be used.
    #[error("policy file {}: {problem}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Where in it, and what is the matter.
        problem: Problem,
    },
}

/// What is the matter with a policy file.
#[derive(Debug)]
pub struct Problem {
    /// JSON Pointer (RFC 6901) to the part; empty for the whole file.
    pub place: String,
    /// What is the matter with it.
    pub reason: ProblemReason,
}

/// What is the matter with a part of a policy file.
#[derive(Debug, thiserror::Error)]
pub enum ProblemReason {
    /// It is no JSON object, or names a member twice.
    #[error(transparent)]
    Json(json::Error),
    /// A profile is something else than an object.
    #[error("not an object")]
    NotAnObject,
    /// Another file has the scope.
    #[error("mapping for this scope already exists in {}", .0.display())]
    Duplicate(PathBuf),
    /// A `scope_policy` that does not exist.
    #[error("scope_policy is none of `profile-only`, `passthrough` and `dynamic`")]
    ScopePolicy,
    /// A profile asks nobody for anything.
    #[error(
        "credential profile must define at least one of 'organization', 'service_provider', or 'user'"
    )]
    NoDefinition,
    /// A `dynamic` profile without a decision point.
    #[error(
        "scope_policy `dynamic` but no AuthZEN endpoint is configured (policy.authzen.endpoint)"
    )]
    NoDecisionPoint,
    /// A definition is refused.
    #[error(transparent)]
    Definition(DefinitionReason),
    /// A field would overwrite a member of introspection answers.
    #[error("the field id `{0}` is a name that token introspection uses itself")]
    ReservedFieldId(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.as_str() {
            "" => self.reason.fmt(f),
            place => write!(f, "at {place}: {}", self.reason),
        }
    }
}

impl PolicySet {
    pub(super) fn find(&self, scope: &str) -> Option<&Arc<Profile>> {
        self.0.get(scope)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Source {
    /// What the folder looks like now; `None` if that cannot be told.
    pub(super) fn fingerprint(&self) -> Option<Fingerprint> {
        files::fingerprint(self.settings.directory.as_deref()?, EXTENSION).ok()
    }

    /// Reads the folder for the first time.
    pub(super) fn read(&self) -> Result<PolicySet, LoadError> {
        match self.read_again() {
            Err(LoadError::Unreadable(error))
                if self.settings.directory_may_be_missing && self.is_folder_missing(&error) =>
            {
                Ok(PolicySet::default())
            }
            other => other,
        }
    }

    /// Reads the folder; a missing one is an error.
    pub(super) fn read_again(&self) -> Result<PolicySet, LoadError> {
        let mut set = PolicySet::default();
        let Some(folder) = self.settings.directory.as_deref() else { return Ok(set) };
        let mut owners = HashMap::new();
        for file in files::read_folder(folder, EXTENSION).map_err(LoadError::Unreadable)? {
            let path = folder.join(&file.name);
            self.add_file(&path, &file, &mut set, &mut owners)
                .map_err(|problem| LoadError::File { file: path.clone(), problem })?;
        }
        Ok(set)
    }

    fn is_folder_missing(&self, error: &FilesError) -> bool {
        let FilesError::Unreadable { path, cause } = error else { return false };
        let folder = self.settings.directory.as_deref();
        cause.kind() == io::ErrorKind::NotFound && folder == Some(Path::new(path))
    }

    fn add_file(
        &self,
        path: &Path,
        file: &File,
        set: &mut PolicySet,
        owners: &mut HashMap<String, PathBuf>,
    ) -> Result<(), Problem> {
        let profiles = json::parse_object(&file.bytes).map_err(|error| Problem {
            place: String::new(),
            reason: ProblemReason::Json(error),
        })?;
        for (scope, profile) in &profiles {
            let place = format!("/{}", escape(scope));
            if let Some(other) = owners.insert(scope.clone(), path.to_owned()) {
                return Err(Problem { place, reason: ProblemReason::Duplicate(other) });
            }
            let profile = self.profile(scope, profile, &place)?;
            log_warnings(path, &profile);
            set.0.insert(scope.clone(), Arc::new(profile));
        }
        Ok(())
    }

    fn profile(&self, scope: &str, value: &Value, place: &str) -> Result<Profile, Problem> {
        let at = |place: &str, reason| Problem { place: place.to_owned(), reason };
        let members = value.as_object().ok_or_else(|| at(place, ProblemReason::NotAnObject))?;
        let scope_policy = scope_policy(members)
            .ok_or_else(|| at(&format!("{place}/scope_policy"), ProblemReason::ScopePolicy))?;
        if scope_policy == ScopePolicy::Dynamic && !self.has_decision_point {
            return Err(at(place, ProblemReason::NoDecisionPoint));
        }
        let mut definitions = Vec::new();
        for owner in WalletOwner::ALL {
            match members.get(owner.name()) {
                None | Some(Value::Null) => {}
                Some(value) => {
                    let definition = self.definition(value, &format!("{place}/{owner}"))?;
                    definitions.push((owner, Arc::new(definition)));
                }
            }
        }
        if definitions.is_empty() {
            return Err(at(place, ProblemReason::NoDefinition));
        }
        Ok(Profile::new(scope.to_owned(), scope_policy, definitions))
    }

    fn definition(&self, value: &Value, place: &str) -> Result<Definition, Problem> {
        let definition = Definition::compile(value).map_err(|error| Problem {
            place: format!("{place}{}", error.place),
            reason: ProblemReason::Definition(error.reason),
        })?;
        // SECURITY: a credential that fills such a field would choose what a resource server reads about its own token.
        if let (true, Some(id)) = (self.strict, definition.reserved_field_ids().first()) {
            let reason = ProblemReason::ReservedFieldId((*id).to_owned());
            return Err(Problem { place: place.to_owned(), reason });
        }
        Ok(definition)
    }
}

/// The whole reason in one line: an operator reads it when the node does not start.
fn explain(error: &FilesError) -> String {
    match error {
        FilesError::Unreadable { cause, .. } => format!("{error}: {cause}"),
        FilesError::TooMuch { .. } => error.to_string(),
    }
}

fn scope_policy(members: &Map<String, Value>) -> Option<ScopePolicy> {
    match members.get("scope_policy") {
        None | Some(Value::Null) => Some(ScopePolicy::ProfileOnly),
        Some(value) => ScopePolicy::find(value.as_str()?),
    }
}

fn log_warnings(file: &Path, profile: &Profile) {
    for (owner, definition) in &profile.definitions {
        for warning in definition.warnings() {
            tracing::warn!(
                policy.file = %file.display(),
                policy.scope = profile.scope,
                policy.owner = owner.name(),
                "presentation definition: {warning}"
            );
        }
    }
}

/// A name as a step of a JSON Pointer, RFC 6901 §3.
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
