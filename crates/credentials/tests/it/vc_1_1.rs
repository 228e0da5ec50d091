//! The examples of the data model are read and canonicalised.

use pecan_credentials::credential::Credential;
use pecan_credentials::presentation::Presentation;
use pecan_jsonld::document::Document;
use pecan_vectors::Suite;

use crate::world::suite_processor;

#[test]
fn the_examples_of_the_data_model_are_read_and_canonicalised() {
    let (Some(suite), Some(processor)) = (Suite::find("vectors/vc-1.1"), suite_processor()) else {
        return;
    };
    let mut tally = suite.tally();
    for file in suite.files("input", "") {
        let text = suite.text(&file);
        let text = text.trim();
        let is_presentation = text.contains(r#""VerifiablePresentation""#);
        let parsed = if is_presentation {
            Presentation::parse(text).map(|it| it.view().clone()).map_err(|e| e.to_string())
        } else {
            Credential::parse(text).map(|it| it.to_value()).map_err(|e| e.to_string())
        };
        let outcome = parsed.and_then(|document| {
            if document.is_string() || file.contains("zkp") {
                return Ok(());
            }
            let canonical = processor.canonicalize(&Document::new(&document).without("proof"));
            let nquads = canonical.map_err(|error| error.to_string())?.nquads;
            if nquads.is_empty() { Err("no statements".to_owned()) } else { Ok(()) }
        });
        tally.case(&file, outcome);
    }
    tally.finish();
}
