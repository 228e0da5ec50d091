//! `pecan explain` against a running node: what is printed, and how it ends.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::program::{Folder, Running, end, pecan};

const CONFIGURATION: &str = "\
url: http://localhost:48080
strictmode: false
datadir: <dir>/data
didmethods: [web]
http: {public: {address: \"127.0.0.1:0\"}, internal: {address: \"127.0.0.1:0\"}}
";

/// Asks for what every subject has, and for what none has.
const DEFINITION: &str = r#"{"id": "pd_employee", "input_descriptors": [{"id": "id_employee", "constraints": {"fields": [
    {"path": ["$.type"], "filter": {"type": "string", "const": "NutsEmployeeCredential"}},
    {"id": "role", "path": ["$.credentialSubject.roleName"], "filter": {"type": "string", "pattern": "^Nurse"}}]}}]}"#;

fn employee(role: &str) -> String {
    format!(
        r#"{{"@context": ["https://www.w3.org/2018/credentials/v1", "https://nuts.nl/credentials/v1"],
            "type": ["VerifiableCredential", "NutsEmployeeCredential"], "credentialSubject": {{"roleName": "{role}"}}}}"#
    )
}

fn create_subject(address: &str, name: &str) {
    let body = format!("{{\"subject\":\"{name}\"}}");
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST /internal/vdr/v2/subject HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn explain_says_yes_or_no_and_why() {
    let folder = Folder::new();
    let file = folder.write("nuts.yaml", CONFIGURATION);
    folder.write("definition.json", DEFINITION);
    folder.write("nurse.json", &employee("Nurse level 4"));
    folder.write("cook.json", &employee("Cook"));
    let node = Running::start(pecan(&folder, &["server", "--configfile", file.to_str().unwrap()]));
    let address = node.address("internal");
    create_subject(&address, "clinic");
    let explain = |subject: &str, more: &[&str]| {
        let words = ["explain", subject, "--address", &address, "--definition", "definition.json"];
        end(pecan(&folder, &[&words[..], more].concat()))
    };

    let (code, text) = explain("clinic", &["--credentials", "nurse.json"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.starts_with("yes: `clinic` would present one credential of did:web:"), "{text}");
    assert!(text.contains("role = \"Nurse\""), "{text}");

    let (code, text) = explain("clinic", &["--credentials", "cook.json"]);
    assert_eq!(code, 1, "{text}");
    let verdict = text.lines().next().unwrap();
    let reason = "is out: `role` is `Cook`, wanted a match of `^Nurse`";
    assert!(verdict.starts_with("no: ") && verdict.ends_with(reason), "{text}");
    assert!(text.contains("\nWhat to do\n  1. `id_employee`: "), "{text}");

    let (code, text) = explain("clinic", &["--json"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.starts_with("{\n") && text.contains("\"is_fulfilled\": false"), "{text}");

    let (code, text) = explain("nobody", &[]);
    let refused = "Error: the node answered 400 Bad Request: invalid_request - subject not found\n";
    assert_eq!((code, text.as_str()), (2, refused));
    node.stop("-TERM");
}
