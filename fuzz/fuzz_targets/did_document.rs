//! DID documents: what is read prints as a document that is read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pecan_credentials::did::document::Document;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(document) = Document::parse(bytes) {
        for method in document.methods() {
            let _ = method.public_key();
        }
        let printed = document.to_value();
        assert!(Document::from_value(&printed).is_ok_and(|again| again == document), "{printed}");
    }
});
