//! The demo, as whoever tries Pecan first runs it: from any folder, with nothing but the executable.

use crate::program::{Folder, end, pecan};

/// Calls that must not pass: what is called, what the caller sees, and what the operator finds under the id of the decision.
const REFUSED: [[&str; 3]; 9] = [
    [
        "GET Composition/7, no user",
        "403 access_denied",
        "no access fact binds the resource to a Task",
    ],
    ["GET Task/2, for others", "403 access_denied", "the caller is not named on the Task"],
    ["GET Task?status=requested", "403 access_denied", "the request is not part of this use case"],
    ["PUT Task/1, to completed", "403 access_denied", "the receiver may not change the status"],
    ["GET Task/1, a used proof", "401 invalid_dpop_proof", "the proof was used before"],
    ["GET Task/1, Task/2's proof", "401 invalid_dpop_proof", "url mismatch"],
    ["GET Task/1, without proof", "401 invalid_token", "a bound token was sent as bearer token"],
    ["GET Condition/80, done", "403 access_denied", "the status of the Task does not open"],
    ["GET Composition/8, done", "403 access_denied", "the status of the Task does not open"],
];

#[test]
fn the_demo_tells_what_passes_what_does_not_and_why() {
    let folder = Folder::new();
    let (code, text) = end(pecan(&folder, &["demo", "--once"]));
    assert_eq!(code, 0, "{text}");
    for expected in [
        "presentation nonce has already been used",
        "failed to match presentation definition",
        "POST /notification/1  202, allowed by eoverdracht_receiver",
        "by headers who notifies: URA 87654321, Hospital, no user.",
        "GET /Task/1, no user  200, allowed by eoverdracht_sender",
        "GET /Composition/7, a nurse  200, allowed by eoverdracht_sender",
        "GET /Condition/70, to which it refers, a nurse  200, allowed by eoverdracht_sender",
        "PUT /Task/1, requested to accepted, If-Match W/\"1\"  200, allowed by eoverdracht_sender",
        "by headers who reads: URA 12345678, Clinic, user e-1001, Nurse.",
        "None of these reached the FHIR server.",
        "GET /Composition/8, a nurse  200, allowed by eoverdracht_sender",
        "GET /Task/1, no user; it stays for a year  200, allowed by eoverdracht_sender",
        "All of it went as it should.",
    ] {
        assert!(text.contains(expected), "{expected}:\n{text}");
    }
    for [call, caller, operator] in REFUSED {
        let is_told = |line: &str| {
            let rest = line.trim_start().strip_prefix(call).map(str::trim_start);
            let rest = rest.and_then(|rest| rest.strip_prefix(caller));
            rest.is_some_and(|rest| rest.contains(operator))
        };
        assert!(text.lines().any(is_told), "{call}:\n{text}");
    }
    // It fits on a page, and a plain terminal can show it.
    let (_, second) = text.split_once("eOverdracht: ").expect("a second half");
    assert!(second.lines().count() < 70, "{second}");
    assert!(second.lines().all(|line| line.chars().count() <= 120), "{second}");
    assert!(!text.contains('\u{1b}'), "{text}");
}
