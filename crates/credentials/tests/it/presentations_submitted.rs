//! Recorded submissions fulfil a definition, or do not, with the presentations that came with them.

use std::collections::BTreeMap;

use pecan_credentials::exchange::Definition;
use pecan_credentials::exchange::submission::Submission;
use pecan_credentials::presentation::Envelope;
use pecan_vectors::{Suite, Tally};
use serde_json::Value;

/// All definitions in the recorded policies, by id.
fn definitions() -> Option<BTreeMap<String, Value>> {
    let suite = Suite::find("contract/golden/config/policy")?;
    let mut found = BTreeMap::new();
    for file in suite.files("", ".json") {
        collect(&suite.json(&file), &mut found);
    }
    Some(found)
}

fn collect(value: &Value, found: &mut BTreeMap<String, Value>) {
    if value.get("input_descriptors").is_some() {
        let id = value["id"].as_str().unwrap_or_default();
        found.insert(id.to_owned(), value.clone());
    } else if let Some(members) = value.as_object() {
        members.values().for_each(|value| collect(value, found));
    }
}

#[test]
fn recorded_submissions_end_as_recorded() {
    let (Some(suite), Some(definitions)) =
        (Suite::find("contract/golden/token-endpoint"), definitions())
    else {
        return;
    };
    let mut tally = Tally::new("golden/token-endpoint submissions");
    for file in suite.files("", ".json") {
        let exchange = suite.json(&file);
        let body = &exchange["request"]["body"];
        let (Some(assertion), Some(text)) =
            (body["assertion"].as_str(), body["presentation_submission"].as_str())
        else {
            continue;
        };
        let description = exchange["response"]["body"]["error_description"].as_str();
        let does_not_conform =
            description.is_some_and(|it| it.starts_with("presentation submission does not"));
        if exchange["response"]["status"] != 200 && !does_not_conform {
            continue;
        }
        let Ok(submission) = Submission::parse(text) else {
            tally.case(&file, Err("submission is refused".to_owned()));
            continue;
        };
        let Some(definition) = definitions.get(&submission.definition_id) else {
            tally.case(&file, Err(format!("no definition `{}`", submission.definition_id)));
            continue;
        };
        let definition = match Definition::compile(definition) {
            Ok(definition) => definition,
            Err(error) => {
                let refused: Result<(), String> = Err(error.to_string());
                tally.case(&file, if does_not_conform { Ok(()) } else { refused });
                continue;
            }
        };
        let envelope = Envelope::parse(assertion).unwrap();
        let outcome = envelope.check_submission(&definition, &submission);
        let outcome = match (outcome, does_not_conform) {
            (Ok(_), false) | (Err(_), true) => Ok(()),
            (Ok(_), true) => Err("fulfilled, though it was refused".to_owned()),
            (Err(error), false) => Err(error.to_string()),
        };
        if file.starts_with("140-") {
            let reason = "a JWT in a list may be called by its own name, `jwt_vp`";
            tally.exception(&file, reason, &outcome);
        } else {
            tally.case(&file, outcome);
        }
    }
    tally.finish();
}
