//! What one decision of a policy costs: as byte code, interpreted, and with a function that the engine does not bring.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use pecan_rego::{PolicySet, SourceFile, Sources};
use serde_json::{Value, json};

/// The rules of a sender in a transfer of care: who is named on the Task, whether the credential is revoked, what may be read.
const SENDER: &str = r#"package sender

default allow := false

allow if count(reasons) == 0

reasons contains {"code": "not_allowed", "description": "the method is not open"} if not input.action.request.method in {"GET", "PUT"}

reasons contains {"code": "not_allowed", "description": "no such number"} if not regex.match(`^\d{8}$`, input.subject.organization.ura)

reasons contains {"code": "not_allowed", "description": "the credential is revoked"} if input.subject.organization.ura in data.sender.revoked

reasons contains {"code": "not_allowed", "description": sprintf("%s is not open to the caller", [reference])} if not is_named

reference := sprintf("%s/%s", [input.resource.type, input.resource.id])

is_named if {
    some fact in input.access
    fact.peer == input.subject.organization.ura
    fact.resource == reference
    fact.status in {"requested", "accepted", "in-progress"}
}

obligations := {"narrow": [["owner", input.subject.organization.ura]]} if input.action.fhir_rest.interaction_type == "search-type"
"#;

fn sources(policy: &str) -> Sources {
    let revoked: Vec<String> = (0..50).map(|at| format!("9000{at:04}")).collect();
    let data = json!({ "revoked": revoked }).to_string();
    let files = [("sender/sender.rego", policy), ("sender/data.json", data.as_str())];
    let file = |(path, text): (&str, &str)| SourceFile {
        path: path.to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    Sources::from_folder(files.into_iter().map(file).collect()).expect("the files are right")
}

fn input(facts: usize) -> Value {
    let fact = |at: usize| json!({"peer": "12345678", "resource": format!("Task/{at}"), "status": "requested"});
    json!({
        "subject": {"client": {"id": "https://example.com/oauth2/gp", "scopes": ["eOverdracht-sender"]},
            "organization": {"ura": "12345678", "name": "Clinic", "city": "Utrecht"}, "user": {"id": "u1", "role": "01.015"}},
        "resource": {"type": "Task", "id": (facts - 1).to_string(), "version_id": "", "content": {}},
        "action": {"name": "read", "request": {"method": "GET", "path": "/Task/1", "query": "", "header": {"accept": ["application/fhir+json"]}},
            "fhir_rest": {"interaction_type": "read", "search_params": {}}},
        "context": {"route": "fhir", "scope": "eOverdracht-sender", "time": "2026-11-25T20:00:00Z"},
        "access": (0..facts).map(fact).collect::<Vec<_>>(), "lookup": {},
    })
}

fn evaluate(criterion: &mut Criterion) {
    let interpreted = format!(
        "{SENDER}\nreasons contains \"x\" if allow_all with input as {{}}\nallow_all if input.x\n"
    );
    let calls = format!("{SENDER}\nreasons contains \"x\" if crypto.sha256(reference) == \"x\"\n");
    for (name, policy) in
        [("byte code", SENDER), ("interpreted", &interpreted), ("added function", &calls)]
    {
        let set = PolicySet::compile(&sources(policy)).expect("the policy is right");
        assert_eq!(set.notes().len(), usize::from(name == "interpreted"));
        for facts in [1, 200] {
            let input = input(facts);
            assert!(set.evaluate("sender", &input).expect("it decides").is_allowed);
            criterion.bench_function(&format!("evaluate/{name}/{facts} facts"), |bencher| {
                bencher.iter(|| set.evaluate(black_box("sender"), black_box(&input)));
            });
        }
    }
    let sources = sources(SENDER);
    criterion.bench_function("compile", |bencher| {
        bencher.iter(|| PolicySet::compile(black_box(&sources)));
    });
}

criterion_group!(benches, evaluate);
criterion_main!(benches);
