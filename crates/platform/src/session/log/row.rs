//! The form of a row: which entries it has, and where their values are among its contents.
//!
//! Each entry is 44 bytes: id, expiry in Unix milliseconds, length of its value; numbers are big-endian. The values follow one
//! another in the same order in the contents. A length of all ones removes what was stored before.

use super::super::id::Id;

/// The bytes of one entry.
const ITEM_BYTES: usize = 32 + 8 + 4;
/// The length that stands for a removal.
const REMOVAL: u32 = u32::MAX;

/// Where a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) row: i64,
    /// In the contents of the row, in bytes.
    pub(super) offset: u32,
    pub(super) length: u32,
}

/// One entry as it is stored.
pub(super) struct Item {
    pub(super) id: Id,
    /// Unix time in milliseconds.
    pub(super) expires_at: i64,
    length: u32,
}

impl Item {
    pub(super) fn is_removal(&self) -> bool {
        self.length == REMOVAL
    }

    /// The bytes of its value.
    pub(super) fn length(&self) -> u32 {
        if self.is_removal() { 0 } else { self.length }
    }
}

/// Adds an entry; without a length it removes.
pub(super) fn write(entries: &mut Vec<u8>, id: Id, expires_at: i64, length: Option<u32>) {
    entries.extend_from_slice(id.as_bytes());
    entries.extend_from_slice(&expires_at.to_be_bytes());
    entries.extend_from_slice(&length.unwrap_or(REMOVAL).to_be_bytes());
}

/// The entries of a row. None if it is not one.
pub(super) fn items(entries: &[u8]) -> Option<impl Iterator<Item = Item>> {
    let (items, []) = entries.as_chunks::<ITEM_BYTES>() else { return None };
    Some(items.iter().map(|item| {
        let (id, rest) = item.split_first_chunk::<32>().expect("an entry has 44 bytes");
        let (expires_at, rest) = rest.split_first_chunk::<8>().expect("an entry has 44 bytes");
        let (length, _) = rest.split_first_chunk::<4>().expect("an entry has 44 bytes");
        Item {
            id: Id::from_bytes(*id),
            expires_at: i64::from_be_bytes(*expires_at),
            length: u32::from_be_bytes(*length),
        }
    }))
}
