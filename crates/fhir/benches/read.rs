//! What it costs to read a request and to tell a policy about it.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use pecan_fhir::{Body, Request, Version, read};

const HEADERS: &[(&str, &[u8])] = &[
    ("Host", b"hospital.example"),
    ("Accept", b"application/fhir+json"),
    ("Authorization", b"DPoP token"),
    ("DPoP", b"proof"),
    ("User-Agent", b"ehr/1.0"),
    ("Content-Type", b"application/fhir+json"),
];

fn request<'a>(method: &'a str, path: &'a str, query: &'a str, body: &'a [u8]) -> Request<'a> {
    Request {
        version: Version::Stu3,
        bases: &["https://hospital.example/fhir"],
        method,
        path,
        query: Some(query),
        headers: HEADERS,
        body: Body::Whole(body),
    }
}

fn benches(criterion: &mut Criterion) {
    let task = br#"{"resourceType":"Task","id":"1","status":"accepted","input":[{"valueReference":{"reference":"Composition/2"}}]}"#;
    let search = "patient=1&category=http%3A%2F%2Fsnomed.info%2Fsct%7C16076005&_include=MedicationRequest%3Amedication&_count=5";
    for (name, request) in [
        ("read", request("GET", "/Task/1", "", b"")),
        ("search", request("GET", "/MedicationRequest", search, b"")),
        ("update", request("PUT", "/Task/1", "", task)),
    ] {
        criterion.bench_function(&format!("{name}: meaning"), |bencher| {
            bencher.iter(|| read(black_box(&request)).expect("a request"));
        });
        criterion.bench_function(&format!("{name}: meaning and input"), |bencher| {
            bencher.iter(|| read(black_box(&request)).expect("a request").to_input());
        });
    }
}

criterion_group!(read_benches, benches);
criterion_main!(read_benches);
