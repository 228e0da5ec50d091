//! What a gateway is answered.

use bytes::Bytes;
use serde_json::{Map, Value};

/// A decision, with an id under which the log tells more.
#[derive(Debug)]
pub struct Decision {
    /// The id.
    pub id: String,
    /// Allow or deny.
    pub outcome: Outcome,
}

/// Allow or deny.
#[derive(Debug)]
pub enum Outcome {
    /// The request may pass, if the gateway does what is asked of it.
    Allow(Box<Allowed>),
    /// It may not.
    Deny(Denied),
}

/// What goes with a request that may pass.
#[derive(Debug)]
pub struct Allowed {
    /// Who asks.
    pub identity: Identity,
    /// How the request is to be cut down. The gateway is able to: otherwise this would be a denial.
    pub narrowing: Option<Narrowing>,
    /// Other obligations of the policy that the gateway is registered for: name to value.
    pub obligations: Map<String, Value>,
}

/// Who asks, for the service behind.
#[derive(Debug)]
pub struct Identity {
    /// Header fields to set, all of them, also those with an empty value: the client's own copies must not remain.
    pub headers: Vec<(String, String)>,
    /// What introspection says.
    pub claims: Map<String, Value>,
}

/// The request, cut down.
#[derive(Debug, PartialEq, Eq)]
pub struct Narrowing {
    /// The whole query to use.
    pub query: Option<String>,
    /// The whole body to use.
    pub body: Option<Bytes>,
    /// The parameters that were added, for gateways that add parameters one by one.
    pub added: Vec<(String, String)>,
}

/// Why a request may not pass.
#[derive(Debug)]
pub struct Denied {
    /// What the client may know.
    pub refusal: Refusal,
    /// What the operator reads.
    pub reason: String,
}

/// What the client of a refused request may know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 401: there is no token, or it or its proof is not valid.
    Unauthenticated {
        /// The `error` of the challenge; none without a token (RFC 6750 §3.1).
        error: Option<&'static str>,
        /// A nonce for the next proof.
        nonce: Option<String>,
        /// Where the metadata of the resource are (RFC 9728 §5.1).
        resource_metadata: Option<String>,
    },
    /// 403: a policy, or a request that cannot be judged. Which layer it was is not told.
    Forbidden,
}

impl Denied {
    /// A request that may not pass, or cannot be judged.
    #[expect(clippy::needless_pass_by_value, reason = "`map_err` hands errors over")]
    pub(super) fn forbidden(reason: impl ToString) -> Self {
        Self { refusal: Refusal::Forbidden, reason: reason.to_string() }
    }
}
