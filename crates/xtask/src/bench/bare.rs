//! The bare cost of what cannot be left out: one signature check, one signature, in this run, on this machine.

use std::time::Duration;

use pecan_jose::jwk::PrivateKey;
use pecan_jose::signer::Signer as _;

use super::moment;

/// How long each operation is repeated.
const REPEAT: Duration = Duration::from_millis(500);
/// Rounds; the fastest counts, since whatever disturbs makes it slower.
const ROUNDS: usize = 5;

/// Seconds per operation with ES256.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bare {
    /// One check.
    pub(super) check: f64,
    /// One signature.
    pub(super) sign: f64,
}

impl Bare {
    /// Measures both on one core.
    pub(super) fn measure(key: &PrivateKey) -> Self {
        let message = [7; 1_000];
        let signature = key.sign(&message).expect("the key signs");
        let check = || {
            let checked = key.public_key().verify(key.algorithm(), &message, &signature);
            assert!(checked.is_ok(), "its own signature verifies");
        };
        let sign = || drop(key.sign(&message).expect("the key signs"));
        Self { check: fastest(check), sign: fastest(sign) }
    }
}

fn fastest(operation: impl Fn()) -> f64 {
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
    (0..ROUNDS).map(|_| round()).fold(f64::INFINITY, f64::min)
}
