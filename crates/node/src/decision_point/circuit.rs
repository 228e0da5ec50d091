//! A circuit breaker: a decision point that keeps failing is left alone for a while, and then asked by one request.

use std::sync::{Mutex, MutexGuard, PoisonError};

use time::{Duration, OffsetDateTime};

/// As many failures in a row open the circuit.
pub const FAILURES_MAX: u32 = 5;
/// How long it stays open, counted from the start of the question that failed last.
pub const OPEN_FOR: Duration = Duration::seconds(10);

/// Counts failures, and says who may ask.
#[derive(Default)]
pub(super) struct Circuit {
    state: Mutex<State>,
}

/// What is known of a decision point.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// How many questions in a row failed.
    pub(super) failures: u32,
    /// How many failed since the start.
    pub(super) failures_total: u64,
    /// How many were not asked since the start, because the circuit was open.
    pub(super) skipped_total: u64,
    /// Why the last one failed; `None` once one was answered.
    pub(super) alert: Option<String>,
    /// Until when nobody asks; `None`: the circuit is closed.
    pub(super) open_until: Option<OffsetDateTime>,
    /// Whether one request asks whether it answers again.
    is_probed: bool,
}

/// The permission to ask once. One that is dropped, because its request went away, says nothing about the decision point.
pub(super) struct Pass<'c> {
    circuit: &'c Circuit,
    is_probe: bool,
}

impl Circuit {
    /// Whether a request may ask now.
    pub(super) fn admit(&self, now: OffsetDateTime) -> Option<Pass<'_>> {
        let mut state = self.lock();
        let Some(until) = state.open_until else {
            return Some(Pass { circuit: self, is_probe: false });
        };
        if now < until || state.is_probed {
            state.skipped_total += 1;
            return None;
        }
        state.is_probed = true;
        Some(Pass { circuit: self, is_probe: true })
    }

    pub(super) fn state(&self) -> State {
        self.lock().clone()
    }

    /// A lock whose holder panicked is still good: the state is never half changed.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass<'_> {
    /// It answered.
    pub(super) fn answered(self) {
        let mut state = self.circuit.lock();
        // An answer to a question from before the circuit opened says nothing about now.
        if state.open_until.is_some() && !self.is_probe {
            return;
        }
        state.failures = 0;
        state.alert = None;
        state.open_until = None;
    }

    /// It did not. `true`: this opened the circuit.
    pub(super) fn failed(self, reason: &str, now: OffsetDateTime) -> bool {
        let mut state = self.circuit.lock();
        state.failures = state.failures.saturating_add(1);
        state.failures_total += 1;
        state.alert = Some(reason.to_owned());
        let is_open = state.open_until.is_some();
        if self.is_probe || (!is_open && state.failures >= FAILURES_MAX) {
            state.open_until = Some(now.saturating_add(OPEN_FOR));
        }
        !is_open && state.open_until.is_some()
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.is_probe {
            self.circuit.lock().is_probed = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn fail(circuit: &Circuit, now: OffsetDateTime) -> bool {
        circuit.admit(now).unwrap().failed("no", now)
    }

    fn open() -> Circuit {
        let circuit = Circuit::default();
        for _ in 1..FAILURES_MAX {
            assert!(!fail(&circuit, NOW));
        }
        assert!(fail(&circuit, NOW));
        circuit
    }

    #[test]
    fn failures_in_a_row_open_it_and_one_answer_starts_the_count_anew() {
        let circuit = Circuit::default();
        for _ in 0..3 {
            for _ in 1..FAILURES_MAX {
                assert!(!fail(&circuit, NOW));
            }
            assert_eq!(circuit.state().alert.as_deref(), Some("no"));
            circuit.admit(NOW).unwrap().answered();
            assert_eq!(circuit.state().alert, None);
        }
        let circuit = open();
        assert!(circuit.admit(NOW + OPEN_FOR - Duration::SECOND).is_none());
        assert_eq!(circuit.state().skipped_total, 1);
    }

    #[test]
    fn one_request_at_a_time_asks_whether_it_answers_again() {
        let circuit = open();
        let later = NOW + OPEN_FOR;
        let probe = circuit.admit(later).unwrap();
        assert!(circuit.admit(later).is_none());
        assert!(!probe.failed("still no", later));
        assert!(circuit.admit(later).is_none());
        let later = later + OPEN_FOR;
        drop(circuit.admit(later).unwrap());
        let probe = circuit.admit(later).unwrap();
        probe.answered();
        assert!(circuit.admit(later).is_some() && circuit.state().failures == 0);
    }

    #[test]
    fn an_answer_that_comes_late_does_not_close_it() {
        let circuit = Circuit::default();
        let slow = circuit.admit(NOW).unwrap();
        for _ in 0..FAILURES_MAX {
            fail(&circuit, NOW);
        }
        slow.answered();
        assert!(circuit.admit(NOW).is_none());
    }
}
