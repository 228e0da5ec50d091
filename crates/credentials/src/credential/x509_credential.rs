//! The rules of the `X509Credential`: a credential may say what a certificate says, for as long as it says so.
//!
//! Takes the facts of a parsed credential and of its resolved issuer. Does not verify the signature and does not look at revocation
//! lists.

use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::did::x509::{Policies, Resolved};
use crate::format::Format;

/// The type that these rules belong to.
pub const TYPE: &str = "X509Credential";

/// What the rules look at.
#[derive(Copy, Clone, Debug)]
pub struct Facts<'a> {
    /// How the credential is written.
    pub format: Format,
    /// Its `issuer`.
    pub issuer: &'a str,
    /// Its subjects, as JSON objects.
    pub subjects: &'a [Value],
    /// Its `issuanceDate`.
    pub issued_at: Option<OffsetDateTime>,
    /// Its `expirationDate`.
    pub expires_at: Option<OffsetDateTime>,
    /// The issuer, resolved with the certificates in the header of the credential.
    pub resolved: &'a Resolved,
}

/// Checks a credential whose issuer was resolved.
pub fn validate(facts: &Facts<'_>) -> Result<(), Violation> {
    if facts.format != Format::JwtVc {
        return Err(Violation::Format);
    }
    let id = facts.resolved.document.id();
    if *id != *facts.issuer {
        return Err(Violation::Issuer);
    }
    for subject in facts.subjects {
        let claims = subject.as_object().ok_or(Violation::Subject)?;
        check_claims(claims, &facts.resolved.policies)?;
    }
    let expires_at = facts.expires_at.ok_or(Violation::NoExpirationDate)?;
    if expires_at > facts.resolved.not_after {
        return Err(Violation::ExpiresAfterCertificate);
    }
    let issued_at = facts.issued_at.ok_or(Violation::NoIssuanceDate)?;
    if issued_at < facts.resolved.not_before {
        return Err(Violation::IssuedBeforeCertificate);
    }
    Ok(())
}

/// Checks that everything a subject claims stands in the DID. Saying less is fine.
fn check_claims(subject: &Map<String, Value>, policies: &Policies) -> Result<(), Violation> {
    for (policy, claims) in subject.iter().filter(|(name, _)| *name != "id") {
        if !policies.has(policy) {
            return Err(Violation::PolicyNotFound { policy: policy.clone() });
        }
        let claims =
            claims.as_object().ok_or_else(|| Violation::NotAnObject { policy: policy.clone() })?;
        for (key, claim) in claims {
            check_claim(policies, policy, key, claim)?;
        }
    }
    Ok(())
}

fn check_claim(
    policies: &Policies,
    policy: &str,
    key: &str,
    claim: &Value,
) -> Result<(), Violation> {
    let mut values = policies.values(policy, key).peekable();
    if values.peek().is_none() {
        let (policy, key) = (policy.to_owned(), key.to_owned());
        return Err(Violation::ClaimNotFound { policy, key });
    }
    if values.any(|value| claim.as_str() == Some(value)) {
        return Ok(());
    }
    let value = claim.as_str().map_or_else(|| claim.to_string(), str::to_owned);
    Err(Violation::ClaimDiffers { policy: policy.to_owned(), key: key.to_owned(), value })
}

/// Which rule a credential breaks. The texts are those of the reference where it has one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Not a JWT.
    #[error("X509Credential must be in `jwt_vc` format")]
    Format,
    /// The issuer is not the DID that was resolved.
    #[error("issuer of X509Credential is not the did:x509 of its certificates")]
    Issuer,
    /// A subject is no object.
    #[error("`credentialSubject` is not an object")]
    Subject,
    /// A claim about something that the DID has no policy for.
    #[error("policy '{policy}' not found in did:x509 policy")]
    PolicyNotFound {
        /// The member of the subject.
        policy: String,
    },
    /// A claim that does not list keys and values.
    #[error("`credentialSubject.{policy}` is not an object")]
    NotAnObject {
        /// The member of the subject.
        policy: String,
    },
    /// A claim with a key that the DID's policy does not have.
    #[error("assertion 'credentialSubject.{policy}.{key}' not found in did:x509 policy")]
    ClaimNotFound {
        /// The member of the subject.
        policy: String,
        /// The member of that.
        key: String,
    },
    /// A claim with another value than the DID's policy has.
    #[error("invalid assertion value '{value}' for '{policy}:{key}' did:x509 policy")]
    ClaimDiffers {
        /// The member of the subject.
        policy: String,
        /// The member of that.
        key: String,
        /// The value claimed.
        value: String,
    },
    /// The credential has no end.
    #[error("'expirationDate' is required")]
    NoExpirationDate,
    /// The credential outlives the certificate.
    #[error("credential expiration date is after certificate's notAfter")]
    ExpiresAfterCertificate,
    /// The credential has no start.
    #[error("'issuanceDate' is required")]
    NoIssuanceDate,
    /// The credential is older than the certificate.
    #[error("credential issuance date is before certificate's notBefore")]
    IssuedBeforeCertificate,
}
