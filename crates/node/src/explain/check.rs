//! Puts what keeps a credential out into a check with a name, and into words.

use pecan_credentials::credential::Credential;
use pecan_credentials::date_time;
use pecan_credentials::exchange::{FieldReason, Mismatch};
use time::OffsetDateTime;

use super::facts::{Check, short};
use crate::client::offer::Unsuitable;
use crate::verifier::CredentialError;

/// Why a credential does not count at a time, by its own dates.
pub(super) fn dates(credential: &Credential, now: OffsetDateTime) -> Option<Check> {
    if credential.check_validity(now).is_ok() {
        return None;
    }
    let check = match (credential.issued_at(), credential.expires_at()) {
        (_, Some(end)) if end < now => {
            let found = date_time::format(end);
            Check {
                found: Some(found.clone()),
                ..Check::new("expired", format!("expired on {found}"))
            }
        }
        (Some(start), _) => {
            let found = date_time::format(start);
            let reason = format!("not valid before {found}");
            Check { found: Some(found), ..Check::new("not_yet_valid", reason) }
        }
        (None, _) => Check::new("not_yet_valid", "says not when it was issued"),
    };
    Some(check)
}

/// Why the verifier of this node does not accept a credential.
pub(super) fn refused(error: &CredentialError) -> Check {
    match error {
        CredentialError::Revoked => Check::new("revoked", "revoked by its issuer"),
        CredentialError::Status(_) => Check::new(
            "status_unknown",
            format!("of unknown status: {}", short(&error.to_string())),
        ),
        CredentialError::Invalid(_)
        | CredentialError::Certificates(_)
        | CredentialError::CertificateIssuer
        | CredentialError::NotValidNow
        | CredentialError::Signature(_) => Check::new("not_accepted", short(&error.to_string())),
    }
}

/// Why a credential is not offered to a server.
pub(super) fn unsuitable(unsuitable: &Unsuitable) -> Check {
    let check = match unsuitable {
        Unsuitable::IssuerMethod { .. } => "issuer_method",
        Unsuitable::JwtInJsonLd => "jwt_in_json_ld",
    };
    Check::new(check, short(&unsuitable.to_string()))
}

/// Why a credential does not match a descriptor, and how many fields did before.
pub(super) fn mismatch(mismatch: &Mismatch, credential: &Credential) -> (Check, usize) {
    match mismatch {
        Mismatch::FormatNotAccepted { found, accepted } => {
            (listed("format", found.name(), accepted), 0)
        }
        Mismatch::AlgorithmNotAccepted { found, accepted } => {
            (listed("algorithm", found, accepted), 0)
        }
        Mismatch::ProofTypeNotAccepted { found, accepted } => {
            (listed("proof_type", &found.join(", "), accepted), 0)
        }
        Mismatch::Field { index, id, paths, reason } => {
            let place = Place { id: id.as_deref(), paths };
            (field(&place, reason, credential), *index)
        }
        Mismatch::Unmatchable(cause) => (
            Check::new("unmatchable", short(&format!("the definition cannot be matched: {cause}"))),
            0,
        ),
    }
}

fn listed(check: &'static str, found: &str, accepted: &[String]) -> Check {
    let (found, expected) = (short(found), short(&accepted.join(", ")));
    let reason = format!("its {} is {found}, accepted: {expected}", check.replace('_', " "));
    Check { expected: Some(expected), found: Some(found), ..Check::new(check, reason) }
}

/// Which field it is.
struct Place<'a> {
    id: Option<&'a str>,
    paths: &'a [String],
}

impl Place<'_> {
    fn path(&self) -> String {
        short(self.paths.first().map(String::as_str).unwrap_or_default())
    }

    /// The id, or the first path.
    fn name(&self) -> String {
        self.id.map_or_else(|| self.path(), short)
    }

    fn is_about(&self, member: &str) -> bool {
        let is_it = |path: &String| {
            path.strip_prefix("$.").is_some_and(|rest| rest.split('[').next() == Some(member))
        };
        self.paths.iter().any(is_it)
    }
}

fn field(place: &Place<'_>, reason: &FieldReason, credential: &Credential) -> Check {
    let (check, words, expected, found) = match reason {
        FieldReason::NoValueAtPath => {
            let paths = short(&place.paths.join(" nor "));
            ("missing", format!("has no `{}`: nothing at {paths}", place.name()), None, None)
        }
        FieldReason::WrongType { expected, found } => {
            let expected =
                expected.map_or_else(|| "no type at all".to_owned(), |kind| kind.to_string());
            let words = format!("`{}` is of type {found}, wanted: {expected}", place.name());
            ("value_type", words, Some(expected), Some(found.to_string()))
        }
        FieldReason::NotEqual { expected, found } => {
            let (expected, found) = (short(expected), short(found));
            let words = format!("`{}` is `{found}`, wanted: `{expected}`", place.name());
            ("value", words, Some(expected), Some(found))
        }
        FieldReason::NotInEnum { expected, found } => {
            let (expected, found) = (short(&expected.join(", ")), short(found));
            let words = format!("`{}` is `{found}`, wanted one of: {expected}", place.name());
            ("value", words, Some(expected), Some(found))
        }
        FieldReason::PatternMismatch { pattern, found } => {
            let (expected, found) = (short(pattern), short(found));
            let words = format!("`{}` is `{found}`, wanted a match of `{expected}`", place.name());
            ("pattern", words, Some(expected), Some(found))
        }
        FieldReason::PatternTooCostly { .. } | FieldReason::PathTooCostly { .. } => {
            ("too_costly", short(&reason.to_string()), None, None)
        }
    };
    let named = Check { check, reason: words, field: Some(place.name()), expected, found };
    known_member(named, place, credential)
}

/// The members that everybody knows are told in words that everybody knows.
fn known_member(check: Check, place: &Place<'_>, credential: &Credential) -> Check {
    let Some(expected) = check.expected.clone() else { return check };
    if place.is_about("issuer") {
        let found = short(credential.issuer().unwrap_or("nobody"));
        let reason = format!("issued by `{found}`, wanted: `{expected}`");
        return Check { check: "issuer", reason, found: Some(found), ..check };
    }
    if place.is_about("type") {
        let found = types(credential).join(", ");
        let reason = format!("of type {found}, wanted: {expected}");
        return Check { check: "type", reason, found: Some(found), ..check };
    }
    check
}

/// The types that say something.
pub(super) fn types(credential: &Credential) -> Vec<String> {
    let types = credential.types().iter().filter(|kind| *kind != "VerifiableCredential");
    types.take(TYPES_SHOWN_MAX).map(|kind| short(kind)).collect()
}

/// A credential of this network has one type beside the one that all have.
const TYPES_SHOWN_MAX: usize = 8;
