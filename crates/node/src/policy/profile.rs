//! A credential profile: what one scope asks for.

use std::fmt;
use std::sync::Arc;

use pecan_credentials::exchange::Definition;

/// Who owns the wallet that a definition asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WalletOwner {
    /// The organisation.
    Organization,
    /// A service provider that acts for it.
    ServiceProvider,
    /// The person.
    User,
}

impl WalletOwner {
    /// All of them, in the order of a profile.
    pub const ALL: [Self; 3] = [Self::Organization, Self::ServiceProvider, Self::User];

    /// The name in files and parameters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::ServiceProvider => "service_provider",
            Self::User => "user",
        }
    }

    /// Finds the owner of a name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|owner| owner.name() == name)
    }
}

impl fmt::Display for WalletOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What happens to scopes beside that of the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopePolicy {
    /// There may be none.
    ProfileOnly,
    /// They are granted.
    Passthrough,
    /// The decision point decides.
    Dynamic,
}

impl ScopePolicy {
    /// Finds the policy of a name; the empty one is the default.
    pub fn find(name: &str) -> Option<Self> {
        match name {
            "" | "profile-only" => Some(Self::ProfileOnly),
            "passthrough" => Some(Self::Passthrough),
            "dynamic" => Some(Self::Dynamic),
            _ => None,
        }
    }
}

/// A credential profile: the value of one scope in a policy file.
#[derive(Debug)]
pub struct Profile {
    /// The scope.
    pub scope: String,
    /// What happens to other scopes.
    pub scope_policy: ScopePolicy,
    /// One definition at least, by wallet owner, in the order organization, service provider, user.
    pub definitions: Vec<(WalletOwner, Arc<Definition>)>,
    /// The definitions as they are told to resource servers: a JSON object by wallet owner.
    pub definitions_json: String,
}

impl Profile {
    /// A profile of some definitions.
    pub fn new(
        scope: String,
        scope_policy: ScopePolicy,
        definitions: Vec<(WalletOwner, Arc<Definition>)>,
    ) -> Self {
        let members: Vec<String> = definitions
            .iter()
            .map(|(owner, definition)| format!("\"{owner}\":{}", definition.source()))
            .collect();
        let definitions_json = format!("{{{}}}", members.join(","));
        Self { scope, scope_policy, definitions, definitions_json }
    }

    /// The definition for the wallet of an owner.
    pub fn find_definition(&self, owner: WalletOwner) -> Option<&Arc<Definition>> {
        self.definitions.iter().find(|(known, _)| *known == owner).map(|(_, found)| found)
    }
}
