//! What it costs to find the credentials of a definition in a wallet.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a benchmark that cannot start must stop")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use pecan_credentials::exchange::reading::Reading;
use pecan_credentials::exchange::select::Selection;
use pecan_credentials::exchange::{Candidate, Definition};
use pecan_credentials::format::Format;
use serde_json::{Value, json};

/// The definition of a care organisation, as published policies write it.
const DEFINITION: &str = r#"{"id":"pd_care","format":{"ldp_vc":{"proof_type":["JsonWebSignature2020"]},"jwt_vc":{"alg":["ES256"]}},
    "input_descriptors":[{"id":"id_org","constraints":{"fields":[
        {"path":["$.type"],"filter":{"type":"string","const":"NutsOrganizationCredential"}},
        {"path":["$.issuer"],"filter":{"type":"string","pattern":"^did:web:node\\.example\\.org(:.+)?$"}},
        {"id":"organization_name","filter":{"type":"string"},
         "path":["$.credentialSubject.organization.name","$.credentialSubject[0].organization.name"]},
        {"id":"organization_city","filter":{"type":"string"},
         "path":["$.credentialSubject.organization.city","$.credentialSubject[0].organization.city"]}]}}]}"#;

/// Credentials of another issuer, so that two fields are tried in each; the last one matches.
fn wallet(size: usize) -> Vec<Value> {
    let issuer = |index| {
        if index + 1 == size {
            "did:web:node.example.org:iam:a"
        } else {
            "did:web:other.example.org"
        }
    };
    let credential = |index: usize| {
        json!({
            "@context": ["https://www.w3.org/2018/credentials/v1", "https://nuts.nl/credentials/v1"],
            "id": format!("did:web:node.example.org#{index}"),
            "type": ["NutsOrganizationCredential", "VerifiableCredential"],
            "issuer": issuer(index),
            "issuanceDate": "2026-01-15T10:00:00Z",
            "credentialSubject": [{ "id": "did:web:a", "organization": { "name": "Caresoft B.V.", "city": "Caretown" } }],
        })
    };
    (0..size).map(credential).collect()
}

fn candidate(view: &Value) -> Candidate<'_> {
    Candidate { view, format: Format::JwtVc, algorithm: Some("ES256"), proof_types: &[], raw: view }
}

fn find_match(c: &mut Criterion) {
    let definition = Definition::parse(DEFINITION).unwrap();
    let [descriptor] = definition.descriptors() else { panic!("one descriptor") };
    let mut group = c.benchmark_group("find_match");
    for size in [1, 10, 1_000] {
        let wallet = wallet(size);
        group.bench_with_input(BenchmarkId::from_parameter(size), &wallet, |bencher, wallet| {
            bencher.iter(|| {
                let mut candidates = black_box(wallet).iter().map(candidate);
                candidates
                    .find_map(|found| {
                        descriptor
                            .find_match(definition.formats(), &found, Reading::Shared)
                            .unwrap()
                    })
                    .unwrap()
            });
        });
    }
    group.finish();
}

fn select(c: &mut Criterion) {
    let definition = Definition::parse(DEFINITION).unwrap();
    let mut group = c.benchmark_group("select");
    for size in [1, 10, 1_000] {
        let wallet = wallet(size);
        let candidates: Vec<Candidate<'_>> = wallet.iter().map(candidate).collect();
        group.bench_with_input(
            BenchmarkId::from_parameter(size),
            &candidates,
            |bencher, wallet| {
                bencher.iter(|| definition.select(black_box(wallet), &Selection::new()).unwrap());
            },
        );
    }
    group.finish();
}

fn compile(c: &mut Criterion) {
    c.bench_function("compile", |bencher| {
        bencher.iter(|| Definition::parse(black_box(DEFINITION)).unwrap());
    });
}

criterion_group!(benches, find_match, select, compile);
criterion_main!(benches);
