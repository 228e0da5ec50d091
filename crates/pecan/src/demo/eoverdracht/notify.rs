//! Act two: Hospital tells Clinic that there is something to pull, and no more than that.

use std::sync::PoisonError;

use super::super::party::Outcome;
use super::super::printer::say;
use super::{Handover, RECEIVER};

impl Handover {
    pub(super) async fn notify(&mut self) -> Outcome<()> {
        self.story.step("Hospital notifies Clinic: an empty message that names the Task");
        let server = format!("{}/oauth2/clinic", self.story.clinic.public);
        let hospital = &self.story.hospital;
        let token = self.token(hospital, "hospital", (&server, RECEIVER), &[]).await?;
        self.ping(&token, "/1").await?;
        let is_there = self.inbox.lock().unwrap_or_else(PoisonError::into_inner).contains("1");
        if !is_there {
            return Err("the notification did not arrive".into());
        }
        let from = self.notification.told();
        say(&format!("Clinic's systems are told by headers who notifies: {from}."));
        Ok(())
    }
}
