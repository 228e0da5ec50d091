//! Canonicalisation beside the crate `json-ld`, in one run.
//!
//! The crate has no canonicalisation, so its side ends with ours: what is compared is expansion and conversion to RDF, and the ratio is
//! smaller than it would be with any canonicaliser of its own. Both sides have their contexts parsed; ours also has them compiled,
//! which the crate does not offer. Both start from parsed JSON.

use std::hint::black_box;
use std::time::Instant;

use criterion::Criterion;
use pecan_jsonld::document::Document;
use serde_json::{Value, json};

#[path = "../tests/it/built_in.rs"]
mod built_in;
#[path = "../tests/it/oracle.rs"]
mod oracle;

use oracle::Oracle;

/// Runs for the summary: enough for a stable mean of either side.
const RUNS_OURS: u32 = 4_000;
const RUNS_THEIRS: u32 = 60;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let processor = built_in::processor();
    let oracle = Oracle::new(built_in::CONTEXTS);
    let mut rows = Vec::new();
    for (name, document) in documents() {
        let theirs = oracle::parse(&document.to_string());
        assert_eq!(
            processor
                .canonicalize(&Document::new(&document))
                .map(|canonical| canonical.nquads)
                .ok(),
            oracle.canonicalize(&theirs).ok(),
            "{name}: both sides give the same bytes"
        );
        let ours = || black_box(processor.canonicalize(&Document::new(black_box(&document))));
        let others = || black_box(oracle.canonicalize(black_box(&theirs)));
        let mut group = criterion.benchmark_group(name);
        group.sample_size(20);
        group.bench_function("pecan-jsonld", |bencher| bencher.iter(ours));
        group.bench_function("json-ld 0.21.4", |bencher| bencher.iter(others));
        group.finish();
        rows.push((name, mean_micros(RUNS_OURS, ours), mean_micros(RUNS_THEIRS, others)));
    }
    criterion.final_summary();
    summary(&rows);
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn mean_micros<T>(runs: u32, mut run: impl FnMut() -> T) -> f64 {
    let start = Instant::now();
    for _ in 0..runs {
        run();
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(runs)
}

#[expect(clippy::print_stdout, reason = "the table is what the benchmark is run for")]
fn summary(rows: &[(&str, f64, f64)]) {
    println!("\n| document | pecan-jsonld | json-ld 0.21.4 | ratio |\n|---|---|---|---|");
    for (name, ours, theirs) in rows {
        println!("| {name} | {ours:.1} µs | {theirs:.0} µs | {:.0} × |", theirs / ours);
    }
}

fn documents() -> [(&'static str, Value); 5] {
    let organization = organization_credential();
    let employee = employee_credential();
    let presentation = json!({
        "@context": [built_in::CREDENTIALS_V1, built_in::JWS_2020],
        "id": "did:web:node.example.org:iam:clinic#f2f6c1d2-0d7e-4f8f-b9a5-6b6f2f4c2d11",
        "type": "VerifiablePresentation",
        "holder": "did:web:node.example.org:iam:clinic",
        "verifiableCredential": [organization, employee],
    });
    let options = json!({
        "@context": [built_in::JWS_2020],
        "@type": "JsonWebSignature2020",
        "created": "2026-01-15T10:05:00Z",
        "expires": "2026-01-15T10:05:05Z",
        "challenge": "n-0S6_WzA2Mj",
        "domain": "https://verifier.example.org/oauth2/hospital",
        "proofPurpose": "assertionMethod",
        "verificationMethod": "did:web:node.example.org:iam:clinic#0f2c2a3e-6c0e-4a55-8a5d-0c7a0d0f4b21",
    });
    let schema_org = json!({
        "@context": [built_in::SCHEMA_ORG],
        "id": "https://node.example.org/clinic",
        "type": "Organization",
        "name": "Caresoft B.V.",
        "address": {"type": "PostalAddress", "addressLocality": "Caretown", "postalCode": "1234 AB"},
        "email": "info@example.org",
    });
    [
        ("organisation credential", organization),
        ("employee credential", employee),
        ("presentation with two credentials", presentation),
        ("proof options", options),
        ("schema.org document", schema_org),
    ]
}

fn organization_credential() -> Value {
    json!({
        "@context": [built_in::CREDENTIALS_V1, built_in::NUTS_V1, built_in::STATUS_LIST_2021, built_in::JWS_2020],
        "id": "did:web:node.example.org:iam:issuer#8c9f0e5d-3f57-4d5e-9a1f-7f6d4f5b6c01",
        "type": ["NutsOrganizationCredential", "VerifiableCredential"],
        "issuer": "did:web:node.example.org:iam:issuer",
        "issuanceDate": "2026-01-15T10:00:00Z",
        "expirationDate": "2027-01-15T10:00:00Z",
        "credentialStatus": {
            "id": "https://node.example.org/statuslist/did:web:node.example.org:iam:issuer/1#0",
            "type": "StatusList2021Entry",
            "statusPurpose": "revocation",
            "statusListIndex": "0",
            "statusListCredential": "https://node.example.org/statuslist/did:web:node.example.org:iam:issuer/1",
        },
        "credentialSubject": {
            "id": "did:web:node.example.org:iam:clinic",
            "organization": {"name": "Caresoft B.V.", "city": "Caretown"},
        },
    })
}

fn employee_credential() -> Value {
    json!({
        "@context": [built_in::CREDENTIALS_V1, built_in::NUTS_V1, built_in::JWS_2020],
        "id": "did:web:node.example.org:iam:clinic#0b6f3a44-2d0f-4f0b-8a53-1c1c5c1f3f02",
        "type": ["NutsEmployeeCredential", "VerifiableCredential"],
        "issuer": "did:web:node.example.org:iam:clinic",
        "issuanceDate": "2026-01-15T10:00:00Z",
        "expirationDate": "2026-01-16T10:00:00Z",
        "credentialSubject": {
            "id": "did:web:node.example.org:iam:clinic",
            "identifier": "900020713",
            "name": "E. van Dijk",
            "roleName": "Verpleegkundige niveau 4",
            "member": {"identifier": "481", "initials": "E.", "familyName": "van Dijk"},
        },
    })
}
