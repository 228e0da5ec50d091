//! Documents of the Verifiable Credentials working group expand and canonicalise.

use pecan_jsonld::contexts::Contexts;
use pecan_jsonld::document::Document;
use pecan_vectors::Suite;

use crate::built_in;

#[test]
fn examples_of_the_working_group_canonicalise() {
    let Some(suite) = Suite::find("vectors/vc-1.1") else { return };
    let Some(shelf) = Suite::find("vectors/contexts") else { return };
    let mut examples = Contexts::new();
    for (url, file) in shelf.json("index.json").as_object().unwrap() {
        examples.insert(url, &shelf.text(file.as_str().unwrap())).unwrap();
    }
    let mut tally = suite.tally();
    let processor = built_in::processor();
    for file in suite.files("input", ".jsonld") {
        let document = suite.json(&file);
        let document = Document::new(&document).with_contexts(&examples);
        let outcome = match processor.canonicalize(&document) {
            Ok(canonical) if canonical.nquads.is_empty() => Err("says nothing".to_owned()),
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        };
        tally.case(&file, outcome);
    }
    tally.finish();
}
