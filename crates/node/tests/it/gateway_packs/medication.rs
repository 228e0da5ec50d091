//! Medication transfer: the patient who is enrolled with the caller, and nobody else.

use serde_json::{Value, json};

use super::chain::{Ask, BSN, Chain, NUMBER};

const SCOPE: &str = "medicatieoverdracht-gf";

fn get<'a>(persona: &'a str, target: &'a str) -> Ask<'a> {
    Ask { persona, scope: SCOPE, method: "GET", target, ..Ask::default() }
}

fn patient(numbers: &[&str]) -> Value {
    let identifier = |number: &&str| json!({ "system": BSN, "value": number });
    let identifiers: Vec<_> = numbers.iter().map(identifier).collect();
    json!({ "resourceType": "Patient", "id": "5", "identifier": identifiers })
}

#[tokio::test]
async fn medication_of_the_enrolled_patient_is_searched() {
    let chain = Chain::new().await;
    chain
        .lay_down(json!({ "scope": SCOPE, "resource": "Patient/5", "operations": ["search"] }))
        .await;
    chain.put(&patient(&[NUMBER]));
    let base = "/r4/MedicationRequest?patient=5";
    let category = format!("{base}&category=http://snomed.info/sct%7C16076005");
    let full = format!("{category}&periodofuse=ge2026-01-01&_include=MedicationRequest:medication");
    for target in [base, category.as_str(), full.as_str()] {
        chain.allows(get("enrolled", target)).await;
        chain.denies(get("organization", target), "enrolled with the caller").await;
        chain.denies(get("other", target), "no consent").await;
    }
    for more in [
        "&status=active",
        "&category=other",
        "&_include=MedicationRequest:patient",
        "&_count=1",
        "&periodofuse=x",
    ] {
        chain.denies(get("enrolled", &format!("{base}{more}")), "than listed").await;
    }
    for target in [
        "/r4/MedicationRequest",
        "/r4/MedicationRequest?patient=5&patient=6",
        "/r4/MedicationRequest?patient=5,6",
    ] {
        chain.denies(get("enrolled", target), "exactly one patient").await;
    }
    for target in ["/r4/MedicationRequest/1", "/r4/Patient/5", "/r4/Condition?patient=5"] {
        chain.denies(get("enrolled", target), "not part of this use case").await;
    }
    for numbers in [&["999999011"][..], &[NUMBER, "999999011"], &[]] {
        chain.put(&patient(numbers));
        chain.denies(get("enrolled", base), "enrolled with the caller").await;
    }
    chain.denies(get("enrolled", "/r4/MedicationRequest?patient=6"), "no consent").await;
}

#[tokio::test]
async fn a_search_by_number_takes_consent_of_the_national_register() {
    let chain = Chain::new().await;
    let target = format!("/r4/Patient?identifier={BSN}%7C{NUMBER}");
    chain.denies(get("enrolled", &target), "no consent").await;
}
