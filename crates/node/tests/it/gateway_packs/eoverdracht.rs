//! eOverdracht at the sender of a patient, row by row: Task, its status, advance notice and nursing handoff.

use serde_json::{Value, json};

use super::chain::{Ask, CALLER, Chain, JSON, SNOMED, URA};

const SCOPE: &str = "eOverdracht-sender";
const STATUSES: [&str; 6] =
    ["requested", "accepted", "in-progress", "completed", "rejected", "cancelled"];

fn task(status: &str) -> Value {
    let part = |code: &str, composition: &str| {
        json!({
            "type": { "coding": [{ "system": SNOMED, "code": code }] },
            "valueReference": { "reference": composition },
        })
    };
    json!({
        "resourceType": "Task",
        "id": "1",
        "meta": { "versionId": "3", "lastUpdated": "2026-11-20T08:00:00Z" },
        "status": status,
        "intent": "proposal",
        "code": { "coding": [{ "system": SNOMED, "code": "308292007" }] },
        "owner": { "identifier": { "system": URA, "value": CALLER } },
        "input": [part("721915006", "Composition/7"), part("371535009", "Composition/8")],
    })
}

fn composition(id: &str, entries: &[&str]) -> Value {
    let entries: Vec<Value> = entries.iter().map(|entry| json!({ "reference": entry })).collect();
    json!({
        "resourceType": "Composition",
        "id": id,
        "subject": { "reference": "Patient/3" },
        "section": [{ "entry": entries }],
    })
}

fn get<'a>(persona: &'a str, target: &'a str) -> Ask<'a> {
    Ask { persona, scope: SCOPE, method: "GET", target, ..Ask::default() }
}

fn put<'a>(persona: &'a str, headers: &'a [(&'a str, &'a str)], body: &Value) -> Ask<'a> {
    let (method, target) = ("PUT", "/stu3/Task/1");
    Ask { persona, scope: SCOPE, method, target, headers, body: body.to_string() }
}

#[tokio::test]
async fn the_receiver_that_a_task_names_reads_it_until_a_year_after_its_end() {
    let chain = Chain::new().await;
    for status in STATUSES {
        chain.put(&task(status));
        chain.allows(get("organization", "/stu3/Task/1")).await;
        chain.denies(get("other", "/stu3/Task/1"), "not named").await;
        chain.denies(get("nobody", "/stu3/Task/1"), "not named").await;
    }
    let mut old = task("completed");
    old["meta"]["lastUpdated"] = "2025-11-25T08:59:59Z".into();
    chain.put(&old);
    chain.denies(get("organization", "/stu3/Task/1"), "over a year ago").await;
    old["code"]["coding"][0]["code"] = "3457005".into();
    chain.put(&old);
    chain.denies(get("organization", "/stu3/Task/1"), "not named").await;
    chain.remove("Task/1");
    chain.denies(get("organization", "/stu3/Task/1"), "not named").await;
    chain.denies(get("organization", "/stu3/Task/1?_elements=id"), "no parameters").await;
}

#[tokio::test]
async fn the_receiver_changes_the_status_and_nothing_else() {
    let chain = Chain::new().await;
    let current = [JSON[0], ("If-Match", "W/\"3\"")];
    let older = [JSON[0], ("If-Match", "W/\"2\"")];
    for (stored, proposed) in
        [("requested", "accepted"), ("requested", "rejected"), ("in-progress", "completed")]
    {
        chain.put(&task(stored));
        let proposed = task(proposed);
        chain.allows(put("organization", &current, &proposed)).await;
        chain.denies(put("other", &current, &proposed), "not named").await;
        chain.denies(put("organization", &JSON, &proposed), "needs If-Match").await;
        chain.denies(put("organization", &older, &proposed), "another version").await;
        let mut other = proposed.clone();
        other["description"] = "new".into();
        chain.denies(put("organization", &current, &other), "more than the status").await;
        other = proposed.clone();
        other["id"] = "2".into();
        chain.denies(put("organization", &current, &other), "cannot be placed").await;
    }
    for stored in STATUSES {
        chain.put(&task(stored));
        let allowed: &[&str] = match stored {
            "requested" => &["accepted", "rejected"],
            "in-progress" => &["completed"],
            _ => &[],
        };
        for proposed in STATUSES.iter().filter(|it| !allowed.contains(it)) {
            let asked = put("organization", &current, &task(proposed));
            chain.denies(asked, "may not change the status").await;
        }
    }
}

