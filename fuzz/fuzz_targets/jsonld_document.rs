//! JSON-LD documents over the contexts of the binary: the canonical form is canonical.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pecan_fuzz::PROCESSOR;
use pecan_jose::json;
use pecan_jsonld::canonicalize::{Budget, canonicalize};
use pecan_jsonld::document::Document;
use pecan_jsonld::nquads;

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = json::parse(bytes) else { return };
    let _ = PROCESSOR.expand(&Document::new(&value));
    let Ok(canonical) = PROCESSOR.canonicalize(&Document::new(&value).without("proof")) else { return };
    // IRIs are kept by the letter, also where N-Quads has no way to write them; those are not read again.
    if let Ok(dataset) = nquads::parse(&canonical.nquads)
        && dataset.quads.len() == canonical.nquads.matches(" .\n").count()
    {
        let again = canonicalize(&dataset, Budget::default());
        assert_eq!(again.as_deref(), Ok(&*canonical.nquads));
    }
});
