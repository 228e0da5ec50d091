//! Act three: Clinic asks tokens at Hospital, one for its systems and one for a nurse.

use serde_json::{Value, json};

use super::super::party::{Outcome, Party, member};
use super::super::printer::{Tone, say};
use super::super::story::REQUEST;
use super::call::Token;
use super::{Handover, SENDER};

/// Clinic's tokens at Hospital.
pub(super) struct Tokens {
    /// Nobody is behind it but Clinic.
    pub(super) systems: Token,
    /// A nurse is behind it.
    pub(super) nurse: Token,
}

/// What Clinic says about its employee.
pub(super) fn employee() -> Value {
    json!({
        "@context": ["https://www.w3.org/2018/credentials/v1", "https://nuts.nl/credentials/v1"],
        "type": ["VerifiableCredential", "NutsEmployeeCredential"],
        "credentialSubject": {"identifier": "e-1001", "name": "J. Jansen", "roleName": "Nurse"},
    })
}

impl Handover {
    pub(super) async fn tokens(&mut self) -> Outcome<Tokens> {
        self.story.step("Clinic asks two tokens at Hospital, bound to its key");
        let server = self.story.server();
        let clinic = &self.story.clinic;
        let systems = self.token(clinic, "clinic", (&server, SENDER), &[]).await?;
        let nurse = self.token(clinic, "clinic", (&server, SENDER), &[employee()]).await?;
        say("The second names a nurse, by a credential that Clinic itself stands for.");
        Ok(Tokens { systems, nurse })
    }

    /// An organisation asks a token at the server of another.
    pub(super) async fn token(
        &self,
        party: &Party,
        subject: &str,
        (server, scope): (&str, &str),
        employees: &[Value],
    ) -> Outcome<Token> {
        let path = REQUEST.replace("clinic", subject);
        let request = json!({
            "authorization_server": server, "scope": scope, "token_type": "DPoP", "credentials": employees,
        });
        let token = party.call(&path, &request).await?.ok("request a token")?;
        let who = if employees.is_empty() { "no user" } else { "a nurse" };
        let what = format!("token for `{scope}`, {who}");
        let answer =
            format!("{}, {} s", member(&token, "token_type"), member(&token, "expires_in"));
        self.story.printer.message("EHR", party.name, &what, &answer.replace('"', ""), Tone::Good);
        Token::read(&token)
    }
}
