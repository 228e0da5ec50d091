//! The pack `bgz`, after a referral: the queries that the Task asks for, narrowed to its patient.

use serde_json::{Value, json};

use super::chain::{Ask, BSN, CALLER, Chain, JSON, NUMBER, SNOMED, URA, encoded, table, unable};

const SCOPE: &str = "bgz-sender";

fn task(queries: &[&str]) -> Value {
    let input = |query: &&str| json!({ "type": { "text": "BgZ" }, "valueString": encoded(query) });
    json!({
        "resourceType": "Task",
        "id": "9",
        "meta": { "versionId": "2" },
        "status": "requested",
        "authoredOn": "2026-11-20T08:00:00Z",
        "code": { "coding": [{ "system": SNOMED, "code": "3457005" }] },
        "owner": { "identifier": { "system": URA, "value": CALLER } },
        "for": { "identifier": { "system": BSN, "value": NUMBER } },
        "input": queries.iter().map(input).collect::<Vec<_>>(),
    })
}

fn get<'a>(persona: &'a str, target: &'a str) -> Ask<'a> {
    Ask { persona, scope: SCOPE, method: "GET", target, ..Ask::default() }
}

#[tokio::test]
async fn each_listed_query_that_the_task_asks_for_is_narrowed_to_its_patient() {
    let chain = Chain::new().await;
    let data = table("bgz");
    let queries: Vec<&str> =
        data["queries"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(queries.len(), 29);
    chain.put(&task(&queries));
    for query in &queries {
        let target = format!("/stu3/{}", encoded(query));
        let allowed = chain.allows(get("referred", &target)).await;
        let name = match query.split(['?', '/']).next().unwrap() {
            "Patient" => "identifier",
            "Coverage" => "subscriber",
            _ => "patient",
        };
        let narrowing = allowed.narrowing.expect("it is narrowed");
        assert_eq!(narrowing.added, [(name.to_owned(), format!("{BSN}|{NUMBER}"))], "{query}");
        assert!(narrowing.query.unwrap().contains(&format!("{name}=")), "{query}");

        let separator = if query.contains('?') { '&' } else { '?' };
        let wider = format!("{target}{separator}_count=50");
        chain.denies(get("referred", &wider), "none of the BgZ").await;
        chain
            .denies_through(&unable(), get("referred", &target), "does not change the query")
            .await;
    }
}

#[tokio::test]
async fn a_query_needs_a_user_and_an_open_task_of_the_caller_that_asks_for_it() {
    let chain = Chain::new().await;
    let good = || task(&["Condition", "Flag"]);
    chain.put(&good());
    chain.allows(get("referred", "/stu3/Condition")).await;
    let own = format!("/stu3/Condition?patient={BSN}%7C{NUMBER}");
    chain.allows(get("referred", &own)).await;
    chain.denies(get("referred", "/stu3/NutritionOrder"), "no open Task").await;
    chain.denies(get("referred", "/stu3/Condition?patient=5"), "none of the BgZ").await;
    chain.denies(get("referred", "/stu3/Condition?patient:missing=true"), "none of the BgZ").await;
    chain.denies(get("organization", "/stu3/Condition"), "need a user").await;
    chain.denies(get("user", "/stu3/Condition"), "no open Task").await;
    for (pointer, value) in [
        ("/status", json!("completed")),
        ("/authoredOn", json!("2026-11-01T08:00:00Z")),
        ("/owner/identifier/value", json!("11111111")),
        ("/code/coding/0/code", json!("308292007")),
    ] {
        let mut task = good();
        *task.pointer_mut(pointer).unwrap() = value;
        chain.put(&task);
        chain.denies(get("referred", "/stu3/Condition"), "no open Task").await;
    }
    let mut nameless = good();
    nameless["for"] = json!({ "reference": "Patient/5" });
    chain.put(&nameless);
    chain.denies(get("referred", "/stu3/Condition"), "names no patient").await;
}

#[tokio::test]
async fn a_fact_names_the_task_as_well_as_the_token_does() {
    let chain = Chain::new().await;
    chain.put(&task(&["Condition", "Flag"]));
    let fact = json!({ "scope": SCOPE, "resource": "Condition", "operations": ["search"], "task": "Task/9" });
    chain.lay_down(fact).await;
    chain.allows(get("user", "/stu3/Condition")).await;
    chain.denies(get("user", "/stu3/Flag"), "no open Task").await;
    chain.denies(get("other", "/stu3/Condition"), "no open Task").await;
    let denial =
        json!({ "scope": SCOPE, "resource": "Condition", "operations": ["*"], "effect": "deny" });
    chain.lay_down(denial).await;
    chain.denies(get("referred", "/stu3/Condition"), "the holder denies this").await;
}

#[tokio::test]
async fn documents_are_those_of_the_patient_of_the_task() {
    let chain = Chain::new().await;
    chain.put(&task(&["DocumentReference?status=current"]));
    let document = |status: &str, number: &str| {
        json!({
            "resourceType": "DocumentReference",
            "id": "8",
            "status": status,
            "subject": { "identifier": { "system": BSN, "value": number } },
            "content": [{ "attachment": { "url": "Binary/6" } }],
        })
    };
    let searches = [
        ("/stu3/DocumentReference/8", "DocumentReference?_id=8&_include=DocumentReference:patient"),
        (
            "/stu3/Binary/6",
            "DocumentReference?location=Binary/6&_include=DocumentReference:patient",
        ),
    ];
    for (target, search) in searches {
        chain.find(search, &[document("current", NUMBER)]);
        chain.allows(get("referred", target)).await;
        chain.denies(get("organization", target), "need a user").await;
        chain.find(search, &[document("superseded", NUMBER)]);
        chain.denies(get("referred", target), "not one of the patient").await;
        chain.find(search, &[document("current", "999999011")]);
        chain.denies(get("referred", target), "not one of the patient").await;
        chain.find(search, &[]);
        chain.denies(get("referred", target), "not one of the patient").await;
    }
}

#[tokio::test]
async fn the_task_is_read_and_closed_by_its_owner_and_never_searched() {
    let chain = Chain::new().await;
    let current = [JSON[0], ("If-Match", "W/\"2\"")];
    chain.put(&task(&["Condition"]));
    let put = |persona, headers, status: &str| {
        let mut proposed = task(&["Condition"]);
        proposed["status"] = status.into();
        let body = proposed.to_string();
        Ask { persona, scope: SCOPE, method: "PUT", target: "/stu3/Task/9", headers, body }
    };
    chain.allows(get("organization", "/stu3/Task/9")).await;
    chain.denies(get("other", "/stu3/Task/9"), "as its owner").await;
    chain.denies(get("organization", "/stu3/Task"), "policy `bgz`: not_allowed").await;
    chain.denies(get("referred", "/stu3/Task?status=requested"), "policy `bgz`: not_allowed").await;
    chain.allows(put("organization", &current, "completed")).await;
    chain.denies(put("organization", &JSON, "completed"), "needs If-Match").await;
    chain.denies(put("organization", &current, "draft"), "may not set this status").await;
    chain.denies(put("other", &current, "completed"), "as its owner").await;
    let mut closed = task(&["Condition"]);
    closed["status"] = "completed".into();
    chain.put(&closed);
    chain.denies(get("organization", "/stu3/Task/9"), "is closed").await;
    chain.denies(put("organization", &current, "accepted"), "is closed").await;
}
