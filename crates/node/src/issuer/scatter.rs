//! Which index of a status list the n-th credential gets: a secret order, so that an index does not tell when and after whom a
//! credential was issued.
//!
//! A counter that runs through a keyed bijection is as quick as a counter, needs no list of free indexes, and two counts never meet.

use pecan_jose::digest::sha256;

/// The indexes of a page: 2 to the power of 17 (contract/credentials.md 9.1).
pub(super) const PAGE_INDEXES: u32 = 1 << 17;

/// Bits of the left and of the right half of an index.
const LEFT_BITS: u32 = 9;
const RIGHT_BITS: u32 = 8;
/// Four rounds make a Feistel network look random; these are twice as many.
const ROUNDS: u8 = 8;

/// The secret of one page. Without `Debug`: it orders what the indexes hide.
pub(super) struct ScatterKey([u8; 32]);

impl ScatterKey {
    /// The key that a stored text stands for.
    pub(super) fn derive(text: &str) -> Self {
        Self(sha256(text.as_bytes()))
    }

    /// The index of the n-th credential of a page; `count` runs from 0 to [`PAGE_INDEXES`] - 1.
    pub(super) fn index(&self, count: u32) -> u32 {
        let mut left = (count >> RIGHT_BITS) & mask(LEFT_BITS);
        let mut right = count & mask(RIGHT_BITS);
        // INVARIANT: each round changes one half by a function of the other, and can be undone: so all rounds are a bijection.
        for round in 0..ROUNDS {
            if round % 2 == 0 {
                left ^= self.noise(round, right) & mask(LEFT_BITS);
            } else {
                right ^= self.noise(round, left) & mask(RIGHT_BITS);
            }
        }
        left << RIGHT_BITS | right
    }

    fn noise(&self, round: u8, half: u32) -> u32 {
        let mut message = Vec::with_capacity(37);
        message.extend_from_slice(&self.0);
        message.push(round);
        message.extend_from_slice(&half.to_be_bytes());
        let [first, second, ..] = sha256(&message);
        u32::from_be_bytes([0, 0, first, second])
    }
}

const fn mask(bits: u32) -> u32 {
    (1 << bits) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_index_comes_once() {
        let key = ScatterKey::derive("one");
        let mut seen = vec![false; PAGE_INDEXES as usize];
        for count in 0..PAGE_INDEXES {
            let index = key.index(count) as usize;
            assert!(!std::mem::replace(&mut seen[index], true), "{index} comes twice");
        }
    }

    #[test]
    fn neighbours_in_time_are_no_neighbours_in_the_list() {
        let key = ScatterKey::derive("one");
        let far_apart = (0..1000).filter(|n| key.index(*n).abs_diff(key.index(n + 1)) > 100);
        assert!(far_apart.count() > 950);
        assert_ne!(key.index(0), ScatterKey::derive("another").index(0));
    }
}
