//! Bundles of policies: the archive, unpacked and packed, and what is in it.
#![no_main]

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;
use pecan_rego::{PolicySet, SourceFile, Sources};

fuzz_target!(|bytes: &[u8]| {
    let _ = Sources::from_bundle(bytes);
    // The mutations of packed bytes seldom unpack, so the archive is packed here.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    if encoder.write_all(bytes).is_ok()
        && let Ok(packed) = encoder.finish()
        && let Ok(sources) = Sources::from_bundle(&packed)
    {
        let _ = PolicySet::compile(&sources);
    }
    let policy = SourceFile { path: "a.rego".to_owned(), bytes: bytes.to_vec() };
    if let Ok(set) = Sources::from_folder(vec![policy]).and_then(|sources| PolicySet::compile(&sources)) {
        let _ = set.evaluate("a", &serde_json::json!({"x": [1, 2]}));
    }
});
