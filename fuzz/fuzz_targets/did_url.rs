//! DIDs, DID URLs, and the methods that need no network.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pecan_credentials::did::{Did, DidUrl, jwk, key, web};

fuzz_target!(|text: &str| {
    if let Ok(url) = DidUrl::parse(text) {
        assert_eq!(url.to_string(), text);
    }
    if let Ok(did) = Did::parse(text) {
        assert_eq!(did.to_string(), text);
        let _ = key::resolve(&did);
        let _ = jwk::resolve(&did);
        let _ = web::to_url(&did);
    }
    let _ = web::from_url(text);
});
