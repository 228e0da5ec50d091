//! Act five: what is refused. The caller learns nothing but that; the operator finds the reason under the id of the decision.

use super::super::party::Outcome;
use super::super::printer::{Tone, say};
use super::Handover;
use super::call::{Call, Proof, Refused};
use super::pull::with_status;
use super::tokens::Tokens;

impl Handover {
    pub(super) async fn refuse(&mut self, tokens: &Tokens) -> Outcome<()> {
        self.story.step("What does not pass, and why");
        let Tokens { systems, nurse } = tokens;
        let task = self.pass(nurse, Call::get("/Task/1"), ", a nurse").await?;
        self.heads();
        let (tag, proof) = (task.tag()?, task.proof.as_str());
        let completed = with_status(&task.body, "completed");
        let get = Call::get;
        let again = get("/Task/1").with(Proof::Made(proof));
        let other = get("/Task/1").with(Proof::ForPath("/Task/2"));
        let none = get("/Task/1").with(Proof::Missing);
        let put = Call::put("/Task/1", completed, &tag);
        for (token, call, what, status, reason) in [
            (systems, get("/Composition/7"), "GET Composition/7, no user", 403, "need a user"),
            (nurse, get("/Task/2"), "GET Task/2, for others", 403, "not named on the Task"),
            (nurse, get("/Task?status=requested"), "GET Task?status=requested", 403, "not part of"),
            (nurse, put, "PUT Task/1, to completed", 403, "may not change the status"),
            (nurse, again, "GET Task/1, a used proof", 401, "used before"),
            (nurse, other, "GET Task/1, Task/2's proof", 401, "url mismatch"),
            (nurse, none, "GET Task/1, without proof", 401, "as bearer token"),
        ] {
            self.refused(token, call, Refused { what, status, reason }).await?;
        }
        say("None of these reached the FHIR server.");
        Ok(())
    }

    /// The heads of the table.
    pub(super) fn heads(&self) {
        let cell = |text| (text, Tone::Party);
        let (caller, operator) =
            ("the caller sees, with an id", "the operator finds under that id");
        self.story.printer.row([cell("call"), cell(caller), cell(operator)]);
    }
}
