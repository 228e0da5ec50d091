//! DPoP proofs and the URIs in them: normalising twice is normalising once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pecan_jose::dpop::{self, Proof};

fuzz_target!(|text: &str| {
    let _ = Proof::parse(text);
    if let Ok(uri) = dpop::normalize_uri(text) {
        // The empty text gives `https:`, which is no URI.
        let again = if text.is_empty() { Ok(uri.clone()) } else { dpop::normalize_uri(&uri) };
        assert_eq!(again.as_deref(), Ok(&*uri), "{text}");
    }
    if let Ok(uri) = dpop::exact_uri(text) {
        assert_eq!(dpop::exact_uri(&uri).as_deref(), Ok(&*uri), "{text}");
    }
    if let Ok(path) = dpop::exact_path(text) {
        assert_eq!(dpop::exact_path(&path).as_deref(), Ok(&*path), "{text}");
    }
});
