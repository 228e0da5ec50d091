//! Credentials that the caller states about the subject: checked for what they must not say, and filled in per DID.
//!
//! Nothing is signed: they count because the presentation around them is (contract/iam.md 7.3).

use pecan_credentials::credential::{Credential, self_attested};
use pecan_credentials::did::Did;
use pecan_platform::random::{Random, uuid};
use serde_json::Value;
use time::OffsetDateTime;

use super::error::ServiceTokenError;

/// The most self-attested credentials of one request.
pub const SELF_ATTESTED_MAX: usize = 32;

/// Refuses what the caller must not say: those are the words of an issuer.
// SECURITY: a caller who names issuer or subject could present another's statement as the organisation's own.
pub fn check(credentials: &[Value]) -> Result<(), ServiceTokenError> {
    if credentials.len() > SELF_ATTESTED_MAX {
        return Err(ServiceTokenError::TooManyCredentials { max: SELF_ATTESTED_MAX });
    }
    for credential in credentials {
        let read = Credential::from_value(credential.clone())
            .map_err(ServiceTokenError::SelfAttestedUnreadable)?;
        if read.subjects().iter().any(|subject| says(subject, "id")) {
            return Err(ServiceTokenError::SelfAttestedSubject);
        }
        // A JWT is signed, so somebody issued it, whether it says so or not.
        if says(credential, "issuer") || read.jws().is_some() {
            return Err(ServiceTokenError::SelfAttestedIssuer);
        }
    }
    Ok(())
}

/// The credentials as `did` states them at a time.
pub fn fill(
    credentials: &[Value],
    did: &Did,
    random: &dyn Random,
    at: OffsetDateTime,
) -> Result<Vec<Credential>, ServiceTokenError> {
    let mut filled = Vec::with_capacity(credentials.len());
    for credential in credentials {
        let mut credential = credential.clone();
        if let Value::Object(members) = &mut credential {
            self_attested::fill(members, &uuid(random), did, at);
        }
        let credential = Credential::from_value(credential);
        filled.push(credential.map_err(ServiceTokenError::SelfAttestedUnreadable)?);
    }
    Ok(filled)
}

/// Whether a member is there with anything in it.
fn says(value: &Value, member: &str) -> bool {
    match value.get(member) {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => true,
    }
}
