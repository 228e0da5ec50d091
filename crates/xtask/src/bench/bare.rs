//! The bare cost of what cannot be left out: one signature check, one signature, in this run, on this machine.

use std::num::NonZero;
use std::thread;
use std::time::Duration;

use pecan_jose::jwk::PrivateKey;
use pecan_jose::signer::Signer as _;

use super::moment;

/// How long each operation is repeated.
const REPEAT: Duration = Duration::from_millis(500);
/// Rounds; the fastest counts, since whatever disturbs makes it slower.
const ROUNDS: usize = 5;

/// CPU seconds per operation with ES256.
///
/// Measured while all cores do the same, since they are all busy while a server is driven: cores that share their units, as those
/// of rented machines do, are slower together than alone. `alone` is for comparison.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bare {
    /// One check.
    pub(super) check: f64,
    /// One signature.
    pub(super) sign: f64,
    /// One check, while the other cores rest.
    pub(super) check_alone: f64,
}

impl Bare {
    /// Measures both.
    pub(super) fn measure(key: &PrivateKey) -> Self {
        let message = [7; 1_000];
        let signature = key.sign(&message).expect("the key signs");
        let check = || {
            let checked = key.public_key().verify(key.algorithm(), &message, &signature);
            assert!(checked.is_ok(), "its own signature verifies");
        };
        let sign = || drop(key.sign(&message).expect("the key signs"));
        Self {
            check: on_all_cores(&check),
            sign: on_all_cores(&sign),
            check_alone: fastest(1, &check),
        }
    }
}

/// CPU seconds of an operation while all cores do the same.
pub(super) fn on_all_cores(operation: &(impl Fn() + Sync)) -> f64 {
    fastest(thread::available_parallelism().map_or(1, NonZero::get), operation)
}

/// The fastest round: seconds per operation and thread.
fn fastest(threads: usize, operation: &(impl Fn() + Sync)) -> f64 {
    let round = || {
        let begin = moment();
        let mut count = 0.0;
        while begin.elapsed() < REPEAT {
            for _ in 0..100 {
                operation();
            }
            count += 100.0;
        }
        begin.elapsed().as_secs_f64() / count
    };
    let together = || {
        thread::scope(|scope| {
            let running: Vec<_> = (0..threads).map(|_| scope.spawn(round)).collect();
            let times = running.into_iter().map(|it| it.join().expect("nothing in it panics"));
            times.fold(0.0, f64::max)
        })
    };
    (0..ROUNDS).map(|_| together()).fold(f64::INFINITY, f64::min)
}
