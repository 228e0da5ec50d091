//! Notifications at the receiver of a patient, in both forms.

use serde_json::{Value, json};

use super::chain::{Ask, CALLER, Chain, HOLDER, JSON, URA, unable};

const SCOPE: &str = "eOverdracht-receiver";

fn ask<'a>(persona: &'a str, method: &'a str, target: &'a str) -> Ask<'a> {
    Ask { persona, scope: SCOPE, method, target, ..Ask::default() }
}

#[tokio::test]
async fn the_sender_posts_the_id_of_its_task_and_nothing_else() {
    let chain = Chain::new().await;
    for persona in ["organization", "other", "nobody"] {
        chain.allows(ask(persona, "POST", "/notify/1f0c-22")).await;
    }
    for method in ["GET", "PUT", "DELETE"] {
        chain.denies(ask("organization", method, "/notify/1"), "not part of this use case").await;
    }
    for target in ["/notify", "/notify/1/2"] {
        chain.denies(ask("organization", "POST", target), "not part of this use case").await;
    }
    chain.denies(ask("organization", "POST", "/notify/1?x=1"), "no query").await;
    let with_body = Ask { body: "{}".to_owned(), ..ask("organization", "POST", "/notify/1") };
    chain.denies(with_body, "empty body").await;
    let mut blind = unable();
    blind.abilities.tells_body = false;
    let asked = ask("organization", "POST", "/notify/1");
    chain.denies_through(&blind, asked, "the gateway tells the body").await;
    let read = Ask { scope: "eOverdracht-sender", ..ask("user", "POST", "/notify/1") };
    chain.denies(read, "not part of this use case").await;
}

fn notification() -> Value {
    let party = |ura: &str| json!({ "identifier": { "system": URA, "value": ura } });
    let input = |code: &str, name: &str, value: Value| {
        let coding =
            json!({ "system": "http://fhir.nl/fhir/NamingSystem/TaskParameter", "code": code });
        json!({ "type": { "coding": [coding] }, name: value })
    };
    json!({
        "resourceType": "Task",
        "identifier": [{ "system": "urn:ietf:rfc:3986", "value": "urn:uuid:1" }],
        "basedOn": [{ "reference": "Task/9" }],
        "status": "requested",
        "intent": "proposal",
        "code": { "coding": [{ "system": "http://fhir.nl/fhir/NamingSystem/TaskCode", "code": "pull-notification" }] },
        "requester": { "onBehalfOf": party(CALLER) },
        "owner": party(HOLDER),
        "input": [
            input("authorization-base", "valueString", "opaque".into()),
            input("get-workflow-task", "valueBoolean", true.into()),
        ],
    })
}

#[tokio::test]
async fn the_sender_posts_a_task_in_its_own_name_that_only_points() {
    let chain = Chain::new().await;
    let post = |persona, task: &Value| Ask {
        headers: &JSON,
        body: task.to_string(),
        ..ask(persona, "POST", "/stu3/Task")
    };
    chain.allows(post("organization", &notification())).await;
    chain.denies(post("other", &notification()), "on behalf of the URA").await;
    chain.denies(post("nobody", &notification()), "no URA").await;
    for (pointer, value, words) in [
        ("/owner/identifier/value", json!("11111111"), "not the organisation that is notified"),
        ("/code/coding/0/code", json!("other"), "not that of a notification"),
        ("/status", json!("cancelled"), "has status requested"),
        ("/intent", json!("order"), "has status requested"),
        ("/identifier", json!([]), "has one identifier"),
        ("/basedOn", json!([]), "something else than what can be pulled"),
        ("/input/0/type/coding/0/code", json!("note"), "something else than what can be pulled"),
        ("/output", json!([{ "valueString": "x" }]), "holds no resources"),
    ] {
        let mut task = notification();
        match task.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => task[pointer.trim_start_matches('/')] = value,
        }
        chain.denies(post("organization", &task), words).await;
    }
    for (method, target) in
        [("GET", "/stu3/Task/1"), ("GET", "/stu3/Patient/3"), ("DELETE", "/stu3/Task/1")]
    {
        chain.denies(ask("organization", method, target), "not part of this use case").await;
    }
}

#[tokio::test]
async fn only_who_sent_a_notification_cancels_it() {
    let chain = Chain::new().await;
    let (query, found) = (
        "identifier=urn:ietf:rfc:3986%7Curn:uuid:1",
        "Task?identifier=urn:ietf:rfc:3986%7Curn:uuid:1",
    );
    let target = format!("/stu3/Task?{query}");
    let mut cancelled = notification();
    cancelled["status"] = "cancelled".into();
    let put = |persona| Ask {
        headers: &JSON,
        body: cancelled.to_string(),
        ..ask(persona, "PUT", &target)
    };
    chain.find(found, &[notification()]);
    chain.allows(put("organization")).await;
    chain.denies(put("other"), "on behalf of the URA").await;
    let mut other = notification();
    other["requester"]["onBehalfOf"]["identifier"]["value"] = "11111111".into();
    chain.find(found, &[other]);
    chain.denies(put("organization"), "the caller created").await;
    chain.find(found, &[notification(), notification()]);
    chain.denies(put("organization"), "the caller created").await;
}
