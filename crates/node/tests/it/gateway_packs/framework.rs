//! Zorginzage 2026 and HINQ ION: the search for a patient, consent, and what a capability statement opens.

use serde_json::json;

use super::chain::{Ask, BSN, CALLER, Chain, FORM, NUMBER, consent, form};

const BY_NUMBER: &str =
    "Consent?patient.identifier=http://fhir.nl/fhir/NamingSystem/bsn%7C999999990&status=active";

fn search<'a>(persona: &'a str, scope: &'a str, body: String) -> Ask<'a> {
    Ask { persona, scope, method: "POST", target: "/r4/Patient/_search", headers: &FORM, body }
}

fn get<'a>(persona: &'a str, scope: &'a str, target: &'a str) -> Ask<'a> {
    Ask { persona, scope, method: "GET", target, ..Ask::default() }
}

#[tokio::test]
async fn a_patient_is_searched_by_number_with_consent() {
    let chain = Chain::new().await;
    for scope in ["zorginzage2026", "ion_inzage"] {
        chain.find(BY_NUMBER, &[consent("permit", CALLER)]);
        chain.allows(search("organization", scope, form(NUMBER))).await;
        chain.denies(search("nobody", scope, form(NUMBER)), "no URA").await;
        chain
            .denies(search("organization", scope, form("123456789")), "its citizen service number")
            .await;
        let more = format!("{}&_elements=id", form(NUMBER));
        chain.denies(search("organization", scope, more), "its citizen service number").await;
        let by_get = format!("/r4/Patient?identifier={BSN}%7C{NUMBER}");
        chain.denies(get("organization", scope, &by_get), &format!("policy `{scope}`")).await;
        let mut ended = consent("permit", CALLER);
        ended["provision"]["period"] = json!({ "end": "2026-01-01" });
        let mut inactive = consent("permit", CALLER);
        inactive["status"] = "inactive".into();
        for consents in [
            vec![],
            vec![consent("permit", "22222222")],
            vec![consent("permit", CALLER), consent("deny", CALLER)],
            vec![ended],
            vec![inactive],
        ] {
            chain.find(BY_NUMBER, &consents);
            chain.denies(search("organization", scope, form(NUMBER)), "consent").await;
        }
        chain.remove(BY_NUMBER);
        chain.denies(search("organization", scope, form(NUMBER)), "consent").await;
    }
}

#[tokio::test]
async fn hinq_lets_in_whom_the_holder_lists_and_opens_nothing_else_yet() {
    let chain = Chain::new().await;
    chain.find(BY_NUMBER, &[consent("permit", "11111111")]);
    chain.denies(search("other", "ion_inzage", form(NUMBER)), "on the list of the holder").await;
    for target in ["/r4/Condition?patient=5", "/r4/Patient/5", "/r4/Observation/1"] {
        chain.denies(get("organization", "ion_inzage", target), "not laid down yet").await;
    }
}

#[tokio::test]
async fn what_the_capability_statement_lists_is_open_for_one_patient_with_a_basis() {
    let chain = Chain::new().await;
    let scope = "zorginzage2026";
    let condition = |patient: &str| json!({ "resourceType": "Condition", "id": "1", "subject": { "reference": patient } });
    chain.put(&condition("Patient/5"));
    let ask = |persona, target| get(persona, scope, target);
    chain.find("Consent?patient=5&status=active", &[consent("permit", CALLER)]);
    chain.find("Consent?patient=6&status=active", &[]);
    for target in ["/r4/Condition?patient=5", "/r4/Condition/1"] {
        chain.allows(ask("organization", target)).await;
        chain.denies(ask("other", target), "neither consent nor").await;
        chain.denies(ask("nobody", target), "no URA").await;
    }
    chain.denies(ask("organization", "/r4/Condition?patient=6"), "neither consent nor").await;
    chain.put(&condition("Patient/6"));
    chain.denies(ask("organization", "/r4/Condition/1"), "neither consent nor").await;
    chain.put(&condition("https://elsewhere.example/Patient/5"));
    chain.denies(ask("organization", "/r4/Condition/1"), "exactly one patient").await;
    for target in [
        "/r4/Observation?patient=5",
        "/r4/Condition?patient=5&code=x",
        "/r4/Condition?patient=5&_include=Condition:subject",
    ] {
        chain.denies(ask("organization", target), "capabilities of the use case").await;
    }
    for target in ["/r4/Condition", "/r4/Condition?patient=5,6"] {
        chain.denies(ask("organization", target), "exactly one patient").await;
    }
    for target in ["/r4/Composition/1", "/r4/List?patient=5", "/r4/Bundle/1"] {
        chain.denies(ask("organization", target), "neither read nor searched").await;
    }
}

#[tokio::test]
async fn a_treatment_relation_that_the_holder_lays_down_is_a_basis() {
    let chain = Chain::new().await;
    let scope = "zorginzage2026";
    chain
        .lay_down(json!({ "scope": scope, "resource": "Patient/5", "operations": ["search"] }))
        .await;
    chain.find("Consent?patient=6&status=active", &[]);
    chain.allows(get("organization", scope, "/r4/Condition?patient=5")).await;
    chain
        .denies(get("organization", scope, "/r4/Condition?patient=6"), "neither consent nor")
        .await;
    chain.lay_down(json!({ "scope": scope, "resource": "Patient/5", "operations": ["*"], "effect": "deny" })).await;
    chain
        .denies(get("organization", scope, "/r4/Condition?patient=5"), "the holder denies this")
        .await;
}
