//! Questions that could not even be read.

use pecan_platform::random;

use super::{Decision, Denied, Gateway, Outcome, Refusal, Registration, log};

impl Gateway {
    /// A denial of what cannot be read as a question; `reason` is for the operator.
    pub fn refuse(&self, gateway: &Registration, reason: String) -> Decision {
        let id = random::uuid(&*self.env.random);
        log::write_unreadable(&id, gateway, &reason);
        Decision { id, outcome: Outcome::Deny(Denied { refusal: Refusal::Forbidden, reason }) }
    }
}
