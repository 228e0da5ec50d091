//! Which rules a credential must keep, by its type.
//!
//! Looks at what a credential says, not at who signed it and whether it still counts.

use serde_json::Value;

use super::model::Credential;
use super::{VERIFIABLE_CREDENTIAL, x509_credential};
use crate::contexts::{CREDENTIALS_V1, NUTS_V1, STATUS_LIST_2021};
use crate::did::Did;
use crate::did::x509::Resolved;
use crate::one_or_many::items;
use crate::status::status_list_2021::{ENTRY_TYPE, Entry, EntryError};

/// The most types of a credential.
pub const TYPES_MAX: usize = 2;

/// Which rule a credential breaks. The texts are those of the reference where it has one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A type is not there.
    #[error("validation failed: type '{name}' is required")]
    MissingType {
        /// The type.
        name: &'static str,
    },
    /// A context is not there.
    #[error("validation failed: context '{url}' is required")]
    MissingContext {
        /// The context.
        url: &'static str,
    },
    /// A member is not there.
    #[error("validation failed: '{member}' is required")]
    Missing {
        /// Its path.
        member: &'static str,
    },
    /// A member is blank or not there.
    #[error("validation failed: '{member}' is empty")]
    Empty {
        /// Its path.
        member: &'static str,
    },
    /// A member has a value that it cannot have.
    #[error("validation failed: invalid '{member}'")]
    Invalid {
        /// Its path.
        member: &'static str,
    },
    /// The credential's id is not below its issuer.
    #[error("validation failed: credential ID must start with issuer")]
    ForeignId,
    /// Another number of subjects than one.
    #[error("validation failed: single CredentialSubject expected")]
    SubjectCount,
    /// An entry of a status list breaks a rule.
    #[error("validation failed: {0}")]
    Status(EntryError),
    /// The credential says what its certificates do not.
    #[error("validation failed: {0}")]
    X509(#[from] x509_credential::Violation),
    /// The issuer was not resolved with the certificates of the token.
    #[error("validation failed: issuer of X509Credential is not resolved")]
    X509Unresolved,
    /// More types than [`TYPES_MAX`].
    #[error("verifiable credential must list at most 2 types")]
    TooManyTypes,
}

/// Checks a credential against the rules of its type, and of all credentials.
///
/// An `X509Credential` needs its issuer: [`validate_with_issuer`].
pub fn validate(credential: &Credential) -> Result<(), Violation> {
    check(credential, None)
}

/// Checks a credential whose did:x509 issuer was resolved with the `x5c` of its token.
pub fn validate_with_issuer(credential: &Credential, issuer: &Resolved) -> Result<(), Violation> {
    check(credential, Some(issuer))
}

fn check(credential: &Credential, issuer: Option<&Resolved>) -> Result<(), Violation> {
    for kind in credential.types() {
        // The first type that has rules of its own decides which.
        match kind.as_str() {
            "NutsOrganizationCredential" => check_organization(credential)?,
            "NutsAuthorizationCredential" => check_authorization(credential)?,
            x509_credential::TYPE => check_x509(credential, issuer)?,
            _ => continue,
        }
        break;
    }
    check_all(credential)?;
    if credential.types().len() > TYPES_MAX { Err(Violation::TooManyTypes) } else { Ok(()) }
}

fn check_all(credential: &Credential) -> Result<(), Violation> {
    if !credential.has_type(VERIFIABLE_CREDENTIAL) {
        return Err(Violation::MissingType { name: VERIFIABLE_CREDENTIAL });
    }
    check_context(credential, CREDENTIALS_V1)?;
    for (member, text) in [("issuer", credential.issuer()), ("id", credential.id())] {
        if text.is_none_or(str::is_empty) {
            return Err(Violation::Missing { member });
        }
    }
    if credential.issued_at().is_none() {
        return Err(Violation::Missing { member: "issuanceDate" });
    }
    credential.statuses().iter().try_for_each(|status| check_status(credential, status))
}

