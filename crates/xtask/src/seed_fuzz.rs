//! Fills the corpora of the fuzz targets with the published vectors, so that fuzzing starts from real documents.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use pecan_vectors::Suite;
use serde_json::Value;

/// Which target starts from which files: (target, suite, folder in it, ending).
const FILES: [(&str, &str, &str, &str); 16] = [
    ("json", "vectors/json-parsing", "test_parsing", ".json"),
    ("jwk", "vectors/jws-2020", "keys", ".json"),
    ("jwk", "vectors/jose-cookbook", "jwk", ".json"),
    ("credential", "vectors/jws-2020", "implementations", ".json"),
    ("credential", "vectors/jws-2020", "credentials", ".json"),
    ("credential", "vectors/vc-1.1", ".", ".jsonld"),
    ("presentation", "vectors/jws-2020", "implementations", ".json"),
    ("presentation", "vectors/jws-2020", "presentations", ".json"),
    ("jsonld_document", "vectors/jws-2020", "credentials", ".json"),
    ("jsonld_document", "vectors/json-ld-api", "toRdf", ".jsonld"),
    ("jsonld_context", "vectors/contexts", ".", ".jsonld"),
    ("jsonld_context", "vectors/json-ld-api", "expand", "-in.jsonld"),
    ("nquads", "vectors/rdf-canon", "rdfc10", ".nq"),
    ("definition", "vectors/pex-examples", ".", ".json"),
    ("definition", "vectors/presentation-exchange", "test", ".json"),
    ("submission", "vectors/presentation-exchange", "test/presentation-submission", ".json"),
];

/// Which target starts from which members: (target, suite, file, name of the member that holds a seed).
const MEMBERS: [(&str, &str, &str, &str); 13] = [
    ("jws", "vectors/wycheproof", "testvectors_v1/json_web_signature_test.json", "jws"),
    ("jws", "vectors/wycheproof", "testvectors_v1/json_web_crypto_test.json", "jws"),
    ("jwe", "vectors/wycheproof", "testvectors_v1/json_web_encryption_test.json", "jwe"),
    ("jwk", "vectors/wycheproof", "testvectors_v1/json_web_signature_test.json", "public"),
    ("jwk", "vectors/wycheproof", "testvectors_v1/json_web_encryption_test.json", "private"),
    ("dpop", "vectors/rfc", "vectors.json", "proof"),
    ("did_url", "vectors/did-x509", "test-vectors.json", "did"),
    ("did_url", "vectors/did-jwk", "examples.json", "did"),
    ("did_document", "vectors/did-key", "nist-curves.json", "didDocument"),
    ("did_document", "vectors/did-jwk", "examples.json", "didDocument"),
    ("path", "vectors/jsonpath-cts", "cts.json", "selector"),
    ("status_list", "vectors/statuslist", "cases.json", "encodedList"),
    ("jsonld_document", "vectors/nuts-canon", "cases.json", "document"),
];

/// Requests of the use cases, for which there are no published vectors: (target, seed).
const REQUESTS: [(&str, &str); 9] = [
    ("fhir_path", "/Patient/1/_history/2"),
    ("fhir_path", "/Composition/%31/$document"),
    (
        "fhir_query",
        "category=http://snomed.info/sct%7C16076005,b&patient:Patient=1&_include:iterate=Patient:organization&_count=5",
    ),
    (
        "fhir_query",
        "_has:Observation:patient:code=a\\,b&subject=https://hospital.example/fhir/Patient/1&name:exact=x+y",
    ),
    ("fhir_request", "GET /Observation?patient=1&code=a,b\naccept:application/fhir+json\n\n"),
    (
        "fhir_request",
        "POST /Patient/_search?a=b\ncontent-type:application/x-www-form-urlencoded\n\nidentifier=s%7C1&_include=*",
    ),
    (
        "fhir_request",
        "3PUT /Task/1\ncontent-type:application/json\nif-match:W/\"3\"\nprefer:return=minimal\n\n{\"resourceType\":\"Task\",\"id\":\"1\",\"owner\":{\"reference\":\"Practitioner?identifier=1\"}}",
    ),
    (
        "fhir_request",
        "POST /Observation/$lastn\ncontent-type:application/fhir+json\n\n{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"max\",\"valueInteger\":2}]}",
    ),
    (
        "fhir_request",
        "POST /\ncontent-type:application/fhir+json\n\n{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{\"request\":{\"method\":\"GET\",\"url\":\"Task?owner=1\"}},{\"request\":{\"method\":\"POST\",\"url\":\"Task\",\"ifNoneExist\":\"identifier=1\"},\"resource\":{\"resourceType\":\"Task\"}}]}",
    ),
];

