//! Values in memory: those of the newest rows, and those that were read again.
//!
//! A place in the log never gets another value, so nothing here is ever wrong.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use moka::sync::Cache;

use super::row::Place;

/// The most bytes of the newest rows.
const NEWEST_BYTES_MAX: usize = 16 * 1024 * 1024;
/// What a row costs beside its contents.
const ROW_BYTES: usize = 64;
/// The most bytes of values that were read again.
const READ_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// What a value costs beside its bytes.
const VALUE_BYTES: u32 = 256;

/// What need not be read from the table.
pub(super) struct Values {
    newest: Mutex<Newest>,
    read: Cache<Place, Bytes>,
}

#[derive(Default)]
struct Newest {
    /// Contents by number of the row, in order.
    rows: VecDeque<(i64, Bytes)>,
    bytes: usize,
}

impl Values {
    pub(super) fn new() -> Self {
        let weight = |_: &Place, value: &Bytes| {
            u32::try_from(value.len()).unwrap_or(u32::MAX).saturating_add(VALUE_BYTES)
        };
        let read = Cache::builder().max_capacity(READ_BYTES_MAX).weigher(weight).build();
        Self { newest: Mutex::default(), read }
    }

    /// The value at a place, if it is in memory.
    pub(super) fn find(&self, place: Place) -> Option<Bytes> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner).find(place);
        newest.or_else(|| self.read.get(&place))
    }

    /// Keeps a value that was read.
    pub(super) fn keep(&self, place: Place, value: Bytes) {
        self.read.insert(place, value);
    }

    /// Keeps the contents of the newest row.
    pub(super) fn push(&self, row: i64, contents: Bytes) {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).push(row, contents);
    }
}

impl Newest {
    fn find(&self, place: Place) -> Option<Bytes> {
        let index = self.rows.binary_search_by_key(&place.row, |(row, _)| *row).ok()?;
        let (_, contents) = self.rows.get(index)?;
        let start = place.offset as usize;
        let end = start + place.length as usize;
        (end <= contents.len()).then(|| contents.slice(start..end))
    }

    fn push(&mut self, row: i64, contents: Bytes) {
        self.bytes += contents.len() + ROW_BYTES;
        self.rows.push_back((row, contents));
        while self.bytes > NEWEST_BYTES_MAX {
            let Some((_, oldest)) = self.rows.pop_front() else { return };
            self.bytes -= oldest.len() + ROW_BYTES;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_rows_are_kept_as_far_as_they_fit() {
        let mut newest = Newest::default();
        let large = Bytes::from(vec![7; NEWEST_BYTES_MAX / 2]);
        newest.push(1, Bytes::from_static(b"abc"));
        newest.push(3, large.clone());
        let place = Place { row: 1, offset: 1, length: 2 };
        assert_eq!(newest.find(place).unwrap(), "bc");
        assert_eq!(newest.find(Place { row: 2, ..place }), None);
        assert_eq!(newest.find(Place { length: 3, ..place }), None);
        newest.push(4, large);
        assert_eq!(newest.find(place), None);
        assert_eq!(newest.find(Place { row: 4, ..place }).unwrap(), [7, 7][..]);
        assert!(newest.bytes <= NEWEST_BYTES_MAX);
    }
}
