//! N-Quads and the canonicalisation of any graph, within the budget.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pecan_jsonld::canonicalize::{Budget, canonicalize};
use pecan_jsonld::nquads;

fuzz_target!(|text: &str| {
    if let Ok(dataset) = nquads::parse(text) {
        let _ = canonicalize(&dataset, Budget::default());
    }
});
