//! Checks that certificates form a chain, all of it and in its order.
//!
//! [RFC 5280 §6](https://www.rfc-editor.org/rfc/rfc5280#section-6). webpki looks for the path and checks signatures, validity, names
//! and depth below the root. It takes roots as given and ignores key usage, so both are checked here. Its rules are stricter than
//! the reference's in four cases: an authority as leaf, constraints on names that it cannot compare, critical policies, and version 1.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use time::OffsetDateTime;
use webpki::{
    ALL_VERIFICATION_ALGS, EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter,
    VerifiedPath, anchor_from_trusted_cert,
};

use super::certificate::Certificate;
use super::{ChainError, Error};

/// Most certificates in a chain.
pub const CERTIFICATES_MAX: usize = 8;
/// Largest certificate, in bytes; also the limit of webpki.
pub const CERTIFICATE_BYTES_MAX: usize = 65_535;

/// The certificates of an `x5c` member: base64 with padding, RFC 7515 §4.1.6.
pub(super) fn decode(x5c: &[String]) -> Result<Vec<Vec<u8>>, Error> {
    if x5c.len() < 2 {
        return Err(Error::TooFewCertificates);
    }
    if x5c.len() > CERTIFICATES_MAX {
        return Err(Error::TooManyCertificates { limit: CERTIFICATES_MAX });
    }
    let mut ders = Vec::new();
    for encoded in x5c {
        let der = STANDARD.decode(encoded).map_err(|_| Error::InvalidCertificate)?;
        if der.len() > CERTIFICATE_BYTES_MAX {
            return Err(Error::InvalidCertificate);
        }
        ders.push(der);
    }
    Ok(ders)
}

/// Checks the chain that starts at the first certificate.
pub(super) fn verify(certificates: &[Certificate<'_>], now: OffsetDateTime) -> Result<(), Error> {
    let (leaf, others) = certificates.split_first().ok_or(Error::TooFewCertificates)?;
    if leaf.is_self_issued() {
        // Such as a root that stands first: nobody else vouches for it.
        return Err(Error::Chain(ChainError::UnknownAuthority));
    }
    let mut roots = Vec::new();
    let mut intermediates = Vec::new();
    for certificate in others {
        let der = CertificateDer::from(certificate.der());
        if certificate.is_self_issued() {
            roots.push(der);
        } else if certificate.basic_constraints().is_some_and(|constraints| constraints.ca) {
            intermediates.push(der);
        }
    }
    let anchors: Vec<TrustAnchor<'_>> =
        roots.iter().filter_map(|root| anchor_from_trusted_cert(root).ok()).collect();
    let seconds = u64::try_from(now.unix_timestamp()).map_err(|_| ChainError::Malformed)?;
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let leaf = CertificateDer::from(leaf.der());
    let leaf = EndEntityCert::try_from(&leaf).map_err(|error| reason(&error))?;
    let path = leaf
        .verify_for_usage(
            ALL_VERIFICATION_ALGS,
            &anchors,
            &intermediates,
            time,
            AnyUsage,
            None,
            None,
        )
        .map_err(|error| reason(&error))?;
    check_order(&path, others)?;
    check_authorities(others, now)?;
    Ok(())
}

/// Accepts a certificate whatever its extended key usage.
struct AnyUsage;

impl ExtendedKeyUsageValidator for AnyUsage {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        Ok(())
    }
}

/// Checks that the path uses all certificates, one after the other.
fn check_order(path: &VerifiedPath<'_>, others: &[Certificate<'_>]) -> Result<(), Error> {
    let on_path: Vec<_> = path.intermediate_certificates().map(webpki::Cert::der).collect();
    let (root, intermediates) = others.split_last().ok_or(Error::TooFewCertificates)?;
    if on_path.len() != intermediates.len() {
        return Err(Error::UnusedCertificates);
    }
    let in_order = on_path.iter().zip(intermediates).all(|(der, each)| der.as_ref() == each.der());
    if in_order && root.is_self_issued() { Ok(()) } else { Err(Error::Order) }
}

/// Checks what webpki leaves out: key usage of all authorities, and the root.
///
/// INVARIANT: the path was found and is in order, so the last certificate is the root that it ends at.
fn check_authorities(
    authorities: &[Certificate<'_>],
    now: OffsetDateTime,
) -> Result<(), ChainError> {
    for authority in authorities {
        if authority.key_usage()?.is_some_and(|usage| !usage.key_cert_sign()) {
            return Err(ChainError::NotAnAuthority);
        }
    }
    let Some((root, intermediates)) = authorities.split_last() else { return Ok(()) };
    let constraints = root.basic_constraints().filter(|constraints| constraints.ca);
    let constraints = constraints.ok_or(ChainError::NotAnAuthority)?;
    let depth = u32::try_from(intermediates.len()).map_err(|_| ChainError::PathLength)?;
    if constraints.path_len_constraint.is_some_and(|limit| depth > limit) {
        return Err(ChainError::PathLength);
    }
    let (not_before, not_after) = (root.not_before(), root.not_after());
    if now.unix_timestamp() < not_before.unix_timestamp() {
        return Err(ChainError::NotYetValid { now, not_before });
    }
    if now.unix_timestamp() > not_after.unix_timestamp() {
        return Err(ChainError::Expired { now, not_after });
    }
    if root.critical_extensions().any(|identifier| !is_understood(identifier)) {
        return Err(ChainError::CriticalExtension);
    }
    Ok(())
}

/// The critical extensions that a root may have: those that webpki or this file acts upon.
fn is_understood(object_identifier: &[u8]) -> bool {
    const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
    const SUBJECT_ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 17];
    const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
    const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 30];
    const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37];
    [KEY_USAGE, SUBJECT_ALTERNATIVE_NAME, BASIC_CONSTRAINTS, NAME_CONSTRAINTS, EXTENDED_KEY_USAGE]
        .contains(&object_identifier)
}

fn reason(error: &webpki::Error) -> ChainError {
    use webpki::Error as Webpki;
    let date = |time: &UnixTime| {
        let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    };
    match error {
        Webpki::UnknownIssuer => ChainError::UnknownAuthority,
        Webpki::InvalidSignatureForPublicKey => ChainError::Signature,
        Webpki::UnsupportedSignatureAlgorithmContext(_)
        | Webpki::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
        | Webpki::SignatureAlgorithmMismatch => ChainError::SignatureAlgorithm,
        Webpki::CertExpired { time, not_after } => {
            ChainError::Expired { now: date(time), not_after: date(not_after) }
        }
        Webpki::CertNotValidYet { time, not_before } => {
            ChainError::NotYetValid { now: date(time), not_before: date(not_before) }
        }
        Webpki::EndEntityUsedAsCa => ChainError::NotAnAuthority,
        Webpki::CaUsedAsEndEntity => ChainError::AuthorityAsLeaf,
        Webpki::PathLenConstraintViolated => ChainError::PathLength,
        Webpki::NameConstraintViolation
        | Webpki::MalformedNameConstraint
        | Webpki::InvalidNetworkMaskConstraint => ChainError::NameConstraint,
        Webpki::UnsupportedCriticalExtension => ChainError::CriticalExtension,
        Webpki::MaximumSignatureChecksExceeded
        | Webpki::MaximumPathBuildCallsExceeded
        | Webpki::MaximumPathDepthExceeded
        | Webpki::MaximumNameConstraintComparisonsExceeded => ChainError::TooComplex,
        // The enum is not exhaustive; all others are about encodings.
        _ => ChainError::Malformed,
    }
}
