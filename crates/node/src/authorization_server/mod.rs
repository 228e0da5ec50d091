//! Grants, introspects and describes access tokens.
//!
//! No authorization codes are issued here, so none is ever redeemed.

mod access_token;
mod describe;
mod dpop;
mod error;
mod introspect;
mod used;
mod vp_token_grant;

use pecan_oauth::token::{RequestError, TokenRequest};
use pecan_platform::Env;

use crate::PublicUrl;
use crate::key::Keys;
use crate::policy::Policies;
use crate::subject::Subjects;
use crate::verifier::Verifier;

pub use access_token::{ACCESS_TOKEN_LIFETIME, AccessToken};
pub use describe::{DefinitionError, DescribeError, StatementError};
pub use dpop::{CheckedProof, ProofInvalid, ProofRequest, ProofValidity};
pub use error::{NotFulfilled, TokenError};
pub use introspect::{ActiveToken, IntrospectError, IntrospectionDetail};

/// The authorization server of every subject of this node. Cheap to clone.
#[derive(Clone)]
pub struct AuthorizationServer {
    env: Env,
    public_url: PublicUrl,
    subjects: Subjects,
    policies: Policies,
    verifier: Verifier,
    keys: Keys,
}

impl AuthorizationServer {
    /// An authorization server over its parts.
    pub fn new(
        env: Env,
        public_url: PublicUrl,
        subjects: Subjects,
        policies: Policies,
        verifier: Verifier,
        keys: Keys,
    ) -> Self {
        Self { env, public_url, subjects, policies, verifier, keys }
    }

    /// Where the world reaches this node.
    pub fn public_url(&self) -> &PublicUrl {
        &self.public_url
    }

    /// Answers a token request (contract/iam.md 8.1). `dpop` is the header of this name.
    ///
    /// The request is handed over as it was read: that the subject is unknown outranks what is wrong with it.
    pub async fn token(
        &self,
        subject: &str,
        request: Result<TokenRequest<'_>, RequestError>,
        dpop: Option<&str>,
    ) -> Result<AccessToken, TokenError> {
        let now = self.env.clock.now();
        let subject = self.subjects.find(subject).await?.ok_or(TokenError::UnknownSubject)?;
        match request? {
            TokenRequest::VpToken(request) => self.grant(&subject, request, dpop, now).await,
            TokenRequest::AuthorizationCode(_) => Err(TokenError::UnknownCode),
        }
    }
}
