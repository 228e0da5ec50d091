//! Whole requests, in the notation of HTTP: nothing panics, everything that is read has an input, and narrowing adds nothing else.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pecan_fhir::{Body, Request, Version, read};

fuzz_target!(|bytes: &[u8]| {
    let (version, bytes) = match bytes.split_first() {
        Some((b'3', rest)) => (Version::Stu3, rest),
        _ => (Version::R4, bytes),
    };
    let end = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap_or(bytes.len());
    let (head, body) = bytes.split_at(end);
    let Ok(head) = std::str::from_utf8(head) else { return };
    let mut lines = head.split('\n');
    let Some((method, target)) = lines.next().and_then(|line| line.split_once(' ')) else { return };
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let headers: Vec<(&str, &[u8])> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name, value.as_bytes()))
        .collect();
    let bases = ["https://hospital.example/fhir"];
    let body = Body::Whole(body.get(2..).unwrap_or_default());
    let request = Request { version, bases: &bases, method, path, query, headers: &headers, body };
    let Ok(fhir) = read(&request) else { return };
    assert_eq!(read(&request).as_ref(), Ok(&fhir));
    assert!(fhir.decisions().count() > 0);
    for decision in fhir.decisions() {
        let input = decision.to_input();
        assert_eq!(input["action"]["name"], decision.interaction.code());
    }
    let addition = vec![("patient".to_owned(), "1".to_owned())];
    let _ = fhir.narrow(&request, &addition);
    if fhir.is_bundle() {
        let _ = fhir.narrow_entries(&request, &[(0, addition)]);
    }
});
