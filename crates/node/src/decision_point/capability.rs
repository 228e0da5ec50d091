//! Capability statements that policies bring as data: what their use cases need of a FHIR server, and so may ask of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use pecan_fhir::{Capability, CapabilityError};
use pecan_rego::{EvaluateError, PolicySet};
use serde_json::Value;

/// Where a policy has its statement: a folder of it with the statement as JSON, so that it is `data.<policy>.capability_statement`.
const PLACE: &str = "capability_statement";

/// Statements by the names of policies.
pub type Capabilities = BTreeMap<String, Arc<Capability>>;

/// Why a statement cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// It is none, or of a version that is not spoken.
    #[error("policy `{policy}`: {cause}")]
    Statement {
        /// The policy.
        policy: String,
        /// What is the matter.
        cause: CapabilityError,
    },
    /// It is not data, but a rule that cannot be evaluated.
    #[error("policy `{policy}`: {cause}")]
    Rule {
        /// The policy.
        policy: String,
        /// What is the matter.
        cause: EvaluateError,
    },
}

/// The statements of a set of policies.
pub fn read_capabilities(set: &PolicySet) -> Result<Capabilities, StatementError> {
    let mut found = Capabilities::new();
    for name in set.names() {
        let policy = || name.to_owned();
        let path = format!("{}/{PLACE}", name.replace('.', "/"));
        let statement = set.query(&path, &Value::Null);
        let statement =
            statement.map_err(|cause| StatementError::Rule { policy: policy(), cause })?;
        let Some(statement) = statement else { continue };
        let capability = Capability::of_its_version(&statement)
            .map_err(|cause| StatementError::Statement { policy: policy(), cause })?;
        found.insert(policy(), Arc::new(capability));
    }
    Ok(found)
}
