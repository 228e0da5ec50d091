//! The gateways that may ask.

use std::collections::BTreeSet;

use super::{CertificateSource, Dialect, OriginalHeaders};

/// One gateway, as the operator registered it.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Its name, for logs and in routes.
    pub name: String,
    /// How it proves who it is.
    pub credential: Credential,
    /// What it does, and so what may be asked of it.
    pub abilities: Abilities,
    /// The dialects in which it may ask; none: it is refused everywhere.
    pub dialects: BTreeSet<Dialect>,
    /// Where it copies the client's request line, in the dialect that leaves that to the operator.
    pub original: OriginalHeaders,
    /// Where it tells the client's certificate. Counts only with [`Abilities::tells_certificate`].
    pub certificate: Option<CertificateSource>,
}

/// How a gateway proves who it is.
#[derive(Clone)]
pub enum Credential {
    /// SHA-256 of a secret that it sends as `Bearer` or in a header of its own: secrets are compared by their hashes.
    Secret([u8; 32]),
    /// The subject of the certificate with which it connects, as an RFC 4514 string.
    CertificateSubject(String),
}

// A secret has no `Debug`, not even its hash.
impl std::fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Secret(_) => formatter.write_str("Secret"),
            Self::CertificateSubject(subject) => {
                formatter.debug_tuple("CertificateSubject").field(subject).finish()
            }
        }
    }
}

/// What a gateway can do. Whatever is not listed it is not trusted with, and a decision that needs it is a denial.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an ability of its own")]
pub struct Abilities {
    /// It sends the whole body, or says that it cut it.
    pub tells_body: bool,
    /// It replaces the query by the one of the answer.
    pub narrows_query: bool,
    /// It replaces the body by the one of the answer.
    pub narrows_body: bool,
    /// It sends the headers of the answer to the service behind, and removes the client's own of these names.
    pub sets_headers: bool,
    /// It introspected the token itself, and what it says of the token counts.
    pub introspects: bool,
    /// It checked the DPoP proof itself, so that a bound token without a proof counts.
    pub checks_proof: bool,
    /// It tells the client's certificate, and drops what a client writes into that header.
    pub tells_certificate: bool,
    /// Kinds of obligations of policies, by name, that it executes besides.
    pub obligations: BTreeSet<String>,
}
