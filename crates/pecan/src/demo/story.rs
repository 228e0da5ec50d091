//! The story, step by step. What is printed is what the nodes did: messages are those that passed, answers those that came.

use std::path::Path;

use pecan_jose::jws::Jws;
use serde_json::{Value, json};

use super::certificates::Authority;
use super::party::{Outcome, Party, Ports, free_ports, member, text};
use super::printer::{Printer, Tone, command, line, say};
use super::tap::Message;

/// Which credentials a scope asks for; `ISSUER` stands for the pattern of the issuers that are trusted.
const DEFINITIONS: [(&str, &str); 2] = [
    ("hospital.json", include_str!("policy.json")),
    ("eoverdracht.json", include_str!("eoverdracht/definitions.json")),
];
/// Clinic asks for a token.
pub(super) const REQUEST: &str = "/internal/auth/v2/clinic/request-service-access-token";
/// Hospital is asked what a token stands for.
const INTROSPECT: &str = "/internal/auth/v2/accesstoken/introspect";
/// The resource that Clinic wants.
const RESOURCE: &str = "https://fhir.hospital.example.nl/Patient?identifier=123";

/// The two organisations, and what they know of each other.
pub(super) struct Story {
    pub(super) clinic: Party,
    pub(super) hospital: Party,
    pub(super) authority: Authority,
    pub(super) clinic_did: String,
    pub(super) hospital_did: String,
    /// Hospital's node also issues for the registry.
    pub(super) registry_did: String,
    pub(super) printer: Printer,
    steps: usize,
}

impl Story {
    /// Two nodes, their organisations, and a registry that vouches for Clinic.
    pub(super) async fn begin(folder: &Path, printer: Printer) -> Outcome<Self> {
        printer.heading("Pecan demo: two organisations, one access token");
        printer.step(1, "Two organisations start a node each");
        let authority = Authority::create(folder)?;
        let ports = free_ports()?;
        let [_, _, _, hospital_public, _, _] = ports;
        define(&folder.join("policy"), &format!("^did:web:localhost%3A{hospital_public}:"))?;
        let [public, internal, gateway, others @ ..] = ports;
        let ports = Ports { public, internal, gateway };
        let clinic = Party::start("Clinic", folder, ports, &authority).await?;
        let [public, internal, gateway] = others;
        let ports = Ports { public, internal, gateway };
        let hospital = Party::start("Hospital", folder, ports, &authority).await?;
        for party in [&clinic, &hospital] {
            printer.fact(party.name, &format!("{}  for the world, over TLS", party.public));
            printer.fact("", &format!("{}  for its own systems", party.internal));
        }
        printer.fact("files", &folder.display().to_string());
        let clinic_did = create_subject(&clinic, "clinic").await?;
        let hospital_did = create_subject(&hospital, "hospital").await?;
        let registry_did = create_subject(&hospital, "registry").await?;
        Ok(Self {
            clinic,
            hospital,
            authority,
            clinic_did,
            hospital_did,
            registry_did,
            printer,
            steps: 1,
        })
    }

    pub(super) fn step(&mut self, title: &str) {
        self.steps += 1;
        self.printer.step(self.steps, title);
    }

    /// The registry issues, Clinic's systems load.
    pub(super) async fn credentials(&mut self) -> Outcome<()> {
        self.step("A registry vouches for Clinic, in both formats");
        self.printer.fact("registry", &self.registry_did);
        self.printer.fact("Clinic", &self.clinic_did);
        for (format, note) in [("jwt_vc", "a signed JWT"), ("ldp_vc", "JSON-LD with a proof")] {
            let credential =
                issue(&self.hospital, &self.registry_did, &self.clinic_did, format).await?;
            self.printer.message(
                "Registry",
                "Clinic",
                &format!("NutsOrganizationCredential, {note}"),
                "issued",
                Tone::Good,
            );
            let answer = self.clinic.call("/internal/vcr/v2/holder/clinic/vc", &credential).await?;
            answer.ok("load the credential")?;
        }
        say("Clinic's wallet checked signature, times and status before it took them.");
        Ok(())
    }

