//! What a reader can try while everything runs.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::super::party::Outcome;
use super::super::printer::{command, line, say};
use super::super::story::REQUEST;
use super::tokens::employee;
use super::{Handover, SENDER};

impl Handover {
    /// Prints lines to copy, and from now on what both operators see.
    pub(in crate::demo) async fn try_it(&mut self, folder: &Path) -> Outcome<()> {
        self.story.try_it();
        self.story.step("Try it: the handover");
        self.offer("3").await?;
        let script = folder.join("call.sh");
        fs::write(&script, self.script())?;
        let script = script.display();
        say("A token, a proof and a call at Hospital's FHIR server, as in the script:");
        for call in ["GET /Task/3", "GET /Composition/7", "GET /Composition/7 nobody", "GET /Task"]
        {
            command(&format!("sh {script} {call}"));
        }
        let ca = self.story.authority.file.display();
        let url = self.fhir.url.replace("/fhir", "/.well-known/oauth-protected-resource/fhir");
        command(&format!("curl -i --cacert {ca} {}/Task/3", self.fhir.url));
        command(&format!("curl --cacert {ca} {url}"));
        line("");
        say(
            "Ctrl-C ends everything and removes the files. Until then, each decision of a gateway's node:",
        );
        self.log.follow();
        Ok(())
    }

    /// A shell script that needs nothing but `curl` and `sed`.
    fn script(&self) -> String {
        let request = |employees: &[serde_json::Value]| {
            json!({
                "authorization_server": self.story.server(), "scope": SENDER, "token_type": "DPoP",
                "credentials": employees,
            })
        };
        format!(
            r#"#!/bin/sh
# call.sh METHOD PATH [nobody]: calls Hospital's FHIR server as a nurse of Clinic, or with nobody behind the request.
node={node} url="{fhir}$2"
request='{nurse}'
if [ "$3" = nobody ]; then request='{nobody}'; fi
post() {{ curl -s -H 'Content-Type: application/json' -d "$2" "$node$1"; }}
member() {{ sed 's/.*"'$1'" *: *"\([^"]*\)".*/\1/'; }}

answer=$(post {REQUEST} "$request")
token=$(echo "$answer" | member access_token)
key=$(echo "$answer" | member dpop_kid | sed 's/%/%25/g; s/#/%23/g')
proof=$(post "/internal/auth/v2/dpop/$key" '{{"htm":"'$1'","htu":"'"${{url%%\?*}}"'","token":"'$token'"}}' | member dpop)
curl -s -i --cacert {ca} -X "$1" -H "Authorization: DPoP $token" -H "DPoP: $proof" "$url"
echo
"#,
            node = self.story.clinic.internal,
            fhir = self.fhir.url,
            nurse = request(&[employee()]),
            nobody = request(&[]),
            ca = self.story.authority.file.display(),
        )
    }
}
