//! Finds what an issuer of this node issued (contract/credentials.md 5.3).

use pecan_credentials::did::Did;
use pecan_platform::sql::SqlError;
use time::OffsetDateTime;

use super::{Issuer, store};
use crate::FailureKind;

/// The most credentials that a search answers with. A search that finds more is refused, since an answer that was cut would
/// look complete.
pub const SEARCH_RESULTS_MAX: usize = 10_000;

/// What is searched.
#[derive(Clone, Debug, Default)]
pub struct SearchRequest {
    /// The type besides `VerifiableCredential`. A `*` at its start or end stands for any text.
    pub credential_type: String,
    /// The DID of the issuer.
    pub issuer: String,
    /// The DID that the credential is about, if it matters. A `*` at its start or end stands for any text.
    pub subject: Option<String>,
}

/// A credential that this node issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Its id.
    pub id: String,
    /// The DID of its issuer.
    pub issuer: String,
    /// Its text: a compact JWS, or a JSON object.
    pub raw: String,
    /// When it was revoked, if it was.
    pub revoked_at: Option<OffsetDateTime>,
}

/// Why nothing was searched.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The issuer is no DID.
    #[error("invalid issuer did: invalid DID")]
    InvalidIssuer,
    /// More than [`SEARCH_RESULTS_MAX`] credentials fit.
    #[error(
        "more than {SEARCH_RESULTS_MAX} credentials found: search for a subject or for fewer types"
    )]
    TooMany,
    /// The database failed.
    #[error("internal error")]
    Sql(#[from] SqlError),
}

impl SearchError {
    /// Whose fault it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::InvalidIssuer | Self::TooMany => FailureKind::Invalid,
            Self::Sql(_) => FailureKind::Internal,
        }
    }
}

impl Issuer {
    /// How many credentials all issuers of this node have issued. Reads an index from end to end: for operators.
    pub async fn count(&self) -> Result<i64, SqlError> {
        self.env.db.read("issuer.count", async |tx| store::count(tx).await).await
    }

    /// Finds the credentials of an issuer by type and, if it is given, by subject. In no promised order.
    pub async fn search(&self, request: &SearchRequest) -> Result<Vec<Issued>, SearchError> {
        let issuer = Did::parse(&request.issuer).map_err(|_| SearchError::InvalidIssuer)?;
        let texts = [Some(&request.credential_type), request.subject.as_ref()];
        if texts.into_iter().flatten().any(|text| text.contains(char::is_control)) {
            // Nothing is stored under such a name, and not every database can be asked for it.
            return Ok(Vec::new());
        }
        let kind = Pattern::parse(&request.credential_type);
        let subject = request.subject.as_deref().map_or(Pattern::Any, Pattern::parse);
        self.env
            .db
            .read("issuer.search", async |tx| {
                let kinds = match &kind {
                    Pattern::Exact(name) => vec![name.clone()],
                    Pattern::Any
                    | Pattern::StartsWith(_)
                    | Pattern::EndsWith(_)
                    | Pattern::Contains(_) => store::types_of(tx, &issuer).await?,
                };
                let mut found = Vec::new();
                for name in kinds.iter().filter(|name| kind.fits(name)) {
                    let limit = SEARCH_RESULTS_MAX + 1 - found.len();
                    found.extend(store::search(tx, &issuer, name, &subject, limit).await?);
                    if found.len() > SEARCH_RESULTS_MAX {
                        return Err(SearchError::TooMany);
                    }
                }
                Ok(found)
            })
            .await
    }
}

/// A text with or without a `*` at its ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// `*`.
    Any,
    /// `text`.
    Exact(String),
    /// `text*`.
    StartsWith(String),
    /// `*text`.
    EndsWith(String),
    /// `*text*`.
    Contains(String),
}

impl Pattern {
    fn parse(text: &str) -> Self {
        let (text, open_end) = match text.strip_suffix('*') {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let (text, open_start) = match text.strip_prefix('*') {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let owned = text.to_owned();
        match (open_start, open_end) {
            (false, false) => Self::Exact(owned),
            _ if text.is_empty() => Self::Any,
            (false, true) => Self::StartsWith(owned),
            (true, false) => Self::EndsWith(owned),
            (true, true) => Self::Contains(owned),
        }
    }

    fn fits(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(text) => name == text,
            Self::StartsWith(text) => name.starts_with(text),
            Self::EndsWith(text) => name.ends_with(text),
            Self::Contains(text) => name.contains(text.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_a_wildcard_at_the_ends_only() {
        for (pattern, fitting, other) in [
            ("Nuts*", "NutsUraCredential", "UraNuts"),
            ("*Credential", "NutsUraCredential", "CredentialX"),
            ("*Ura*", "NutsUraCredential", "NutsCredential"),
            ("N*s", "N*s", "Nuts"),
            ("Nuts", "Nuts", "nuts"),
        ] {
            let parsed = Pattern::parse(pattern);
            assert!(parsed.fits(fitting), "{pattern} {fitting}");
            assert!(!parsed.fits(other), "{pattern} {other}");
        }
        assert_eq!(Pattern::parse("*"), Pattern::Any);
        assert_eq!(Pattern::parse("**"), Pattern::Any);
    }
}