    /// One run of the main job.
    pub(super) async fn main_job(
        &mut self,
        scope: &str,
        format: &str,
        token_type: &str,
    ) -> Outcome<()> {
        self.step(&format!("{token_type} token for `{scope}`, with a presentation in {format}"));
        let request = json!({
            "authorization_server": self.server(), "scope": scope, "token_type": token_type,
        });
        self.printer.message("EHR", "Clinic", &format!("POST {REQUEST}"), "", Tone::Plain);
        let token = self.clinic.call(REQUEST, &request).await?.ok("request a token")?;
        for party in [&self.clinic, &self.hospital] {
            let messages = party.tap.take();
            for message in messages.iter().filter(|message| !message.is_kept) {
                self.sent(party.name, message);
            }
            let kept = messages.iter().filter(|message| message.is_kept).count();
            if kept > 0 {
                let note = format!("{} had {kept} more documents in its cache.", party.name);
                say(&self.printer.tone(Tone::Quiet, &note));
            }
        }
        self.printer.message(
            "Clinic",
            "EHR",
            "the token",
            &format!("{} s", member(&token, "expires_in")),
            Tone::Good,
        );
        let access_token = text(&token, "/access_token")?;
        let active = self.hospital.form(INTROSPECT, &[("token", access_token)]).await?;
        let active = active.ok("introspect the token")?;
        if member(&active, "active") != &json!(true) {
            return Err(format!("the token is not active: {active}").into());
        }
        if active.get("cnf").is_some() != (token_type == "DPoP") {
            return Err(format!("the token is not bound as it should be: {active}").into());
        }
        say("Hospital's gateway asks its node what the token stands for:");
        self.printer.fact("token", &serde_json::to_string_pretty(&active)?);
        if token_type == "DPoP" {
            self.resource(&token, &active).await?;
        }
        Ok(())
    }

    /// A request for a resource with a fresh proof; the same proof once more.
    async fn resource(&self, token: &Value, active: &Value) -> Outcome<()> {
        let key_id: String =
            url::form_urlencoded::byte_serialize(text(token, "/dpop_kid")?.as_bytes()).collect();
        let access_token = text(token, "/access_token")?;
        let request = json!({"htm": "GET", "htu": RESOURCE, "token": access_token});
        let proof = self.clinic.call(&format!("/internal/auth/v2/dpop/{key_id}"), &request).await?;
        let proof = proof.ok("make a proof")?;
        let check = json!({
            "dpop_proof": text(&proof, "/dpop")?, "method": "GET", "url": RESOURCE,
            "token": access_token, "thumbprint": text(active, "/cnf/jkt")?,
        });
        for (note, expected) in
            [("GET Patient, with a proof", true), ("the same proof again", false)]
        {
            let verdict = self.hospital.call("/internal/auth/v2/dpop/validate", &check).await?;
            let verdict = verdict.ok("check the proof")?;
            if member(&verdict, "valid") != &json!(expected) {
                return Err(format!("{note}: {verdict}").into());
            }
            let answer = member(&verdict, "reason").as_str().unwrap_or("valid");
            let tone = if expected { Tone::Good } else { Tone::Bad };
            self.printer.message("EHR", "Gateway", note, answer, tone);
        }
        Ok(())
    }

    /// Tells of a message that a node sent.
    fn sent(&self, from: &str, message: &Message) {
        let to = if message.url.starts_with(&self.hospital.public) { "Hospital" } else { "Clinic" };
        let path = message.url.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
        let path = path.map_or("", |(_, path)| path);
        let answer = message.status.map_or("no answer".to_owned(), |status| status.to_string());
        let tone = if message.status == Some(200) { Tone::Good } else { Tone::Bad };
        self.printer.message(from, to, &format!("{} /{path}", message.method), &answer, tone);
        if message.method == "POST" {
            self.token_request(message);
        }
    }

