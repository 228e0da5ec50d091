//! A status list of either kind, decoded once, and the entries that point into it.

use pecan_credentials::credential::Credential;
use pecan_credentials::format::Format;
use pecan_credentials::status::status_list_2021::{CheckError, REVOCATION};
use pecan_credentials::status::{
    bitstring_status_list as bitstring, status_list_2021 as list_2021,
};
use serde_json::Value;

use super::{StatusError, UnknownError};

/// An entry of a credential.
pub(super) enum Entry {
    List2021(list_2021::Entry),
    Bitstring(bitstring::Entry),
}

impl Entry {
    pub(super) fn parse(status: &Value) -> Result<Self, StatusError> {
        match status.get("type").and_then(Value::as_str) {
            Some(list_2021::ENTRY_TYPE) => {
                let entry = list_2021::Entry::parse(status).map_err(UnknownError::from)?;
                Ok(Self::List2021(entry))
            }
            Some(bitstring::ENTRY_TYPE) => {
                let entry = bitstring::Entry::parse(status).map_err(UnknownError::from)?;
                Ok(Self::Bitstring(entry))
            }
            kind => Err(StatusError::UnknownType { kind: kind.unwrap_or_default().to_owned() }),
        }
    }

    /// Whether a set bit means that the credential is revoked.
    pub(super) fn is_revocation(&self) -> bool {
        match self {
            Self::List2021(entry) => entry.purpose == REVOCATION,
            Self::Bitstring(entry) => entry.purpose == REVOCATION,
        }
    }

    pub(super) fn list_url(&self) -> &str {
        match self {
            Self::List2021(entry) => &entry.list_url,
            Self::Bitstring(entry) => &entry.list_url,
        }
    }

    pub(super) fn index(&self) -> usize {
        match self {
            Self::List2021(entry) => entry.index,
            Self::Bitstring(entry) => entry.index,
        }
    }
}

/// The bit of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Set,
    Clear,
}

/// A list, as its credential says it.
pub(super) enum List {
    List2021(list_2021::StatusList),
    Bitstring(bitstring::StatusList),
}

/// Why a credential holds no list that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// It holds no StatusList2021.
    #[error(transparent)]
    List2021(#[from] list_2021::ListError),
    /// It holds no BitstringStatusList.
    #[error(transparent)]
    Bitstring(#[from] bitstring::ListError),
    /// It holds another list.
    #[error(transparent)]
    Url(#[from] CheckError),
}

impl List {
    /// Reads the list that is published under `url`. Inflates it, so the signature is checked before.
    pub(super) fn parse(credential: &Credential, url: &str) -> Result<Self, ListError> {
        let document = match credential.format() {
            Format::JwtVc => credential.view(),
            Format::LdpVc => credential.raw_value(),
        };
        if credential.has_type(bitstring::CREDENTIAL_TYPE) {
            let list = bitstring::StatusList::parse(document)?;
            list.check_url(url)?;
            return Ok(Self::Bitstring(list));
        }
        let list = list_2021::StatusList::parse(document)?;
        list.check_url(url)?;
        Ok(Self::List2021(list))
    }

    /// How much memory its bits take, in bytes.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::List2021(list) => list.bits() / 8,
            Self::Bitstring(list) => list.bits() / 8,
        }
    }

    /// The bit of an entry of a credential by `issuer`.
    pub(super) fn answer(&self, entry: &Entry, issuer: &str) -> Result<Answer, StatusError> {
        let is_set = match (self, entry) {
            (Self::List2021(list), Entry::List2021(entry)) => {
                list.check_issuer(issuer).map_err(refusal)?;
                list.is_set(entry).map_err(refusal)?
            }
            (Self::Bitstring(list), Entry::Bitstring(entry)) => {
                list.check_issuer(issuer).map_err(refusal)?;
                list.is_set(entry).map_err(refusal)?
            }
            (Self::List2021(_), Entry::Bitstring(_)) | (Self::Bitstring(_), Entry::List2021(_)) => {
                return Err(UnknownError::OtherKind.into());
            }
        };
        Ok(if is_set { Answer::Set } else { Answer::Clear })
    }
}

// SECURITY: or whoever controls the URL of a list decides which credentials of others are revoked.
fn refusal(cause: CheckError) -> StatusError {
    match cause {
        CheckError::Issuer { found } => StatusError::Foreign { found },
        cause @ (CheckError::Url { .. }
        | CheckError::Purpose { .. }
        | CheckError::OutOfRange { .. }) => UnknownError::Check(cause).into(),
    }
}
