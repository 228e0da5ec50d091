//! `pecan policy`: what it prints, and how it ends.

use serde_json::Value;

use crate::program::{Folder, end, pecan};

const POLICY: &str = "\
package bgz

default allow := false

allow if {
	input.resource.type == \"Task\"
	input.action.fhir_rest.interaction_type == \"read\"
	input.lookup.task.status == 200
}

reasons contains {\"code\": \"not_allowed\", \"description\": \"not a Task that is there\"} if not allow

needs := {\"task\": sprintf(\"Task/%s\", [input.resource.id])} if input.resource.type == \"Task\"
";

const TESTS: &str = "\
package bgz_test

import data.bgz

test_other_types_are_denied if not bgz.allow with input as {\"resource\": {\"type\": \"Patient\"}}

test_this_fails if bgz.allow with input as {}

todo_test_later if true
";

/// `{ok}`: the test that fails is left out.
fn folder(is_ok: bool) -> Folder {
    let folder = Folder::new();
    folder.write("policies/bgz/bgz.rego", POLICY);
    let tests = TESTS.replace("package bgz_test", "package bgz.bgz_test");
    let tests = if is_ok { tests.replace("test_this_fails if", "helper if") } else { tests };
    folder.write("policies/bgz/bgz_test.rego", &tests);
    folder
}

fn run(folder: &Folder, arguments: &[&str]) -> (i32, String) {
    end(pecan(folder, &[&["policy"], arguments].concat()))
}

fn check(folder: &Folder, arguments: &[&str], code: i32, expected: &[&str]) {
    let (found, text) = run(folder, arguments);
    assert_eq!(found, code, "{arguments:?}\n{text}");
    for expected in expected {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

#[test]
fn check_names_the_policies_or_what_is_wrong_where() {
    let folder = folder(true);
    check(&folder, &["check", "policies"], 0, &["policies: 1 policy: bgz\n"]);
    folder.write("bad/a.rego", "package a\n\nallow if http.send({})\n");
    folder.write("worse/a.rego", "package a\n\nallow := {\n");
    let expected =
        ["policies: 1 policy: bgz", "bad/a.rego:3: `http.send` is refused", "worse/a.rego:"];
    check(&folder, &["check", "policies", "bad", "worse"], 1, &expected);
    folder.write("two/a-b.rego", "package a_b\nallow := true\n");
    folder.write("two/A_b/x.rego", "package a_b\nallow := true\n");
    check(&folder, &["check", "two"], 1, &["are both the policy `a_b`"]);
    check(&folder, &["check", "nowhere"], 1, &["nowhere"]);
    check(&folder, &["check"], 2, &["Usage:"]);
}

#[test]
fn test_reports_and_ends_as_opa_does() {
    let good = folder(true);
    let (code, text) = run(&good, &["test", "policies"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("data.bgz.bgz_test.todo_test_later: SKIPPED\n"), "{text}");
    assert!(text.ends_with("PASS: 1/2\nSKIPPED: 1/2\n"), "{text}");

    let bad = folder(false);
    let (code, text) = run(&bad, &["test", "policies"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.starts_with("policies/bgz/bgz_test.rego:\n"), "{text}");
    assert!(text.contains("data.bgz.bgz_test.test_this_fails: FAIL ("), "{text}");
    assert!(!text.contains("test_other_types_are_denied"), "{text}");
    let counts = format!("{}\nPASS: 1/3\nFAIL: 1/3\nSKIPPED: 1/3\n", "-".repeat(80));
    assert!(text.ends_with(&counts), "{text}");

    let verbose = ["data.bgz.bgz_test.test_other_types_are_denied: PASS (", "PASS: 1/1\n"];
    check(&bad, &["test", "policies", "-v", "--run", "bgz_test.test_other"], 0, &verbose);
    check(&bad, &["test", "policies", "--run", "nothing"], 1, &["no tests found"]);
    check(&bad, &["test", "policies", "--run", "("], 1, &["--run: "]);
    check(&bad, &["test", "nowhere"], 1, &["nowhere"]);
    bad.write("policies/other/other.rego", "package other\n\nallow if y > 1\n");
    check(&bad, &["test", "policies"], 1, &["policies/other/other.rego:3: "]);
    std::fs::remove_dir_all(bad.0.join("policies/other")).unwrap();

    let (code, text) = run(&bad, &["test", "policies", "--format", "json"]);
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, report.as_array().unwrap().len()), (2, 3));
    let failed = report.as_array().unwrap().iter().find(|test| test["fail"] == true).unwrap();
    assert_eq!(failed["name"], "test_this_fails");
    assert_eq!(failed["package"], "data.bgz.bgz_test");
    assert_eq!(failed["location"]["file"], "policies/bgz/bgz_test.rego");
    assert!(failed["duration"].is_u64());
}

const DOCUMENT: &str = r#"{"input": {
    "resource": {"type": "Task", "id": "1"},
    "action": {"fhir_rest": {"interaction_type": "read"}, "request": {"method": "GET", "path": "/Task/1"}},
    "context": {"policy": "bgz"},
    "lookup": {"task": {"status": 200}}
}}"#;

#[test]
fn eval_tells_what_a_policy_says_of_a_document() {
    let folder = folder(true);
    folder.write("input.json", DOCUMENT);
    let expected = [
        "ALLOWED\n\nGET /Task/1: read\n  allow  policy `bgz`\n",
        "    needs       task: Task/1 (told in `lookup`)\n",
        " instructions\n",
    ];
    check(&folder, &["eval", "--policy", "bgz", "--input", "input.json"], 0, &expected);
    check(&folder, &["eval", "--input", "input.json"], 0, &["ALLOWED"]);

    folder.write("denied.json", &DOCUMENT.replace("200", "404"));
    let expected = ["DENIED\n", "  deny  policy `bgz`\n", "not_allowed: not a Task that is there"];
    check(&folder, &["eval", "--input", "denied.json"], 1, &expected);
    folder.write("untold.json", &DOCUMENT.replace("\"task\":", "\"other\":"));
    check(&folder, &["eval", "--input", "untold.json"], 1, &["(not told: write it into `lookup`)"]);
    let input = ["  input\n", "\"type\": \"Task\""];
    check(&folder, &["eval", "--input", "input.json", "--show-input"], 0, &input);

    let (code, text) = run(&folder, &["eval", "--input", "denied.json", "--format", "json"]);
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &report["is_allowed"]), (1, &Value::Bool(false)));
    let policy = &report["parts"][0]["policies"][0];
    assert_eq!(policy["reasons"][0]["code"], "not_allowed");
    assert!(policy["instructions"].as_u64().is_some_and(|count| count > 0), "{text}");
    assert!(policy["duration_nanoseconds"].is_u64());
}

#[test]
fn eval_makes_the_document_of_a_request_as_a_gateway_does() {
    let folder = folder(true);
    let request = "\
method: GET
url: https://fhir.example.nl/fhir/Task/1
headers: {Accept: application/fhir+json}
claims: {client_id: https://clinic.example.nl/oauth2/clinic, scope: BgZ other, organization_ura: '12345678'}
route: {url: 'https://fhir.example.nl/fhir', subject: hospital, kind: fhir-stu3}
lookup: {task: {status: 200, body: {}}}
";
    folder.write("request.yaml", request);
    let expected = ["ALLOWED\n", "GET /Task/1: read\n", "policy `bgz` for scope `BgZ`"];
    check(&folder, &["eval", "--input", "request.yaml"], 0, &expected);
    let (_, text) = run(&folder, &["eval", "--input", "request.yaml", "--format", "json"]);
    let report: Value = serde_json::from_str(&text).unwrap();
    let input = &report["parts"][0]["input"];
    assert_eq!(input["subject"]["organization"]["ura"], "12345678");
    assert_eq!(input["context"]["scope"], "BgZ");

    let without_route = request.replace("route: {url", "# {url");
    folder.write("no-route.yaml", &without_route);
    check(&folder, &["eval", "--input", "no-route.yaml"], 2, &["no route: write a section"]);
    folder.write(
        "gateway.yaml",
        "gateways: {g: {secret_file: nowhere, dialects: [envoy]}}\n\
         routes: {r: {url: 'https://fhir.example.nl/fhir', subject: s, kind: fhir-stu3, policies: {other: bgz}}}\n",
    );
    let with_file = ["eval", "--input", "no-route.yaml", "--gateways", "gateway.yaml"];
    check(&folder, &with_file, 0, &["policy `bgz` for scope `other`"]);

    let mut count = 0;
    let mut refused = |from: &str, to: &str, expected: &str| {
        count += 1;
        let file = format!("refused-{count}.yaml");
        assert!(request.contains(from), "{from}");
        folder.write(&file, &request.replace(from, to));
        check(&folder, &["eval", "--input", &file], 2, &[expected]);
    };
    refused("/Task/1", "/Task/../1", "dot segment");
    refused("/Task/1", "/Tusk", "the request cannot be placed: ");
    refused(
        "https://fhir.example.nl/fhir/Task",
        "https://other.example.nl/fhir/Task",
        "another server",
    );
    refused("kind: fhir-stu3", "kind: fhir", "no kind of route `fhir`");
    refused("lookup:", "look_up:", "a request has no `look_up`");
    refused("BgZ other", "other", "no scope of the token has a policy; name one of bgz");
    refused("method: GET", "method: [GET", "refused-7.yaml");
    check(
        &folder,
        &["eval", "--policy", "x", "--input", "request.yaml"],
        2,
        &["there is no policy `x`"],
    );
    check(&folder, &["eval", "--input", "nowhere"], 2, &["nowhere"]);
    check(&folder, &["eval", "--policies", "nowhere", "--input", "request.yaml"], 2, &["nowhere"]);
}

#[test]
fn a_node_takes_the_packs_of_this_repository() {
    let packs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies");
    check(&Folder::new(), &["check", packs], 0, &["eoverdracht_sender", "bgz"]);
}