    /// What is in a token request, and what the server looks at before it answers.
    fn token_request(&self, message: &Message) {
        let field = |name: &str| {
            let mut fields = url::form_urlencoded::parse(message.body.as_bytes());
            fields.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
        };
        let assertion = field("assertion").unwrap_or_default();
        let is_jwt = !assertion.starts_with('{');
        let facts = if is_jwt { jwt_facts(&assertion) } else { json_ld_facts(&assertion) };
        for (name, value) in facts {
            self.printer.fact(&name, &value);
        }
        if message.proof.is_some() {
            self.printer
                .fact("DPoP", "a proof of possession, signed by the same key, for this URL");
        }
        self.printer.fact("checked, in order", "lifetime at most 5 s; one signer, who is the subject of all credentials; audience; scope; \
            submission against definition; nonce never seen before; proof of possession; signatures of presentation and \
            credentials; issuers, times, revocation");
    }

    /// A presentation that was used once is sent again.
    pub(super) async fn replay(&mut self) -> Outcome<()> {
        self.step("Somebody sends Clinic's presentation again");
        let request = json!({
            "authorization_server": self.server(), "scope": "medication-overview", "token_type": "Bearer",
            "credential_selection": {"organization_name": "Clinic West"},
        });
        self.clinic.call(REQUEST, &request).await?.ok("request a token")?;
        let used = self.clinic.tap.take().into_iter().rfind(|message| message.method == "POST");
        let used = used.ok_or("no token request passed")?;
        self.hospital.tap.take();
        let answer = self.hospital.replay(&used.url, used.body).await?;
        let (error, description) =
            (text(&answer.body, "/error")?, text(&answer.body, "/error_description")?);
        if description != "presentation nonce has already been used" {
            return Err(format!("a used presentation is not refused: {}", answer.body).into());
        }
        self.printer.message(
            "Thief",
            "Hospital",
            "POST /oauth2/hospital/token",
            answer.status.as_str(),
            Tone::Bad,
        );
        self.printer.fact(error, description);
        Ok(())
    }

    /// A refusal, and why.
    pub(super) async fn refusal(&mut self) -> Outcome<()> {
        self.step("A pharmacy asks with a credential that it issued to itself");
        let did = create_subject(&self.clinic, "pharmacy").await?;
        let credential = issue(&self.clinic, &did, &did, "jwt_vc").await?;
        self.clinic.call("/internal/vcr/v2/holder/pharmacy/vc", &credential).await?.ok("load")?;
        let question = json!({
            "authorization_server": self.server(), "scope": "medication-overview",
        });
        let path = REQUEST.replace("clinic", "pharmacy");
        let answer = self.clinic.call(&path, &question).await?;
        if answer.status.is_success() {
            return Err("a self-issued credential is accepted".into());
        }
        let status = answer.status.as_str().to_owned();
        self.printer.message("EHR", "Pharmacy", &format!("POST {path}"), &status, Tone::Bad);
        self.printer.fact("detail", text(&answer.body, "/detail")?);
        say(
            "The operator asks why: pecan explain pharmacy --scope medication-overview --authorization-server …",
        );
        let question = json!({
            "subject": "pharmacy", "authorization_server": self.server(), "scope": "medication-overview",
        });
        let explanation = self.clinic.call("/internal/pecan/v1/explain", &question).await?;
        let explanation = explanation.ok("explain")?;
        for said in crate::commands::explain::render::text(&explanation).lines() {
            command(&self.printer.tone(Tone::Plain, said));
        }
        self.clinic.tap.take();
        self.hospital.tap.take();
        Ok(())
    }

