//! Act one: Hospital has a patient for Clinic. It makes the Task, and lays down who may reach what.

use std::fmt::Write as _;

use pecan_platform::http::{HeaderValue, Method, Request, header};
use serde_json::{Value, json};
use url::Url;

use super::super::party::{Outcome, Party, text};
use super::super::printer::{Tone, line, say};
use super::super::story::Story;
use super::data::{ADVANCE_NOTICE, Part, document_fact, documents, task, task_fact};
use super::{CLINIC_URA, HOSPITAL_URA, Handover};

/// Another organisation, which plays no part.
const OTHER_URA: &str = "11223344";

impl Handover {
    pub(super) async fn prepare(&mut self) -> Outcome<()> {
        line("");
        self.story
            .printer
            .heading("eOverdracht: a patient is handed over, and only Clinic may look");
        self.story.step("Hospital has a patient for Clinic");
        self.show_sites();
        let Story { clinic, hospital, .. } = &self.story;
        self.vouch(clinic, &self.story.clinic_did, "clinic", CLINIC_URA).await?;
        self.vouch(hospital, &self.story.hospital_did, "hospital", HOSPITAL_URA).await?;
        self.offer("1").await?;
        self.store(&task("2", OTHER_URA, "requested", &[ADVANCE_NOTICE])).await?;
        say(
            "A Composition opens what it refers to. Task/2 is for somebody else: nothing is laid down about it.",
        );
        Ok(())
    }

    fn show_sites(&self) {
        let printer = self.story.printer;
        let through = "for others, through a gateway that asks its node";
        printer.fact("Hospital's FHIR", &format!("{}  {through}", self.fhir.url));
        printer.fact("Clinic's inbox", &format!("{}  {through}", self.notification.url));
        let packs = "eoverdracht_sender, eoverdracht_receiver: packs in Rego that come with Pecan";
        printer.fact("policies", packs);
    }

    /// The registry says which number an organisation has.
    async fn vouch(&self, party: &Party, did: &str, name: &str, ura: &str) -> Outcome<()> {
        let organization = json!({"name": party.name, "city": "Caretown", "ura": ura});
        let request = json!({
            "@context": "https://nuts.nl/credentials/2024",
            "issuer": self.story.registry_did, "type": "NutsUraCredential", "format": "jwt_vc",
            "withStatusList2021Revocation": true,
            "credentialSubject": {"id": did, "organization": organization},
        });
        let issued = self.story.hospital.call("/internal/vcr/v2/issuer/vc", &request).await?;
        let credential = issued.ok("issue a credential")?;
        let loaded = party.call(&format!("/internal/vcr/v2/holder/{name}/vc"), &credential).await?;
        loaded.ok("load the credential")?;
        let printer = self.story.printer;
        let what = format!("NutsUraCredential, URA {ura}");
        printer.message("Registry", party.name, &what, "issued", Tone::Good);
        Ok(())
    }

    /// A Task with an advance notice, for Clinic.
    pub(super) async fn offer(&self, id: &str) -> Outcome<()> {
        self.store(&task(id, CLINIC_URA, "requested", &[ADVANCE_NOTICE])).await?;
        self.lay_down(&task_fact(id)).await?;
        self.share(&ADVANCE_NOTICE, id, &["requested", "accepted"]).await
    }

    /// A Composition and what it refers to; and that Clinic may read it while the Task is in one of these states.
    pub(super) async fn share(&self, part: &Part, task: &str, states: &[&str]) -> Outcome<()> {
        let [composition, condition] = documents(part);
        self.store(&condition).await?;
        self.store(&composition).await?;
        // What it refers to needs no fact of its own.
        self.lay_down(&document_fact(part, task, states)).await
    }

    /// Hospital's own systems write to its FHIR server; nobody is asked.
    pub(super) async fn store(&self, resource: &Value) -> Outcome<()> {
        let name = format!("{}/{}", text(resource, "/resourceType")?, text(resource, "/id")?);
        let url = Url::parse(&format!("{}/{name}", self.fhir.own_url))?;
        let mut request = Request::get("demo", url);
        (request.method, request.body) = (Method::PUT, resource.to_string().into());
        let media_type = HeaderValue::from_static("application/fhir+json");
        request.headers.insert(header::CONTENT_TYPE, media_type);
        let answer = self.story.hospital.client.send(request).await?;
        if answer.status.is_success() {
            Ok(())
        } else {
            Err(format!("store {name}: {}", answer.status).into())
        }
    }

    /// Hospital's own systems tell its node who may do what.
    async fn lay_down(&self, fact: &Value) -> Outcome<()> {
        let path = "/internal/access/v1/hospital/facts";
        let fact = self.story.hospital.call(path, fact).await?.ok("lay down a fact")?;
        let words = |pointer: &str| {
            let words = fact.pointer(pointer).and_then(Value::as_array);
            let words = words.into_iter().flatten().filter_map(Value::as_str);
            words.collect::<Vec<_>>().join(" or ")
        };
        let mut what = format!(
            "{}: URA {CLINIC_URA} may {}",
            text(&fact, "/resource")?,
            words("/operations").replace(" or ", ", "),
        );
        if fact.pointer("/conditions/user") == Some(&json!(true)) {
            write!(what, ", with a user, Task {}", words("/conditions/task_status"))?;
        }
        self.story.printer.message("EHR", "Hospital", &what, "laid down", Tone::Good);
        Ok(())
    }
}
