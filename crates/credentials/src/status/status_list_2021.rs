//! StatusList2021: the entry in a credential, and the credential that holds the list.
//!
//! [StatusList2021](https://www.w3.org/TR/2023/WD-vc-status-list-20230427/). Does not verify the signature of a list.

use serde_json::{Map, Value};

use super::bitstring::{self, Bitstring};
use super::members;
use crate::contexts::{CREDENTIALS_V1, STATUS_LIST_2021};
use crate::did::Did;
use crate::one_or_many::items;

/// The type of an entry.
pub const ENTRY_TYPE: &str = "StatusList2021Entry";
/// The type of the credential that holds a list.
pub const CREDENTIAL_TYPE: &str = "StatusList2021Credential";
/// The type of that credential's subject.
pub const LIST_TYPE: &str = "StatusList2021";
/// The purpose of a list whose bits mean that a credential is revoked; the only one that is issued.
pub const REVOCATION: &str = "revocation";

/// Where a credential's bit is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Names the entry; not the list.
    pub id: String,
    /// What a set bit means.
    pub purpose: String,
    /// The position of the bit.
    pub index: usize,
    /// The URL of the credential that holds the list.
    pub list_url: String,
}

impl Entry {
    /// The entry of a credential that can be revoked.
    pub fn revocation(list_url: &str, index: usize) -> Self {
        Self {
            id: format!("{list_url}#{index}"),
            purpose: REVOCATION.to_owned(),
            index,
            list_url: list_url.to_owned(),
        }
    }

    /// Reads an element of `credentialStatus` whose type is [`ENTRY_TYPE`].
    pub fn parse(status: &Value) -> Result<Self, EntryError> {
        let text = |member| members::text(status, member).ok_or(EntryError::Member { member });
        let id = text("id")?;
        if text("type")? != ENTRY_TYPE {
            return Err(EntryError::Member { member: "type" });
        }
        let list_url = text("statusListCredential")?;
        if id == list_url {
            return Err(EntryError::SameId);
        }
        let index = text("statusListIndex")?;
        if !members::is_absolute_url(list_url) {
            return Err(EntryError::Member { member: "statusListCredential" });
        }
        Ok(Self {
            id: id.to_owned(),
            purpose: text("statusPurpose")?.to_owned(),
            index: members::index(index).ok_or(EntryError::Member { member: "statusListIndex" })?,
            list_url: list_url.to_owned(),
        })
    }

    /// The entry as it stands in a credential.
    pub fn to_value(&self) -> Value {
        let mut members = Map::new();
        members.insert("id".to_owned(), self.id.as_str().into());
        members.insert("type".to_owned(), ENTRY_TYPE.into());
        members.insert("statusPurpose".to_owned(), self.purpose.as_str().into());
        members.insert("statusListIndex".to_owned(), self.index.to_string().into());
        members.insert("statusListCredential".to_owned(), self.list_url.as_str().into());
        Value::Object(members)
    }
}

/// Why an element of `credentialStatus` is no entry.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// A member is absent or has a value that it cannot have.
    #[error("`credentialStatus.{member}` is missing or invalid")]
    Member {
        /// Its name.
        member: &'static str,
    },
    /// The entry has the name of its list.
    #[error("`credentialStatus.id` is the same as `credentialStatus.statusListCredential`")]
    SameId,
}

/// The address of a list: `<base>/statuslist/<issuer>/<page>`, with the DID written as it is.
///
/// `base` has no trailing slash; pages count from 1.
pub fn list_url(base: &str, issuer: &Did, page: u32) -> String {
    format!("{base}/statuslist/{issuer}/{page}")
}

/// A list, with what a verifier must compare before it believes a bit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusList {
    url: String,
    issuer: String,
    purpose: String,
    bits: Bitstring,
}

