//! What is in the FHIR server of Hospital (STU3), and what Hospital lays down about it.

use serde_json::{Value, json};

use super::{CLINIC_URA, HOSPITAL_URA, SENDER};

/// The system of the numbers of care providers.
const URA: &str = "http://fhir.nl/fhir/NamingSystem/ura";

/// A part that a Task names: what it is, and which Composition.
pub(super) struct Part(&'static str, &'static str, &'static str);

/// Asks whether Clinic can take the patient; it does not say who that is.
pub(super) const ADVANCE_NOTICE: Part = Part("http://loinc.org", "57830-2", "Composition/7");
/// All that the nurses of Clinic need.
pub(super) const NURSING_HANDOFF: Part =
    Part("http://snomed.info/sct", "371535009", "Composition/8");

/// A Task of a transfer of care, without anything personal in it.
pub(super) fn task(id: &str, owner: &str, status: &str, parts: &[Part]) -> Value {
    let input = parts.iter().map(|Part(system, code, composition)| {
        json!({
            "type": {"coding": [{"system": system, "code": code}]},
            "valueReference": {"reference": composition},
        })
    });
    json!({
        "resourceType": "Task", "id": id, "status": status, "intent": "proposal",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "308292007", "display": "Transfer of care"}]},
        "requester": {"agent": {"identifier": {"system": URA, "value": HOSPITAL_URA}}},
        "owner": {"identifier": {"system": URA, "value": owner}},
        "input": input.collect::<Vec<_>>(),
    })
}

/// The Composition of a part, and what it refers to.
pub(super) fn documents(part: &Part) -> [Value; 2] {
    let Part(system, code, composition) = part;
    let id = composition.trim_start_matches("Composition/");
    let condition = format!("{id}0");
    [
        json!({
            "resourceType": "Composition", "id": id, "status": "final", "title": "Transfer of care",
            "type": {"coding": [{"system": system, "code": code}]},
            "section": [{"title": "Conditions", "entry": [{"reference": format!("Condition/{condition}")}]}],
        }),
        json!({
            "resourceType": "Condition", "id": condition, "clinicalStatus": "active",
            "code": {"coding": [{"system": "http://snomed.info/sct", "code": "263102004", "display": "Fracture of hip"}]},
        }),
    ]
}

/// Clinic may read the Task and change its status. It outlives the handover, so it is not bound to the Task.
pub(super) fn task_fact(task: &str) -> Value {
    json!({
        "scope": SENDER, "peer": {"ura": CLINIC_URA}, "resource": format!("Task/{task}"), "operations": ["read", "update"],
    })
}

/// Clinic may read a Composition, with a user, while the Task is in one of these states.
pub(super) fn document_fact(part: &Part, task: &str, task_status: &[&str]) -> Value {
    json!({
        "scope": SENDER, "peer": {"ura": CLINIC_URA}, "task": format!("Task/{task}"),
        "resource": part.2, "operations": ["read"],
        "conditions": {"user": true, "task_status": task_status},
    })
}
