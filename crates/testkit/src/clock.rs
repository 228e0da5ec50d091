//! A clock that stands still until it is moved.

use std::sync::Mutex;

use pecan_platform::clock::Clock;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

/// Tells the time that it was given.
#[derive(Debug)]
pub struct ManualClock(Mutex<OffsetDateTime>);

impl Default for ManualClock {
    /// Nine in the morning of a working day.
    fn default() -> Self {
        Self(Mutex::new(datetime!(2026-11-25 09:00:00 UTC)))
    }
}

impl ManualClock {
    /// Moves the time forward, or back with a negative duration.
    pub fn advance(&self, by: Duration) {
        *self.0.lock().expect("no test panics while it moves the clock") += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().expect("no test panics while it moves the clock")
    }
}
