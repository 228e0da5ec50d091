//! Why a did:x509 does not resolve.
//!
//! Where the reference has a text that its callers see, the text here is the same, with its spelling.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use pecan_jose::jwk;

/// Why a did:x509 does not resolve.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The header of the token has no `x5c`.
    #[error("no x5c header found")]
    NoCertificates,
    /// Only a leaf, or nothing.
    #[error("did:x509 x5c certificate chain must contain at least two certificates")]
    TooFewCertificates,
    /// More than [`CERTIFICATES_MAX`](super::CERTIFICATES_MAX).
    #[error("did:x509 x5c certificate chain has more than {limit} certificates")]
    TooManyCertificates {
        /// The limit.
        limit: usize,
    },
    /// Not base64 of a certificate, or larger than [`CERTIFICATE_BYTES_MAX`](super::CERTIFICATE_BYTES_MAX).
    #[error("did:x509 x5c certificate chain has an invalid certificate")]
    InvalidCertificate,
    /// Another method.
    #[error("not a did:x509")]
    Method,
    /// Another version than 0.
    #[error("did:x509 does not have version 0")]
    Version,
    /// The hash is none of SHA-1, SHA-256, SHA-384 and SHA-512.
    #[error("unsupported hash algorithm")]
    UnsupportedHash,
    /// A part is missing, or a policy has a key without a value.
    #[error("did:x509 is malformed")]
    Malformed,
    /// A policy that is neither `subject` nor `san`.
    #[error("unknown policy type")]
    UnknownPolicy,
    /// A key that the policy does not have.
    #[error("unknown policy key: `{key}`")]
    UnknownPolicyKey {
        /// The key.
        key: String,
    },
    /// The chain does not hold at this time.
    #[error("did:509 certificate chain validation failed: x509: {0}")]
    Chain(#[from] ChainError),
    /// Some certificates are not needed for the chain.
    #[error("did:x509 x5c header contains more certificates than the validated certificate chain")]
    UnusedCertificates,
    /// The certificates form a chain, but do not stand in its order.
    #[error("did:x509 x5c header is not in the order of the validated certificate chain")]
    Order,
    /// No certificate of the chain has the fingerprint.
    #[error("cannot find a certificate with the given hash")]
    FingerprintNotFound,
    /// The fingerprint is that of the leaf.
    #[error(
        "did:x509 ca-fingerprint refers to leaf certificate, must be either root or intermediate CA certificate"
    )]
    FingerprintOfLeaf,
    /// The leaf's subject does not have the value.
    #[error("query does not match the subject : {key}")]
    Subject {
        /// The key of the policy.
        key: String,
    },
    /// The leaf's alternative names do not have the value.
    #[error("query does not match the san : {key}")]
    San {
        /// The key of the policy.
        key: String,
    },
    /// The leaf's key is for neither signatures nor key agreement.
    #[error("certificate must have the digital signature or key agreement usage")]
    KeyUsage,
    /// The leaf's key is of a kind that is not supported.
    #[error("certificate has an unsupported public key")]
    Key(#[from] jwk::Error),
}

/// Why certificates form no valid chain.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// No path leads from the leaf to a self-signed authority.
    #[error("certificate signed by unknown authority")]
    UnknownAuthority,
    /// A signature is not that of the issuer.
    #[error("certificate has an invalid signature")]
    Signature,
    /// A signature with SHA-1, MD5, a weak RSA key or an unknown algorithm.
    #[error("certificate has an unsupported signature algorithm")]
    SignatureAlgorithm,
    /// Past its end.
    #[error(
        "certificate has expired or is not yet valid: current time {} is after {}",
        print(*now),
        print(*not_after)
    )]
    Expired {
        /// When it was checked.
        now: OffsetDateTime,
        /// Its end.
        not_after: OffsetDateTime,
    },
    /// Before its start.
    #[error(
        "certificate has expired or is not yet valid: current time {} is before {}",
        print(*now),
        print(*not_before)
    )]
    NotYetValid {
        /// When it was checked.
        now: OffsetDateTime,
        /// Its start.
        not_before: OffsetDateTime,
    },
    /// An issuer may not issue certificates.
    #[error("certificate is not authorized to sign other certificates")]
    NotAnAuthority,
    /// The leaf is itself an authority.
    #[error("certificate of an authority is used as leaf")]
    AuthorityAsLeaf,
    /// More authorities in a row than one of them allows.
    #[error("too many intermediates for path length constraint")]
    PathLength,
    /// A name outside those that an authority may vouch for, or a constraint that cannot be checked.
    #[error("certificate has a name that is not permitted")]
    NameConstraint,
    /// An extension that must be understood and is not.
    #[error("unhandled critical extension")]
    CriticalExtension,
    /// Not version 3, a broken extension, or a field outside its range.
    #[error("malformed certificate")]
    Malformed,
    /// More signatures or paths to try than is reasonable.
    #[error("certificate chain is too complex")]
    TooComplex,
}

fn print(time: OffsetDateTime) -> String {
    // A certificate's years have four digits, which is all that the format asks for.
    time.replace_nanosecond(0).unwrap_or(time).format(&Rfc3339).unwrap_or_default()
}
