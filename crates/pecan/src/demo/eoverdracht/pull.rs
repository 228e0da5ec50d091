//! Act four: Clinic reads the Task and the advance notice, and accepts.

use serde_json::{Value, json};

use super::super::party::Outcome;
use super::super::printer::say;
use super::Handover;
use super::call::Call;
use super::tokens::Tokens;

impl Handover {
    pub(super) async fn pull(&mut self, tokens: &Tokens) -> Outcome<()> {
        self.story.step("Clinic pulls, each call with a proof of its own");
        let task = self.pass(&tokens.systems, Call::get("/Task/1"), ", no user").await?;
        self.pass(&tokens.nurse, Call::get("/Composition/7"), ", a nurse").await?;
        self.pass(&tokens.nurse, Call::get("/Condition/70"), ", to which it refers, a nurse")
            .await?;
        let nurse = self.fhir.told();
        let (accepted, tag) = (with_status(&task.body, "accepted"), task.tag()?);
        let call = Call::put("/Task/1", accepted, &tag);
        let note = format!(", requested to accepted, If-Match {tag}");
        self.pass(&tokens.systems, call, &note).await?;
        say(&format!("Hospital's FHIR server is told by headers who reads: {nurse}."));
        say(
            "The policy looked at the stored Task: its state, its version, that nothing but the status changes.",
        );
        Ok(())
    }
}

/// The same Task with another status.
pub(super) fn with_status(task: &Value, status: &str) -> Value {
    let mut task = task.clone();
    if let Some(members) = task.as_object_mut() {
        members.insert("status".to_owned(), json!(status));
    }
    task
}
