//! Presentation Definitions, and what they choose.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pecan_credentials::exchange::select::Selection;
use pecan_credentials::exchange::{Candidate, Definition};
use pecan_credentials::format::Format;
use serde_json::json;

fuzz_target!(|text: &str| {
    let Ok(definition) = Definition::parse(text) else { return };
    let again = Definition::compile(definition.source());
    assert_eq!(again.as_ref(), Ok(&definition));
    let views = [
        json!({"@context": ["https://www.w3.org/2018/credentials/v1"], "type": ["VerifiableCredential", "NutsOrganizationCredential"],
            "issuer": "did:web:a.example", "credentialSubject": {"id": "did:web:b.example", "organization": {"name": "Care", "city": "Town"}}}),
        json!({"type": ["VerifiableCredential", "X"], "issuer": "did:x509:0", "issuanceDate": "2026-01-01T00:00:00Z",
            "credentialSubject": [{"id": "did:web:b.example", "n": [1, 2.5, null, true, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"], "o": {"p": []}}]}),
    ];
    let proof_types = ["JsonWebSignature2020".to_owned()];
    let wallet = [
        Candidate { view: &views[0], format: Format::LdpVc, algorithm: None, proof_types: &proof_types, raw: &views[0] },
        Candidate { view: &views[1], format: Format::JwtVc, algorithm: Some("ES256"), proof_types: &[], raw: &views[1] },
    ];
    match definition.select(&wallet, &Selection::new()) {
        Ok(choice) => drop(definition.claims(&choice.mappings)),
        Err(no_choice) => drop(no_choice.report().to_string()),
    }
});
