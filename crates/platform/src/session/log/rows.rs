//! Which rows the table has, and when the last entry of each expires.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) sequence: i64,
    /// When all its entries have expired, and all that they replaced: Unix time in milliseconds.
    pub(super) expires_at: i64,
}

/// The rows, in order.
#[derive(Default)]
pub(super) struct Rows(Mutex<VecDeque<Row>>);

/// Rows of which all have expired: the first and the last that are to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Rows {
    /// Adds the newest.
    pub(super) fn push(&self, row: Row) {
        self.lock().push_back(row);
    }

    /// The oldest rows, as far as all have expired; at most so many.
    pub(super) fn expired_at_start(&self, now: i64, rows_max: usize) -> Option<Range> {
        let rows = self.lock();
        let expired = rows.iter().take(rows_max).take_while(|row| row.expires_at <= now);
        let last = expired.last()?.sequence;
        Some(Range { first: rows.front()?.sequence, last })
    }

    /// The oldest run of at least `rows_min` expired rows behind one that has not expired. It looks at all rows.
    pub(super) fn expired_behind(&self, now: i64, rows_min: usize) -> Option<Range> {
        let rows = self.lock();
        let mut run = 0;
        let mut range = None;
        for row in rows.iter() {
            if row.expires_at > now {
                run = 0;
                continue;
            }
            run += 1;
            range = match range {
                Some(Range { first, .. }) if run > 1 => Some(Range { first, last: row.sequence }),
                _ => Some(Range { first: row.sequence, last: row.sequence }),
            };
            if run >= rows_min {
                return range;
            }
        }
        None
    }

    /// The rows of a range are no longer in the table.
    pub(super) fn remove(&self, range: Range) {
        let mut rows = self.lock();
        let start = rows.partition_point(|row| row.sequence < range.first);
        let end = rows.partition_point(|row| row.sequence <= range.last);
        rows.drain(start..end);
        if rows.len() < rows.capacity() / 4 {
            let twice = rows.len() * 2;
            rows.shrink_to(twice);
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Row>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(expiries: &[i64]) -> Rows {
        let rows = Rows::default();
        for (sequence, expires_at) in (1..).zip(expiries) {
            rows.push(Row { sequence, expires_at: *expires_at });
        }
        rows
    }

    #[test]
    fn the_oldest_expired_rows_are_found_up_to_a_limit() {
        let rows = rows(&[1, 2, 9, 1]);
        assert_eq!(rows.expired_at_start(0, 10), None);
        assert_eq!(rows.expired_at_start(5, 10), Some(Range { first: 1, last: 2 }));
        assert_eq!(rows.expired_at_start(5, 1), Some(Range { first: 1, last: 1 }));
        rows.remove(Range { first: 1, last: 2 });
        assert_eq!(rows.expired_at_start(5, 10), None);
        assert_eq!(rows.expired_at_start(9, 10), Some(Range { first: 3, last: 4 }));
    }

    #[test]
    fn a_long_run_behind_a_row_that_stays_is_found() {
        let rows = rows(&[9, 1, 9, 1, 1, 1, 9]);
        assert_eq!(rows.expired_behind(5, 4), None);
        assert_eq!(rows.expired_behind(5, 2), Some(Range { first: 4, last: 5 }));
        rows.remove(Range { first: 4, last: 5 });
        assert_eq!(rows.expired_behind(5, 2), None);
        assert_eq!(rows.expired_behind(5, 1), Some(Range { first: 2, last: 2 }));
    }
}
