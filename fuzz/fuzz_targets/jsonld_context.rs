//! Contexts, both as a document that the caller hands in and inline.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pecan_jose::json;
use pecan_jsonld::contexts::Contexts;
use pecan_jsonld::document::Document;
use pecan_jsonld::processor::Processor;
use serde_json::{Value, json};

fuzz_target!(|text: &str| {
    let document = json!({"@context": ["urn:context"], "@id": "urn:a", "@type": ["T", "type"],
        "name": ["x", {"@value": "y", "@language": "nl"}, {"id": "urn:b", "name": 1.5}], "p": {"q": {"r": [true, null]}}, "id": "urn:c"});
    let mut contexts = Contexts::new();
    if contexts.insert("urn:context", text).is_ok() {
        let processor = Processor::new(contexts);
        let first = processor.canonicalize(&Document::new(&document));
        let second = processor.canonicalize(&Document::new(&document));
        assert_eq!(first, second, "a kept context means what a new one means");
    }
    if let Ok(Value::Object(wrapper)) = json::parse(text.as_bytes())
        && let Some(context) = wrapper.get("@context")
    {
        let mut inline = document;
        inline["@context"] = context.clone();
        let processor = Processor::new(Contexts::new());
        let _ = processor.canonicalize(&Document::new(&inline));
        assert_eq!(processor.cached_contexts(), 0, "an inline context is not kept");
    }
});
