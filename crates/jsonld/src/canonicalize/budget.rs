//! How much work one canonicalisation may take.

use super::CanonicalizeError;

/// The work of [`Budget::default`]: one unit for each quad looked at and each blank node taken while telling apart blank nodes that
/// look alike, and more for long names and many nodes, so that a unit takes about as long everywhere. The hardest graphs of the
/// W3C suite take 6,168, the others up to 72; a clique of ten, which would not end, is stopped within a few milliseconds.
pub const WORK_MAX: u32 = 10_000;

/// Units of work that are left.
#[derive(Clone, Debug)]
pub struct Budget {
    left: u32,
}

impl Budget {
    /// A budget of so many units, as [`WORK_MAX`] counts them.
    pub const fn new(units: u32) -> Self {
        Self { left: units }
    }

    /// Takes some units.
    pub(super) fn spend(&mut self, units: usize) -> Result<(), CanonicalizeError> {
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        self.left = self.left.checked_sub(units).ok_or(CanonicalizeError::TooComplex)?;
        Ok(())
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(WORK_MAX)
    }
}
