//! The pack `huisartsvvt`: exactly the listed parameters, in both directions.

use serde_json::{Value, json};

use super::chain::{Ask, Chain, FORM, NUMBER, encoded, form, table};

const SCOPE: &str = "HuisartsVVTInzage";

fn get<'a>(persona: &'a str, target: &'a str) -> Ask<'a> {
    Ask { persona, scope: SCOPE, method: "GET", target, ..Ask::default() }
}

async fn with_relation() -> Chain {
    let chain = Chain::new().await;
    for (resource, operations) in
        [("Patient/5", json!(["search", "read"])), ("Patient", json!(["search"]))]
    {
        chain
            .lay_down(json!({ "scope": SCOPE, "resource": resource, "operations": operations }))
            .await;
    }
    chain
}

#[tokio::test]
async fn each_listed_query_passes_with_all_its_parameters_and_no_others() {
    let chain = with_relation().await;
    let lists = table("huisartsvvt");
    for (list, route) in [("nursing_stu3", "stu3"), ("gp_r4", "r4")] {
        let queries: Vec<&str> = lists["lists"][list]["queries"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert!(queries.len() > 8);
        for query in queries {
            let separator = if query.contains('?') { '&' } else { '?' };
            let target = format!("/{route}/{}{separator}patient=5", encoded(query));
            chain.allows(get("organization", &target)).await;
            for (target, words) in [
                (format!("{target}&_elements=id"), "exactly"),
                (format!("{target}&patient=5"), "exactly the listed"),
                (target.replace("patient=5", "patient=6"), "treatment relation"),
                (target.replace("patient=5", "patient=5,6"), "exactly the listed"),
                (target.replace("patient=5", "subject=5"), "exactly the listed"),
                (format!("/{route}/{}", encoded(query)), "exactly the listed"),
            ] {
                chain.denies(get("organization", &target), words).await;
            }
            chain.denies(get("other", &target), "registered").await;
        }
    }
}

#[tokio::test]
async fn what_the_list_of_the_other_side_has_is_not_on_this_one() {
    let chain = with_relation().await;
    for target in [
        "/stu3/Encounter?patient=5",
        "/stu3/Observation?patient=5",
        "/stu3/Observation?patient=5&_profile=http://nictiz.nl/fhir/StructureDefinition/zib-BloodPressure&_sort=-date",
        "/r4/Observation?patient=5",
        "/r4/Composition?patient=5",
        "/r4/MedicationRequest?patient=5&category=http://snomed.info/sct%7C16076005",
        "/r4/EpisodeOfCare?patient=5&_revinclude=Condition:encounter",
    ] {
        chain.denies(get("organization", target), "exactly the listed").await;
    }
}

#[tokio::test]
async fn a_patient_is_searched_by_number_in_a_form() {
    let chain = with_relation().await;
    let post = |persona, body: String| Ask {
        persona,
        scope: SCOPE,
        method: "POST",
        target: "/r4/Patient/_search",
        headers: &FORM,
        body,
    };
    chain.allows(post("organization", form(NUMBER))).await;
    chain.denies(post("other", form(NUMBER)), "registered").await;
    chain.denies(post("organization", form("123456789")), "policy `huisartsvvt`").await;
    chain
        .denies(post("organization", format!("{}&name=x", form(NUMBER))), "policy `huisartsvvt`")
        .await;
    chain.denies(post("organization", String::new()), "policy `huisartsvvt`").await;
    chain
        .denies(
            get("organization", &format!("/r4/Patient?{}", form(NUMBER))),
            "policy `huisartsvvt`",
        )
        .await;
}

#[tokio::test]
async fn a_general_practitioner_gives_whom_its_answers_name() {
    let chain = with_relation().await;
    for target in ["/r4/Practitioner/1", "/r4/Organization/1", "/r4/Patient/5"] {
        chain.allows(get("organization", target)).await;
        chain.denies(get("other", target), "registered").await;
    }
    chain.denies(get("organization", "/r4/Patient/6"), "treatment relation").await;
    for target in
        ["/r4/Condition/1", "/stu3/Patient/5", "/r4/Practitioner", "/r4/Patient/5/_history"]
    {
        chain.denies(get("organization", target), "policy `huisartsvvt`").await;
    }
}
