//! did:x509: a DID that a certificate authority vouches for.
//!
//! [The did:x509 method](https://github.com/microsoft/did-x509/blob/main/specification.md), version 0 with the policies `subject` and
//! `san`. The DID resolves only together with the certificate chain in the header of the token that it signed. Trust comes from the
//! fingerprint of an authority in the DID, and from whoever accepts that DID; no list of roots is consulted. Does not look at
//! certificate revocation lists.

mod certificate;
mod chain;
mod error;
mod identifier;
mod policy;

use time::OffsetDateTime;
use x509_parser::extensions::KeyUsage;

pub use certificate::Facts;
pub use chain::{CERTIFICATE_BYTES_MAX, CERTIFICATES_MAX};
pub use error::{ChainError, Error};
pub use identifier::{Policies, Policy, PolicyName};

use self::certificate::Certificate;
use self::identifier::Identifier;
use super::did::Did;
use super::did_url::DidUrl;
use super::document::{DID_V1, Document, Relationship};
use super::verification_method::VerificationMethod;

/// What a did:x509 and its certificates say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The document with the key of the leaf.
    pub document: Document,
    /// What the DID says about the leaf, all of which holds.
    pub policies: Policies,
    /// The certificates from the leaf to the root, for a later check whether they are revoked.
    pub chain: Vec<Facts>,
    /// When the leaf starts to be valid.
    pub not_before: OffsetDateTime,
    /// When the leaf ends to be valid.
    pub not_after: OffsetDateTime,
}

/// Resolves a did:x509 with the `x5c` member of a JOSE header, RFC 7515 §4.1.6, at a time.
pub fn resolve(did: &Did, x5c: Option<&[String]>, now: OffsetDateTime) -> Result<Resolved, Error> {
    let x5c = x5c.ok_or(Error::NoCertificates)?;
    let ders = chain::decode(x5c)?;
    let identifier = Identifier::parse(did)?;
    let certificates =
        ders.iter().map(|der| Certificate::parse(der)).collect::<Result<Vec<_>, _>>()?;
    let (leaf, authorities) = certificates.split_first().ok_or(Error::TooFewCertificates)?;
    chain::verify(&certificates, now)?;
    check_fingerprint(&identifier, leaf, authorities)?;
    policy::check(&identifier.policies, leaf)?;
    Ok(Resolved {
        document: document(did, leaf)?,
        policies: identifier.policies,
        chain: certificates.iter().map(Certificate::facts).collect(),
        not_before: leaf.not_before(),
        not_after: leaf.not_after(),
    })
}

/// Checks that the DID names one of the authorities.
///
/// INVARIANT: the chain was verified, so all but the leaf are authorities.
fn check_fingerprint(
    identifier: &Identifier,
    leaf: &Certificate<'_>,
    authorities: &[Certificate<'_>],
) -> Result<(), Error> {
    let is_named = |certificate: &Certificate<'_>| identifier.names(certificate.der());
    if authorities.iter().any(is_named) {
        Ok(())
    } else if is_named(leaf) {
        // SECURITY: a leaf that vouches for itself could claim anything.
        Err(Error::FingerprintOfLeaf)
    } else {
        Err(Error::FingerprintNotFound)
    }
}

/// The document: one key, for what the leaf's key usage allows.
fn document(did: &Did, leaf: &Certificate<'_>) -> Result<Document, Error> {
    let usage = leaf.key_usage()?;
    let mut relationships = Vec::new();
    if usage.is_none_or(KeyUsage::digital_signature) {
        relationships.push(Relationship::AssertionMethod);
    }
    if usage.is_none_or(KeyUsage::key_agreement) {
        relationships.push(Relationship::KeyAgreement);
    }
    if relationships.is_empty() {
        return Err(Error::KeyUsage);
    }
    let id = DidUrl::with_fragment(did, "0").map_err(|_| Error::Malformed)?;
    let key = leaf.public_key()?;
    let method = VerificationMethod::json_web_key(id, did.clone(), key.to_jwk());
    Ok(Document::new(did.clone())
        .with_context(DID_V1)
        .with_controller(did.clone())
        .with_method(method, &relationships))
}
