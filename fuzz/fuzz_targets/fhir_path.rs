//! FHIR paths: what is read is written in one way, and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pecan_fhir::{Body, Request, Version, read};

fuzz_target!(|text: &str| {
    for version in [Version::Stu3, Version::R4] {
        for method in ["GET", "POST", "PUT", "DELETE"] {
            let request = Request {
                version,
                bases: &["https://hospital.example/fhir"],
                method,
                path: text,
                query: Some("a=1"),
                headers: &[],
                body: Body::Untold,
            };
            let Ok(fhir) = read(&request) else { continue };
            let again = read(&Request { path: &fhir.path, ..request });
            assert_eq!(again.as_ref(), Ok(&fhir), "{text}");
        }
    }
});
