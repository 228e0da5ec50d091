//! How much work one evaluation may be.

use std::num::NonZeroU32;
use std::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;

/// Instructions of one evaluation; a rule set of a care exchange takes some thousands.
pub const INSTRUCTIONS_MAX: usize = 2_000_000;
/// Time of one evaluation, with room for a machine that is busy with others.
pub const TIME_MAX: Duration = Duration::from_millis(250);
/// Time of one test of a policy, which may try thousands of requests.
pub const TEST_TIME_MAX: Duration = Duration::from_mins(1);

/// After how many steps the time is looked at.
const STEPS_PER_LOOK: NonZeroU32 = NonZeroU32::new(256).expect("256 is not zero");

/// Where an evaluation is stopped. What is stopped has no answer, so it allows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most instructions. A policy that is not run as byte code (see [`crate::PolicySet::notes`]) is held to the time only.
    pub instructions: usize,
    /// The most time.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { instructions: INSTRUCTIONS_MAX, time: TIME_MAX }
    }
}

impl Limits {
    pub(crate) fn timer(&self) -> ExecutionTimerConfig {
        timer(self.time)
    }
}

pub(crate) fn timer(limit: Duration) -> ExecutionTimerConfig {
    ExecutionTimerConfig { limit, check_interval: STEPS_PER_LOOK }
}