#[tokio::test]
async fn a_part_and_what_it_refers_to_are_read_by_a_user_in_the_states_of_that_part() {
    let chain = Chain::new().await;
    let (notice, handoff) =
        (composition("7", &["Condition/4"]), composition("8", &["Observation/5"]));
    chain.find("Composition?entry=Condition/4", std::slice::from_ref(&notice));
    chain.find("Composition?entry=Observation/5", std::slice::from_ref(&handoff));
    chain.find("Composition?subject=Patient/3", &[notice, handoff]);
    // A server that does not understand the search and gives everything.
    chain.find("Composition?entry=Observation/6", &[composition("8", &["Observation/5"])]);
    for (composition, statuses) in [
        ("Composition/7", ["requested", "accepted"].as_slice()),
        ("Composition/8", &["in-progress"]),
    ] {
        let fact = json!({
            "scope": SCOPE, "resource": composition, "operations": ["read", "document"], "task": "Task/1",
            "conditions": { "user": true, "task_status": statuses },
        });
        chain.lay_down(fact).await;
    }
    let notice = ["/stu3/Composition/7", "/stu3/Composition/7/$document", "/stu3/Condition/4"];
    let handoff = ["/stu3/Composition/8", "/stu3/Composition/8/$document", "/stu3/Observation/5"];
    for status in STATUSES {
        chain.put(&task(status));
        for (targets, is_open) in [
            (notice, matches!(status, "requested" | "accepted")),
            (handoff, status == "in-progress"),
        ] {
            for target in targets {
                if is_open {
                    chain.allows(get("user", target)).await;
                } else {
                    chain.denies(get("user", target), "status of the Task").await;
                }
                chain.denies(get("organization", target), "need a user").await;
                chain.denies(get("other", target), "no access fact").await;
            }
        }
        // Both parts are about the patient.
        let patient = get("user", "/stu3/Patient/3");
        if matches!(status, "requested" | "accepted" | "in-progress") {
            chain.allows(patient).await;
        } else {
            chain.denies(patient, "status of the Task").await;
        }
        chain.denies(get("user", "/stu3/Observation/6"), "no access fact").await;
        chain.denies(get("user", "/stu3/Observation/7"), "lookup `compositions` failed").await;
    }
    chain.put(&task("in-progress"));
    let denial = json!({ "scope": SCOPE, "resource": "Observation/5", "operations": ["*"], "effect": "deny" });
    chain.lay_down(denial).await;
    chain.denies(get("user", "/stu3/Observation/5"), "no access fact").await;
    let denial = json!({ "scope": SCOPE, "resource": "Composition", "operations": ["read"], "effect": "deny" });
    chain.allows(get("user", "/stu3/Patient/3")).await;
    chain.lay_down(denial).await;
    chain.denies(get("user", "/stu3/Patient/3"), "no access fact").await;
}

#[tokio::test]
async fn search_create_delete_and_the_rest_are_not_part_of_the_use_case() {
    let chain = Chain::new().await;
    chain.put(&task("requested"));
    let fact = json!({
        "scope": SCOPE, "resource": "Composition/7", "operations": ["read", "search", "create", "delete", "document"],
        "task": "Task/1", "conditions": { "task_status": ["requested"] },
    });
    chain.lay_down(fact).await;
    for (method, target, headers, body) in [
        ("GET", "/stu3/Task", &[][..], String::new()),
        ("GET", "/stu3/Composition?_id=7", &[], String::new()),
        ("POST", "/stu3/Task", &JSON, task("requested").to_string()),
        ("DELETE", "/stu3/Task/1", &[], String::new()),
        ("DELETE", "/stu3/Composition/7", &[], String::new()),
        ("GET", "/stu3/Composition/7/_history", &[], String::new()),
        ("GET", "/stu3/Composition/7/_history/1", &[], String::new()),
        ("GET", "/stu3/metadata", &[], String::new()),
    ] {
        let ask = Ask { persona: "user", scope: SCOPE, method, target, headers, body };
        chain.denies(ask, "not part of this use case").await;
    }
}