impl StatusList {
    /// Reads the list out of a credential, given as JSON. Members may be single or lists.
    pub fn parse(credential: &Value) -> Result<Self, ListError> {
        for context in [CREDENTIALS_V1, STATUS_LIST_2021] {
            if !members::lists(credential, "@context", context) {
                return Err(ListError::Context { context });
            }
        }
        let types = items(credential, "type");
        if types.len() != 2
            || !["VerifiableCredential", CREDENTIAL_TYPE]
                .iter()
                .all(|name| members::lists(credential, "type", name))
        {
            return Err(ListError::Types);
        }
        let text =
            |object, member| members::text(object, member).ok_or(ListError::Member { member });
        text(credential, "id")?;
        text(credential, "issuanceDate")?;
        if credential.get("credentialStatus").is_some() {
            return Err(ListError::HasStatus);
        }
        let subject = members::single(credential, "credentialSubject").ok_or(ListError::Subject)?;
        if members::text(subject, "type") != Some(LIST_TYPE) {
            return Err(ListError::Subject);
        }
        Ok(Self {
            url: text(subject, "id")?.to_owned(),
            issuer: text(credential, "issuer")?.to_owned(),
            purpose: text(subject, "statusPurpose")?.to_owned(),
            bits: Bitstring::decode(text(subject, "encodedList")?)?,
        })
    }

    /// Checks that the list is the one that was asked for.
    pub fn check_url(&self, requested: &str) -> Result<(), CheckError> {
        // SECURITY: one list must not stand in for another.
        if self.url == requested {
            Ok(())
        } else {
            Err(CheckError::Url { found: self.url.clone() })
        }
    }

    /// Checks that the issuer of a credential also issued the list.
    ///
    /// The reference does not do this: there, whoever controls the URL controls the status.
    pub fn check_issuer(&self, credential_issuer: &str) -> Result<(), CheckError> {
        if self.issuer == credential_issuer {
            Ok(())
        } else {
            Err(CheckError::Issuer { found: self.issuer.clone() })
        }
    }

    /// Whether the bit of an entry is set. What that means is the entry's purpose.
    pub fn is_set(&self, entry: &Entry) -> Result<bool, CheckError> {
        if self.purpose != entry.purpose {
            return Err(CheckError::Purpose { found: self.purpose.clone() });
        }
        let index = entry.index;
        self.bits.get(index).ok_or(CheckError::OutOfRange { index })
    }

    /// The number of bits.
    pub fn bits(&self) -> usize {
        self.bits.bits()
    }

    /// The URL that the list says it has.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Who issued the list.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What a set bit means.
    pub fn purpose(&self) -> &str {
        &self.purpose
    }
}

/// The subject of a list credential to be issued.
pub fn subject(list_url: &str, purpose: &str, bits: &Bitstring) -> Value {
    let mut members = Map::new();
    members.insert("id".to_owned(), list_url.into());
    members.insert("type".to_owned(), LIST_TYPE.into());
    members.insert("statusPurpose".to_owned(), purpose.into());
    members.insert("encodedList".to_owned(), bits.encode().into());
    Value::Object(members)
}

/// Why a credential holds no list.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// A context is missing.
    #[error("status list credential lacks the context `{context}`")]
    Context {
        /// The context.
        context: &'static str,
    },
    /// The types are not `VerifiableCredential` and [`CREDENTIAL_TYPE`], or not only these.
    #[error("status list credential does not have exactly the types of a status list")]
    Types,
    /// A required member is absent, empty or no text.
    #[error("`{member}` of status list credential is missing")]
    Member {
        /// Its name.
        member: &'static str,
    },
    /// The list credential has a status itself.
    #[error("status list credential has a `credentialStatus` of its own")]
    HasStatus,
    /// Not exactly one subject, or not of type [`LIST_TYPE`].
    #[error("status list credential does not have exactly one status list as subject")]
    Subject,
    /// The list cannot be inflated.
    #[error(transparent)]
    EncodedList(#[from] bitstring::DecodeError),
}

/// Why a list says nothing about a credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// The list was published under another URL.
    #[error("status list is that of `{found}`")]
    Url {
        /// The URL in the list.
        found: String,
    },
    /// The list has another issuer than the credential.
    #[error("status list was issued by `{found}`, not by the issuer of the credential")]
    Issuer {
        /// Who issued the list.
        found: String,
    },
    /// The list has another purpose than the entry.
    #[error("status list has the purpose `{found}`")]
    Purpose {
        /// The purpose of the list.
        found: String,
    },
    /// The list ends before the entry's index.
    #[error("index {index} is outside the status list")]
    OutOfRange {
        /// The index.
        index: usize,
    },
}

#[cfg(test)]
mod tests;