fn check_status(credential: &Credential, status: &Value) -> Result<(), Violation> {
    let text = |member| status.get(member).and_then(Value::as_str).filter(|text| !text.is_empty());
    if text("id").is_none() {
        return Err(Violation::Missing { member: "credentialStatus.id" });
    }
    let kind = text("type").ok_or(Violation::Missing { member: "credentialStatus.type" })?;
    if kind == ENTRY_TYPE {
        check_context(credential, STATUS_LIST_2021)?;
        Entry::parse(status).map_err(Violation::Status)?;
    }
    Ok(())
}

fn check_organization(credential: &Credential) -> Result<(), Violation> {
    check_context(credential, NUTS_V1)?;
    check_id(credential)?;
    let subject = single_subject(credential)?;
    let organization = subject
        .get("organization")
        .ok_or(Violation::Empty { member: "credentialSubject.organization" })?
        .as_object()
        .filter(|organization| organization.values().all(Value::is_string))
        .ok_or(Violation::Invalid { member: "credentialSubject.organization" })?;
    // The reference leaves `organization` out of these paths.
    for (name, member) in [("name", "credentialSubject.name"), ("city", "credentialSubject.city")] {
        if is_blank(organization.get(name)) {
            return Err(Violation::Empty { member });
        }
    }
    check_subject_id(subject)
}

fn check_authorization(credential: &Credential) -> Result<(), Violation> {
    check_context(credential, NUTS_V1)?;
    check_id(credential)?;
    let subject = single_subject(credential)?;
    check_subject_id(subject)?;
    if is_blank(subject.get("purposeOfUse")) {
        return Err(Violation::Empty { member: "credentialSubject.PurposeOfUse" });
    }
    items(subject, "resources").iter().try_for_each(check_resource)
}

const OPERATIONS: [&str; 9] =
    ["read", "vread", "update", "patch", "delete", "history", "create", "search", "document"];

fn check_resource(resource: &Value) -> Result<(), Violation> {
    if is_blank(resource.get("path")) {
        return Err(Violation::Empty { member: "credentialSubject.Resources[].Path" });
    }
    let operations = items(resource, "operations");
    if operations.is_empty() {
        return Err(Violation::Empty { member: "credentialSubject.Resources[].Operations" });
    }
    let is_known = |operation: &Value| {
        let operation = operation.as_str().unwrap_or_default();
        OPERATIONS.iter().any(|known| known.eq_ignore_ascii_case(operation))
    };
    // An operation that is unknown cannot be granted with care, so it is not granted at all.
    if operations.iter().all(is_known) {
        Ok(())
    } else {
        Err(Violation::Invalid { member: "credentialSubject.Resources[].Operations" })
    }
}

fn check_x509(credential: &Credential, issuer: Option<&Resolved>) -> Result<(), Violation> {
    let resolved = issuer.ok_or(Violation::X509Unresolved)?;
    let facts = x509_credential::Facts {
        format: credential.format(),
        issuer: credential.issuer().ok_or(Violation::Missing { member: "issuer" })?,
        subjects: credential.subjects(),
        issued_at: credential.issued_at(),
        expires_at: credential.expires_at(),
        resolved,
    };
    Ok(x509_credential::validate(&facts)?)
}

fn check_context(credential: &Credential, url: &'static str) -> Result<(), Violation> {
    if credential.contexts().any(|context| context == url) {
        Ok(())
    } else {
        Err(Violation::MissingContext { url })
    }
}

/// The id up to `#` is the issuer.
fn check_id(credential: &Credential) -> Result<(), Violation> {
    let id = credential.id().ok_or(Violation::Missing { member: "id" })?;
    let issuer = credential.issuer().ok_or(Violation::Missing { member: "issuer" })?;
    if id.split('#').next() == Some(issuer) { Ok(()) } else { Err(Violation::ForeignId) }
}

fn single_subject(credential: &Credential) -> Result<&Value, Violation> {
    match credential.subjects() {
        [subject] => Ok(subject),
        [] | [_, _, ..] => Err(Violation::SubjectCount),
    }
}

fn check_subject_id(subject: &Value) -> Result<(), Violation> {
    let member = "credentialSubject.ID";
    let id = subject.get("id").and_then(Value::as_str).ok_or(Violation::Empty { member })?;
    Did::parse(id).map(|_| ()).map_err(|_| Violation::Invalid { member })
}

fn is_blank(value: Option<&Value>) -> bool {
    value.and_then(Value::as_str).is_none_or(|text| text.trim().is_empty())
}
