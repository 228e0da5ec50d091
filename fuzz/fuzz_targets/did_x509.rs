//! did:x509 with a chain of certificates: one line for the DID, one for each certificate.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pecan_credentials::did::{Did, x509};

fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let Some(Ok(did)) = lines.next().map(Did::parse) else { return };
    let chain: Vec<String> = lines.map(str::to_owned).collect();
    let _ = x509::resolve(&did, Some(&chain), time::OffsetDateTime::UNIX_EPOCH);
});
