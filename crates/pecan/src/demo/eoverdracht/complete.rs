//! Act six: the patient moves, Clinic pulls the nursing handoff, and then it is over.

use pecan_platform::http::{Method, Request};
use url::Url;

use super::super::party::Outcome;
use super::super::printer::Tone;
use super::call::{Call, Refused};
use super::data::{ADVANCE_NOTICE, NURSING_HANDOFF, task};
use super::pull::with_status;
use super::tokens::Tokens;
use super::{CLINIC_URA, Handover};

impl Handover {
    pub(super) async fn complete(&mut self, tokens: &Tokens) -> Outcome<()> {
        self.story
            .step("The patient moves: in progress, completed, and nothing personal opens any more");
        let Tokens { systems, nurse } = tokens;
        let parts = [ADVANCE_NOTICE, NURSING_HANDOFF];
        self.share(&NURSING_HANDOFF, "1", &["in-progress"]).await?;
        self.store(&task("1", CLINIC_URA, "in-progress", &parts)).await?;
        let stored = self.pass(systems, Call::get("/Task/1"), ", no user").await?;
        self.pass(nurse, Call::get("/Composition/8"), ", a nurse").await?;
        let (completed, tag) = (with_status(&stored.body, "completed"), stored.tag()?);
        let call = Call::put("/Task/1", completed, &tag);
        self.pass(systems, call, ", in-progress to completed").await?;
        self.heads();
        for (path, what) in [
            ("/Composition/8", "GET Composition/8, done"),
            ("/Condition/80", "GET Condition/80, done"),
        ] {
            let reason = "status of the Task does not open";
            let expected = Refused { what, status: 403, reason };
            self.refused(nurse, Call::get(path), expected).await?;
        }
        self.withdraw().await?;
        self.pass(systems, Call::get("/Task/1"), ", no user; it stays for a year").await?;
        Ok(())
    }

    /// Hospital takes back what goes with the Task.
    async fn withdraw(&self) -> Outcome<()> {
        let hospital = &self.story.hospital;
        let url = format!("{}/internal/access/v1/hospital/facts?task=Task/1", hospital.internal);
        let mut request = Request::get("demo", Url::parse(&url)?);
        request.method = Method::DELETE;
        let answer = hospital.client.send(request).await?;
        if !answer.status.is_success() {
            return Err(format!("withdraw: {}", answer.status).into());
        }
        let what =
            "what goes with Task/1, by DELETE /internal/access/v1/hospital/facts?task=Task/1";
        self.story.printer.message("EHR", "Hospital", what, "withdrawn", Tone::Good);
        Ok(())
    }
}
