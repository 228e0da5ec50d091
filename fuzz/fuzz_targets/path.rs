//! Paths of the dialect, read and evaluated within their budget.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pecan_credentials::exchange::path::{Found, Path, Subject};
use serde_json::{Value, json};

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let deep = (0..40).fold(json!({"a": 1}), |inner, _| json!({"a": [inner, {"b": "c"}], "b": null}));
    json!({"a": deep, "credentialSubject": [{"id": "did:web:a", "n": [1, 2, 3]}], "@context": ["x"], "type": "y"})
});

fuzz_target!(|text: &str| {
    let Ok(path) = Path::parse(text) else { return };
    assert_eq!(path.as_str(), text);
    for subject in [Subject::AsWritten, Subject::SingleElement] {
        match path.evaluate(&DOCUMENT, subject) {
            Ok(Found::Nodes(_)) => assert!(!path.is_singular()),
            Ok(Found::Node(_)) => assert!(path.is_singular()),
            Ok(Found::Nothing) | Err(_) => {}
        }
    }
});
