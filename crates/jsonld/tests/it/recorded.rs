//! Documents that the reference signed hash to what it signed.

use std::fmt::Write as _;

use pecan_jsonld::document::Document;
use pecan_jsonld::processor::Processor;
use pecan_jsonld::uncovered::Reason;
use pecan_vectors::Suite;
use serde_json::{Map, Value, json};

use crate::built_in::{self, JWS_2020};

const SUITE: &str = "contract/golden/vectors";

#[test]
fn documents_and_proofs_hash_to_what_the_reference_signed() {
    let Some(suite) = Suite::find(SUITE) else { return };
    let mut tally = suite.tally();
    let processor = built_in::processor();
    for file in suite.files("", ".json") {
        let recording = suite.json(&file);
        if recording["kind"] != "json-ld" {
            continue;
        }
        let document = &recording["document"];
        let proof = match &document["proof"] {
            Value::Array(proofs) => &proofs[0],
            proof => proof,
        };
        let nquads = canonical(&processor, &Document::new(document).without("proof"));
        tally.case(&format!("{file} document"), compare(&recording["document_nquads"], &nquads));
        let nquads = canonical(&processor, &Document::new(&proof_options(proof)));
        tally.case(&format!("{file} proof"), compare(&recording["proof_nquads"], &nquads));
    }
    tally.finish();
}

#[test]
fn what_the_reference_drops_is_reported() {
    let Some(suite) = Suite::find(SUITE) else { return };
    let processor = built_in::processor();
    let jwt = suite
        .json("16-presentation-ldp-vp-of-an-ldp-vc-and-a-jwt-vc-the-jwt-is-not.json")["document"]
        .take();
    let document = Document::new(&jwt).without("proof");
    let uncovered = processor.canonicalize(&document).unwrap().uncovered;
    let lost: Vec<_> =
        uncovered.iter().filter(|place| place.reason != Reason::NestedContext).collect();
    assert!(matches!(lost.as_slice(), [one]
        if one.reason == Reason::RelativeReference && one.path == "/verifiableCredential/1"));

    let purpose = suite
        .json("18-presentation-ldp-vp-with-an-undefined-proofpurpose-not-in-th.json")["document"]
        .take();
    let options = proof_options(&purpose["proof"]);
    let uncovered = processor.canonicalize(&Document::new(&options)).unwrap().uncovered;
    assert!(matches!(uncovered.as_slice(), [one]
        if one.reason == Reason::RelativeReference && one.path == "/proofPurpose"));
}

/// What of a proof is signed: everything but the signature.
fn proof_options(proof: &Value) -> Value {
    let mut options = Map::new();
    options.insert("@context".to_owned(), json!([JWS_2020]));
    for (name, value) in proof.as_object().unwrap() {
        match name.as_str() {
            "jws" => {}
            "type" => drop(options.insert("@type".to_owned(), value.clone())),
            _ => drop(options.insert(name.clone(), value.clone())),
        }
    }
    Value::Object(options)
}

fn canonical(processor: &Processor, document: &Document<'_>) -> String {
    processor.canonicalize(document).unwrap().nquads
}

fn compare(expected: &Value, nquads: &str) -> Result<(), String> {
    if expected == nquads { Ok(()) } else { Err(format!("expected {expected}\n     got {nquads}")) }
}

const ISSUER: &str = "did:web:node.example.org:iam:5a0bd2cc-5e8b-4b3c-9d6d-2f4d4f6b7a11";
const KEY: &str = "0f2c2a3e-6c0e-4a55-8a5d-0c7a0d0f4b21";
const CREDENTIAL_HASH: &str = "d7ecbd836a5ec5fdcc6278f1ecb937cd120ea3f856fffc8ec386143036c981e6";
const CREDENTIAL_PROOF_HASH: &str =
    "7d314b2e71c87a71da9391ede82593e4056325516661aca626c68cfe8381ca4d";
const PRESENTATION_HASH: &str = "479844fddd10db4f06b9828469bf23d6420462c89c309a413a8200e055ec05ba";
const PRESENTATION_PROOF_HASH: &str =
    "4091fb86b33a45434838425f6cfc9322e4b5efc983fd78787d3e7d525b78887e";

