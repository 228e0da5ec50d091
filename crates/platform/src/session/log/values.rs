//! Values in memory: those of the newest rows, and those that were read again.
//!
//! A place in the log never gets another value, so nothing here is ever wrong.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use moka::sync::Cache;

use super::row::Place;

/// The most bytes of the newest rows.
const NEWEST_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The most bytes of values that were read again.
const READ_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// What a value costs beside its bytes.
const VALUE_BYTES: u32 = 256;

/// What need not be read from the table.
pub(super) struct Values {
    newest: Mutex<Newest>,
    read: Cache<Place, Bytes>,
}

/// The contents of the newest rows, one behind the other in a ring: nothing is allocated for a row.
#[derive(Default)]
struct Newest {
    ring: Vec<u8>,
    /// Where the next row is written.
    end: usize,
    /// In order.
    rows: VecDeque<Slot>,
}

/// Where the contents of a row are in the ring.
struct Slot {
    row: i64,
    start: usize,
    length: usize,
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
    pub(super) fn push(&self, row: i64, contents: &[u8]) {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).push(row, contents);
    }
}

impl Newest {
    fn find(&self, place: Place) -> Option<Bytes> {
        let index = self.rows.binary_search_by_key(&place.row, |slot| slot.row).ok()?;
        let slot = self.rows.get(index)?;
        let start = place.offset as usize;
        let end = start + place.length as usize;
        let contents = self.ring.get(slot.start..slot.start + slot.length)?;
        contents.get(start..end).map(Bytes::copy_from_slice)
    }

    fn push(&mut self, row: i64, contents: &[u8]) {
        let length = contents.len();
        if length > NEWEST_BYTES_MAX {
            return;
        }
        // Room for all at once: it costs address space only, and a ring that grew would be copied each time.
        self.ring.reserve_exact(NEWEST_BYTES_MAX - self.ring.len());
        let is_growing = self.end == self.ring.len();
        if is_growing && self.end + length <= NEWEST_BYTES_MAX {
            self.ring.extend_from_slice(contents);
        } else {
            if self.end + length > self.ring.len() {
                self.forget(self.end..self.ring.len());
                self.end = 0;
            }
            self.forget(self.end..self.end + length);
            if let Some(place) = self.ring.get_mut(self.end..self.end + length) {
                place.copy_from_slice(contents);
            }
        }
        self.rows.push_back(Slot { row, start: self.end, length });
        self.end += length;
    }

    /// A part of the ring is written again: the rows that were there are the oldest ones.
    fn forget(&mut self, part: Range<usize>) {
        while let Some(oldest) = self.rows.front()
            && oldest.start < part.end
            && part.start < oldest.start + oldest.length
        {
            self.rows.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_rows_are_kept_as_far_as_they_fit() {
        let mut newest = Newest::default();
        let large = vec![7; NEWEST_BYTES_MAX / 2];
        newest.push(1, b"abc");
        newest.push(3, &large);
        let place = Place { row: 1, offset: 1, length: 2 };
        assert_eq!(newest.find(place).unwrap(), "bc");
        assert_eq!(newest.find(Place { row: 2, ..place }), None);
        assert_eq!(newest.find(Place { length: 3, ..place }), None);
        newest.push(4, &large);
        assert_eq!(newest.find(place), None);
        assert_eq!(newest.find(Place { row: 3, ..place }), None);
        assert_eq!(newest.find(Place { row: 4, ..place }).unwrap(), [7, 7][..]);
        assert!(newest.ring.len() <= NEWEST_BYTES_MAX);
    }

    #[test]
    fn each_row_that_is_found_is_the_one_that_was_written_however_often_the_ring_goes_round() {
        let mut newest = Newest::default();
        let mut length = 1;
        for row in 1..400_i64 {
            length = length * 7 % 499_979;
            let byte = u8::try_from(row % 251).unwrap();
            newest.push(row, &vec![byte; length]);
            let place = |row| Place { row, offset: 0, length: 1 };
            assert_eq!(newest.find(place(row)).unwrap(), [byte][..]);
            for earlier in 1..row {
                if let Some(found) = newest.find(place(earlier)) {
                    assert_eq!(i64::from(found[0]), earlier % 251, "{earlier} after {row}");
                }
            }
        }
        assert!(newest.rows.len() > 30 && newest.ring.len() <= NEWEST_BYTES_MAX);
    }
}
