//! What an authorization server asks for in exchange for a scope: its own definition, or that of the local policy.

use pecan_credentials::exchange::Definition;
use pecan_oauth::metadata::AuthorizationServerMetadata;

use super::Client;
use super::error::ServiceTokenError;
use crate::policy::{Policies, ScopePolicy, WalletOwner};

/// What is asked for, and what is asked in return.
pub struct Wanted {
    /// Which credentials.
    pub definition: Definition,
    /// The scope that goes to the token endpoint.
    pub scope: String,
}

impl Client {
    /// What a server asks for a scope (contract/iam.md 7.2 step 6).
    pub async fn wanted(
        &self,
        server: &AuthorizationServerMetadata,
        scope: &str,
    ) -> Result<Wanted, ServiceTokenError> {
        match &server.presentation_definition_endpoint {
            Some(endpoint) => {
                let definition = self.remote.definition(endpoint, scope).await?;
                Ok(Wanted { definition, scope: scope.to_owned() })
            }
            None => local(&self.policies, scope),
        }
    }
}

/// What the local policy says of a scope, for servers that say nothing (contract/iam.md 4.5).
pub fn local(policies: &Policies, scope: &str) -> Result<Wanted, ServiceTokenError> {
    let requested = policies.resolve(scope).map_err(ServiceTokenError::UnknownLocalScope)?;
    let profile = &requested.profile;
    let is_alone = profile.scope_policy == ScopePolicy::ProfileOnly;
    if is_alone && !requested.others.is_empty() {
        return Err(ServiceTokenError::AdditionalScopes);
    }
    let mut definitions = profile.definitions.iter();
    let Some((_, definition)) = definitions.find(|(owner, _)| *owner == WalletOwner::Organization)
    else {
        return Err(ServiceTokenError::NoOrganizationDefinition { scope: profile.scope.clone() });
    };
    let scope = if is_alone { profile.scope.clone() } else { scope.to_owned() };
    Ok(Wanted { definition: Definition::clone(definition), scope })
}