/// An organization credential, with its proof.
fn organization_credential() -> Value {
    json!({
        "@context": [
            "https://www.w3.org/2018/credentials/v1",
            "https://nuts.nl/credentials/v1",
            "https://w3id.org/vc/status-list/2021/v1",
            JWS_2020,
        ],
        "credentialStatus": {
            "id": format!("https://node.example.org/statuslist/{ISSUER}/1#0"),
            "statusListCredential": format!("https://node.example.org/statuslist/{ISSUER}/1"),
            "statusListIndex": "0",
            "statusPurpose": "revocation",
            "type": "StatusList2021Entry",
        },
        "credentialSubject": {
            "id": ISSUER,
            "organization": {"city": "Caretown", "name": "Caresoft B.V."},
        },
        "expirationDate": "2027-01-15T10:00:00Z",
        "id": format!("{ISSUER}#8c9f0e5d-3f57-4d5e-9a1f-7f6d4f5b6c01"),
        "issuanceDate": "2026-01-15T10:00:00Z",
        "issuer": ISSUER,
        "proof": {
            "created": "2026-01-15T10:00:00Z",
            "jws": concat!(
                "eyJhbGciOiJFUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il0sImtpZCI6ImRpZDp3ZWI6bm9kZS5leGF",
                "tcGxlLm9yZzppYW06NWEwYmQyY2MtNWU4Yi00YjNjLTlkNmQtMmY0ZDRmNmI3YTExIzBmMmMyYTNlLTZjMGUtNG",
                "E1NS04YTVkLTBjN2EwZDBmNGIyMSJ9..s0XWOM3olbxWmfFfuZNw5PmTNblllaFJRsfK7ZtJw2q7nGH9Hku17JC",
                "PDMsf8nlJ680pxV9KBs_Ds-GSMTfaRw",
            ),
            "proofPurpose": "assertionMethod",
            "type": "JsonWebSignature2020",
            "verificationMethod": format!("{ISSUER}#{KEY}"),
        },
        "type": ["NutsOrganizationCredential", "VerifiableCredential"],
    })
}

#[test]
fn a_credential_and_its_presentation_have_the_recorded_hashes() {
    let processor = built_in::processor();
    let credential = organization_credential();
    check_hash(&processor, &Document::new(&credential).without("proof"), CREDENTIAL_HASH);
    let options = proof_options(&credential["proof"]);
    check_hash(&processor, &Document::new(&options), CREDENTIAL_PROOF_HASH);

    let presentation = json!({
        "@context": ["https://www.w3.org/2018/credentials/v1", JWS_2020],
        "id": format!("{ISSUER}#a1f3b0de-12f0-4f0e-8a57-1c6a5f0b9d02"),
        "type": "VerifiablePresentation",
        "verifiableCredential": credential,
    });
    check_hash(&processor, &Document::new(&presentation), PRESENTATION_HASH);
    let options = proof_options(&json!({
        "challenge": "n-0S6_WzA2Mj",
        "created": "2026-01-15T10:05:00Z",
        "domain": "https://verifier.example.org",
        "expires": "2026-01-15T10:20:00Z",
        "proofPurpose": "assertionMethod",
        "type": "JsonWebSignature2020",
        "verificationMethod": format!("{ISSUER}#{KEY}"),
    }));
    check_hash(&processor, &Document::new(&options), PRESENTATION_PROOF_HASH);
}

#[test]
fn the_jws_context_changes_nothing_in_what_it_is_added_to() {
    let processor = built_in::processor();
    let mut credential = organization_credential();
    credential["@context"].as_array_mut().unwrap().pop();
    check_hash(&processor, &Document::new(&credential).without("proof"), CREDENTIAL_HASH);
}

#[test]
fn proof_options_without_a_type_keyword_say_nothing() {
    let processor = built_in::processor();
    let mut options = proof_options(&organization_credential()["proof"]);
    let kind = options.as_object_mut().unwrap().remove("@type").unwrap();
    options["type"] = kind;
    let canonical = processor.canonicalize(&Document::new(&options)).unwrap();
    assert_eq!(canonical.nquads, "");
    assert_eq!(canonical.uncovered.len(), 4);
}

fn check_hash(processor: &Processor, document: &Document<'_>, expected: &str) {
    let nquads = canonical(processor, document);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, nquads.as_bytes());
    let mut hash = String::new();
    for byte in digest.as_ref() {
        write!(hash, "{byte:02x}").unwrap();
    }
    assert_eq!(hash, expected, "{nquads}");
}