    /// What a reader can try now.
    pub(super) fn try_it(&mut self) {
        self.step("Try it: both nodes are running");
        let ca = self.authority.file.display();
        let (clinic, hospital) = (&self.clinic, &self.hospital);
        let lines = [
            format!(
                "curl --cacert {ca} {}/.well-known/oauth-authorization-server/oauth2/hospital",
                hospital.public
            ),
            format!(
                "curl --cacert {ca} '{}/oauth2/hospital/presentation_definition?scope=care-plan'",
                hospital.public
            ),
            format!("curl {}/internal/vcr/v2/holder/clinic/vc", clinic.internal),
            format!(
                "curl -H 'Content-Type: application/json' -d '{{\"authorization_server\":\"{}\",\"scope\":\"care-plan\",\"token_type\":\"Bearer\"}}' {}{REQUEST}",
                self.server(),
                clinic.internal
            ),
            format!("curl -d token=THE_TOKEN {}{INTROSPECT}", hospital.internal),
            format!(
                "pecan explain pharmacy --address {} --scope care-plan --authorization-server {}",
                clinic.internal,
                self.server()
            ),
        ];
        for example in lines {
            command(&example);
        }
        line("");
        say(&format!("The whole internal API, to read: {}/internal/api/", clinic.internal));
    }

    /// Ends both nodes.
    pub(super) async fn end(self) -> Outcome<()> {
        self.clinic.stop().await?;
        self.hospital.stop().await
    }

    /// The issuer identifier of Hospital.
    pub(super) fn server(&self) -> String {
        format!("{}/oauth2/hospital", self.hospital.public)
    }
}

/// Writes which credentials the scopes of the story ask for.
fn define(folder: &Path, issuer: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (name, text) in DEFINITIONS {
        std::fs::write(folder.join(name), text.replace("ISSUER", issuer))?;
    }
    Ok(())
}

async fn create_subject(party: &Party, name: &str) -> Outcome<String> {
    let created = party.call("/internal/vdr/v2/subject", &json!({"subject": name})).await?;
    Ok(text(&created.ok("create a subject")?, "/documents/0/id")?.to_owned())
}

async fn issue(party: &Party, issuer: &str, holder: &str, format: &str) -> Outcome<Value> {
    let request = json!({
        "issuer": issuer,
        "type": "NutsOrganizationCredential",
        "format": format,
        "withStatusList2021Revocation": true,
        "credentialSubject": {"id": holder, "organization": {"name": "Clinic West", "city": "Caretown"}},
    });
    party.call("/internal/vcr/v2/issuer/vc", &request).await?.ok("issue a credential")
}

fn jwt_facts(assertion: &str) -> Vec<(String, String)> {
    let Ok(jws) = Jws::parse(assertion) else { return Vec::new() };
    let claims: Value = serde_json::from_slice(jws.payload()).unwrap_or_default();
    let fact = |name: &str| (name.to_owned(), member(&claims, name).to_string());
    let (end, begin) = (member(&claims, "exp").as_i64(), member(&claims, "nbf").as_i64());
    let lifetime = end.zip(begin).map(|(end, begin)| end - begin);
    vec![
        (
            "assertion".to_owned(),
            format!("JWT of {} bytes, {}", assertion.len(), jws.header().algorithm()),
        ),
        fact("iss"),
        fact("aud"),
        fact("nonce"),
        ("lifetime".to_owned(), format!("{} s", lifetime.unwrap_or_default())),
    ]
}

fn json_ld_facts(assertion: &str) -> Vec<(String, String)> {
    let document: Value = serde_json::from_str(assertion).unwrap_or_default();
    let proof = member(&document, "proof");
    let fact = |name: &str| (name.to_owned(), member(proof, name).to_string());
    vec![
        (
            "assertion".to_owned(),
            format!("JSON-LD of {} bytes, {}", assertion.len(), member(proof, "type")),
        ),
        ("holder".to_owned(), member(&document, "holder").to_string()),
        fact("domain"),
        fact("nonce"),
        (
            "lifetime".to_owned(),
            format!("{} to {}", member(proof, "created"), member(proof, "expires")),
        ),
    ]
}
