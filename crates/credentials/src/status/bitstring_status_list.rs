//! Bitstring Status List, the successor of StatusList2021, as far as one bit per credential goes.
//!
//! [Bitstring Status List v1.0](https://www.w3.org/TR/vc-bitstring-status-list/). An entry of more than one bit is refused by name.

use serde_json::Value;

use super::bitstring::{Bitstring, DecodeError};
use super::members;
use super::status_list_2021::CheckError;
use crate::one_or_many::items;

/// The type of an entry.
pub const ENTRY_TYPE: &str = "BitstringStatusListEntry";
/// The type of the credential that holds a list.
pub const CREDENTIAL_TYPE: &str = "BitstringStatusListCredential";
/// The type of that credential's subject.
pub const LIST_TYPE: &str = "BitstringStatusList";

/// Where a credential's bit is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What a set bit means.
    pub purpose: String,
    /// The position of the bit.
    pub index: usize,
    /// The URL of the credential that holds the list.
    pub list_url: String,
}

impl Entry {
    /// Reads an element of `credentialStatus` whose type is [`ENTRY_TYPE`].
    pub fn parse(status: &Value) -> Result<Self, EntryError> {
        let text = |member| members::text(status, member).ok_or(EntryError::Member { member });
        if text("type")? != ENTRY_TYPE {
            return Err(EntryError::Member { member: "type" });
        }
        match status.get("statusSize") {
            None => {}
            Some(size) if size.as_u64() == Some(1) => {}
            Some(_) => return Err(EntryError::UnsupportedSize),
        }
        let purpose = text("statusPurpose")?;
        let index = text("statusListIndex")?;
        let list_url = text("statusListCredential")?;
        if !members::is_absolute_url(list_url) {
            return Err(EntryError::Member { member: "statusListCredential" });
        }
        Ok(Self {
            purpose: purpose.to_owned(),
            index: members::index(index).ok_or(EntryError::Member { member: "statusListIndex" })?,
            list_url: list_url.to_owned(),
        })
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
    /// The status takes more than one bit, or `statusSize` is no number.
    #[error("`credentialStatus.statusSize` is not 1, which is not supported")]
    UnsupportedSize,
}

/// A list, with what a verifier must compare before it believes a bit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusList {
    id: Option<String>,
    issuer: String,
    purposes: Vec<String>,
    bits: Bitstring,
}

impl StatusList {
    /// Reads the list out of a credential, given as JSON.
    pub fn parse(credential: &Value) -> Result<Self, ListError> {
        for name in ["VerifiableCredential", CREDENTIAL_TYPE] {
            if !members::lists(credential, "type", name) {
                return Err(ListError::Types);
            }
        }
        let subject = members::single(credential, "credentialSubject").ok_or(ListError::Subject)?;
        if members::text(subject, "type") != Some(LIST_TYPE) {
            return Err(ListError::Subject);
        }
        let text =
            |object, member| members::text(object, member).ok_or(ListError::Member { member });
        let purposes: Vec<_> = items(subject, "statusPurpose")
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        if purposes.is_empty() {
            return Err(ListError::Member { member: "statusPurpose" });
        }
        Ok(Self {
            id: members::text(credential, "id").map(str::to_owned),
            issuer: text(credential, "issuer")?.to_owned(),
            purposes,
            bits: decode(text(subject, "encodedList")?)?,
        })
    }

    /// Checks that the list is the one that was asked for, if it says which it is.
    pub fn check_url(&self, requested: &str) -> Result<(), CheckError> {
        // SECURITY: one list must not stand in for another.
        match &self.id {
            Some(id) if id != requested => Err(CheckError::Url { found: id.clone() }),
            Some(_) | None => Ok(()),
        }
    }

    /// Checks that the issuer of a credential also issued the list.
    pub fn check_issuer(&self, credential_issuer: &str) -> Result<(), CheckError> {
        if self.issuer == credential_issuer {
            Ok(())
        } else {
            Err(CheckError::Issuer { found: self.issuer.clone() })
        }
    }

    /// The number of bits.
    pub fn bits(&self) -> usize {
        self.bits.bits()
    }

    /// Whether the bit of an entry is set. What that means is the entry's purpose.
    pub fn is_set(&self, entry: &Entry) -> Result<bool, CheckError> {
        if !self.purposes.contains(&entry.purpose) {
            return Err(CheckError::Purpose { found: self.purposes.join(", ") });
        }
        let index = entry.index;
        self.bits.get(index).ok_or(CheckError::OutOfRange { index })
    }
}

/// Why a credential holds no list.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// `VerifiableCredential` or [`CREDENTIAL_TYPE`] is not among the types.
    #[error("status list credential does not have the types of a status list")]
    Types,
    /// Not exactly one subject, or not of type [`LIST_TYPE`].
    #[error("status list credential does not have exactly one status list as subject")]
    Subject,
    /// A required member is absent, empty or no text.
    #[error("`{member}` of status list credential is missing")]
    Member {
        /// Its name.
        member: &'static str,
    },
    /// The list cannot be inflated.
    #[error(transparent)]
    EncodedList(#[from] DecodeError),
}

/// Inflates a multibase list. Only base64url, prefix `u`, is allowed.
pub fn decode(encoded: &str) -> Result<Bitstring, DecodeError> {
    Bitstring::decode(encoded.strip_prefix('u').ok_or(DecodeError::Multibase)?)
}

/// Compresses a list, and writes it in multibase.
pub fn encode(bits: &Bitstring) -> String {
    format!("u{}", bits.encode())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const URL: &str = "https://example.com/status/3";

    fn entry(size: &Value) -> Value {
        let mut entry = json!({
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": "94567",
            "statusListCredential": URL,
        });
        if !size.is_null() {
            entry["statusSize"] = size.clone();
        }
        entry
    }

    #[test]
    fn one_bit_is_understood_and_more_are_refused_by_name() {
        for size in [json!(null), json!(1)] {
            assert_eq!(Entry::parse(&entry(&size)).unwrap().index, 94_567);
        }
        for size in [json!(0), json!(2), json!("1"), json!(1.5), json!([])] {
            assert_eq!(Entry::parse(&entry(&size)), Err(EntryError::UnsupportedSize), "{size}");
        }
    }

    #[test]
    fn an_entry_without_its_members_is_refused() {
        for member in ["type", "statusPurpose", "statusListIndex", "statusListCredential"] {
            let mut entry = entry(&Value::Null);
            entry[member] = json!("");
            assert_eq!(Entry::parse(&entry), Err(EntryError::Member { member }));
        }
    }

    #[test]
    fn the_bit_counts_for_the_purposes_of_the_list() {
        let mut bits = Bitstring::new();
        bits.set(94_567, true).unwrap();
        let credential = json!({
            "id": URL,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": "did:web:a",
            "credentialSubject": {
                "type": "BitstringStatusList",
                "statusPurpose": ["suspension", "revocation"],
                "encodedList": encode(&bits),
            },
        });
        let list = StatusList::parse(&credential).unwrap();
        let mut entry = Entry::parse(&entry(&Value::Null)).unwrap();
        assert_eq!(list.is_set(&entry), Ok(true));
        entry.purpose = "message".to_owned();
        let found = "suspension, revocation".to_owned();
        assert_eq!(list.is_set(&entry), Err(CheckError::Purpose { found }));
        assert_eq!(list.check_url(URL), Ok(()));
        assert_eq!(list.check_url("https://b"), Err(CheckError::Url { found: URL.to_owned() }));
        assert!(list.check_issuer("did:web:b").is_err());
        assert_eq!(decode("H4sI"), Err(DecodeError::Multibase));
    }
}
