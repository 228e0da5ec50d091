//! Software that others wrote, oauth4webapi and jose, obtains and uses a token: `tests/node/client.mjs`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tokio::process::Command;

use crate::organizations::Organizations;
use crate::settings;

/// How long a program may take.
const PROGRAM_MAX: Duration = Duration::from_mins(3);

#[tokio::test]
async fn an_independent_oauth_client_obtains_and_uses_a_dpop_token() {
    if !settings::node_js("a token for oauth4webapi and jose") {
        return;
    }
    let organizations = Organizations::start(None).await;
    // Packages are put beside a copy, so that the tree stays as it is.
    let folder = organizations.folder.path().join("node");
    fs::create_dir(&folder).unwrap();
    for file in ["package.json", "package-lock.json", "client.mjs"] {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("node").join(file);
        fs::copy(source, folder.join(file)).unwrap();
    }
    run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder)).await;

    let wanted = json!({
        "issuerDid": organizations.issuer_did,
        "authorizationServer": organizations.authorization_server(),
        "hospitalUrl": organizations.hospital.url,
        "hospitalInternal": organizations.hospital.internal,
        "scope": "jwt",
    });
    let mut client = Command::new("node");
    client.arg("client.mjs").arg(wanted.to_string()).current_dir(&folder);
    client.env("NODE_EXTRA_CA_CERTS", organizations.authority.file());
    let said = run(&mut client).await;
    assert!(said.contains("obtained and used a token"), "{said}");
}

/// Runs a program to its end; what it said.
async fn run(command: &mut Command) -> String {
    let running = command.kill_on_drop(true).output();
    let output = tokio::time::timeout(PROGRAM_MAX, running).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}