/// The largest seed: fuzzing works through small inputs much faster.
const SEED_BYTES_MAX: usize = 64 * 1024;

/// Writes `fuzz/corpus/<target>/…` and says how many seeds each target got.
pub(crate) fn run() -> Result<String, String> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let mut seeds: BTreeMap<&str, Vec<Vec<u8>>> = BTreeMap::new();
    for (target, suite, folder, ending) in FILES {
        let Some(suite) = Suite::find(suite) else { continue };
        let files = suite.files(folder, ending);
        seeds.entry(target).or_default().extend(files.iter().map(|file| suite.bytes(file)));
    }
    for (target, suite, file, member) in MEMBERS {
        let Some(suite) = Suite::find(suite) else { continue };
        collect(&suite.json(file), member, seeds.entry(target).or_default());
    }
    for (target, seed) in REQUESTS {
        seeds.entry(target).or_default().push(seed.as_bytes().to_vec());
    }
    collect_chains(&mut seeds);
    collect_recordings(&mut seeds);
    let mut report = Vec::new();
    for (target, seeds) in seeds {
        let folder = corpus.join(target);
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let seeds: Vec<_> = seeds.iter().filter(|seed| seed.len() <= SEED_BYTES_MAX).collect();
        for (number, seed) in seeds.iter().enumerate() {
            let file = folder.join(format!("seed-{number:04}"));
            fs::write(&file, seed).map_err(|error| format!("{}: {error}", file.display()))?;
        }
        report.push(format!("{target}: {} seeds", seeds.len()));
    }
    Ok(report.join("\n"))
}

/// Takes the value of each member of this name, at any depth: the text of a string, the JSON of anything else.
fn collect(value: &Value, member: &str, found: &mut Vec<Vec<u8>>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if name == member {
                    found.push(
                        value
                            .as_str()
                            .map_or_else(|| value.to_string(), str::to_owned)
                            .into_bytes(),
                    );
                } else {
                    collect(value, member, found);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, member, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// did:x509 with its chain, a line each; a chain in a header has the standard alphabet.
fn collect_chains(seeds: &mut BTreeMap<&str, Vec<Vec<u8>>>) {
    let Some(suite) = Suite::find("vectors/did-x509") else { return };
    let cases = suite.json("test-vectors.json");
    for case in cases.as_array().into_iter().flatten() {
        let mut lines: Vec<String> = text(case.pointer("/input/did")).into_iter().collect();
        for certificate in
            case.pointer("/input/chain").and_then(Value::as_array).into_iter().flatten()
        {
            let standard =
                text(Some(certificate)).unwrap_or_default().replace('-', "+").replace('_', "/");
            let padding = "=".repeat(standard.len().next_multiple_of(4) - standard.len());
            lines.push(standard + &padding);
        }
        seeds.entry("did_x509").or_default().push(lines.join("\n").into_bytes());
    }
}

fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::to_owned)
}

/// Tokens and documents that a reference node signed.
fn collect_recordings(seeds: &mut BTreeMap<&str, Vec<Vec<u8>>>) {
    let Some(suite) = Suite::find("contract/golden/vectors") else { return };
    for file in suite.files(".", ".json") {
        let recording = suite.json(&file);
        for member in ["token", "document"] {
            let mut found = Vec::new();
            collect(&recording, member, &mut found);
            for target in [
                "credential",
                "presentation",
                if member == "token" { "jws" } else { "jsonld_document" },
            ] {
                seeds.entry(target).or_default().extend(found.iter().cloned());
            }
        }
    }
    let Some(suite) = Suite::find("contract/golden/config") else { return };
    for file in suite.files(".", ".json") {
        collect(&suite.json(&file), "organization", seeds.entry("definition").or_default());
    }
}
