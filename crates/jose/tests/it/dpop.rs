//! Proofs of possession: made, read, and checked as the reference was recorded to do.

use pecan_jose::algorithm::Algorithm;
use pecan_jose::base64url;
use pecan_jose::dpop::{self, Draft, DraftError, Expectation, Mismatch, Proof, ProofError};
use pecan_jose::jws::{HeaderFields, Jws, Unsigned};
use pecan_jose::signer::Signer;
use pecan_vectors::{Suite, Tally};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};

use crate::keys::{self, key};

/// iam.md 21: proofs for the token endpoint and for a resource.
const TOKEN_PROOF: &str = "eyJhbGciOiJFUzI1NiIsImp3ayI6eyJhbGciOiJFUzI1NiIsImNydiI6IlAtMjU2Iiwia3R5IjoiRUMiLCJ4IjoiMHNRN0h6anFRSHJ0cWlnZ25MS1dQb2I2bDFPR19Fa3pqbFZiMDRacEhGQSIsInkiOiJ4bVFxZkUzUDVNcWVSU3dpd0NVY2huVWRLV2dYZXBsSG5DeUtHOWdmeTNRIn0sInR5cCI6ImRwb3Arand0In0.eyJodG0iOiJQT1NUIiwiaHR1IjoiaHR0cHM6Ly9hcy5leGFtcGxlLm5sL29hdXRoMi9ob3NwaXRhbC90b2tlbiIsImlhdCI6MTc2NzIyNTYwMCwianRpIjoiWnAzcEYyblE1ZDBWSng0YThzWXcxY1I3dExrTWhVZTZCb05nWHFEaVM5RSJ9.j9XXJJfnEOv9IJkgw97xvoRMRR3hR59cUSIJL2t92PNahz_YXez2oBkWNM1OnlYaNcn1CgRjnE-slw0FsO_Tpw";
const RESOURCE_PROOF: &str = "eyJhbGciOiJFUzI1NiIsImp3ayI6eyJhbGciOiJFUzI1NiIsImNydiI6IlAtMjU2Iiwia3R5IjoiRUMiLCJ4IjoiMHNRN0h6anFRSHJ0cWlnZ25MS1dQb2I2bDFPR19Fa3pqbFZiMDRacEhGQSIsInkiOiJ4bVFxZkUzUDVNcWVSU3dpd0NVY2huVWRLV2dYZXBsSG5DeUtHOWdmeTNRIn0sInR5cCI6ImRwb3Arand0In0.eyJhdGgiOiJkRWQtcFNhN3hXYU5maDdUQkJpYmh1M3ZibUJWdFE0R1JNRFpYTDlNMmlrIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9ycy5leGFtcGxlLm5sOjg0NDMvZmhpci9QYXRpZW50P2FjdGl2ZT10cnVlIiwiaWF0IjoxNzY3MjI1NjA1LCJqdGkiOiJxN1djMFliMk5mOEtkNEhzNkxtMVB4M1J2NVR6OUFnLUplX1VpT29FeVFrIn0.Jarox6Q1oNUwOEe57gppW8De25hGNCI5fPtuUtqGiDJ1PHcSN7PzLX6V7eG1VDQP5XxPocQybFQ2ZwNDrPVoIw";
const TOKEN: &str = "A8mT1hYzJ3o0tq0v5mUeQk7b2cXw9LrNfD4gKpVsE6I";
const THUMBPRINT: &str = "Z7tduuXhBuEV8Y8POpSv3imlRNvS3Fy9FPF-l8tl9cM";

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

fn expectation<'a>(method: &'a str, uri: &'a str, now: i64) -> Expectation<'a> {
    Expectation {
        method,
        uri,
        thumbprint: None,
        access_token: None,
        now: at(now),
        age_max: Duration::MAX,
        ahead_max: Duration::ZERO,
        nonce: None,
    }
}

/// A proof of the P-256 key with this header and these claims, whatever they say.
fn proof(change_header: impl FnOnce(&mut Map<String, Value>), claims: &Value) -> String {
    let signer = key(keys::P256);
    let mut extra = Map::new();
    extra.insert("typ".to_owned(), "dpop+jwt".into());
    extra.insert("jwk".to_owned(), Value::Object(signer.public_key().to_jwk()));
    change_header(&mut extra);
    let header = HeaderFields { algorithm: Algorithm::Es256, key_id: None, typ: None, extra };
    Unsigned::new(header, claims.to_string().as_bytes()).sign(&signer).unwrap()
}

fn claims() -> Value {
    json!({"htm":"GET","htu":"https://rs.example.nl/x","iat":1000,"jti":"j"})
}

#[test]
fn access_token_hashes_are_those_of_the_contract() {
    assert_eq!(dpop::access_token_hash("token"), "PEaenWxYddN6Q_NT1PiOYfz4EsZu7jRXRlpAsNpBU-A");
    assert_eq!(dpop::access_token_hash(TOKEN), "dEd-pSa7xWaNfh7TBBibhu3vbmBVtQ4GRMDZXL9M2ik");
}

#[test]
fn the_proofs_of_the_contract_are_accepted() {
    let proof = Proof::parse(TOKEN_PROOF).unwrap();
    assert_eq!(proof.thumbprint(), THUMBPRINT);
    assert_eq!(proof.algorithm(), Algorithm::Es256);
    assert_eq!((proof.method(), proof.issued_at()), ("POST", 1_767_225_600));
    assert_eq!(proof.id(), "Zp3pF2nQ5d0VJx4a8sYw1cR7tLkMhUe6BoNgXqDiS9E");
    assert_eq!((proof.access_token_hash(), proof.nonce()), (None, None));
    let uri = "https://as.example.nl/oauth2/hospital/token";
    assert_eq!(proof.uri(), uri);
    assert_eq!(proof.check(&expectation("POST", uri, 1_767_225_600)), Ok(()));

    let proof = Proof::parse(RESOURCE_PROOF).unwrap();
    for (uri, is_match) in [
        ("rs.example.nl/fhir/Patient", true),
        ("http://rs.example.nl/fhir/Patient#x", true),
        ("https://rs.example.nl/fhir/Patient/", false),
        ("https://RS.example.nl/fhir/Patient", false),
    ] {
        let mut expected = expectation("GET", uri, 1_767_225_605);
        expected.thumbprint = Some(THUMBPRINT);
        expected.access_token = Some(TOKEN);
        assert_eq!(proof.check(&expected).is_ok(), is_match, "{uri}");
    }
}

#[test]
fn times_are_checked_with_the_leeway_that_is_asked_for() {
    let parsed = Proof::parse(TOKEN_PROOF).unwrap();
    let uri = "https://as.example.nl/oauth2/hospital/token";
    let check = |offset: i64, age_max, ahead_max| {
        let mut expected = expectation("POST", uri, 1_767_225_600 + offset);
        expected.age_max = Duration::seconds(age_max);
        expected.ahead_max = Duration::seconds(ahead_max);
        parsed.check(&expected).map_err(|error| error.to_string())
    };
    assert_eq!(check(0, 60, 0), Ok(()));
    assert_eq!(check(60, 60, 5), Ok(()));
    assert_eq!(check(61, 60, 5), Err("invalid DPoP token: proof is too old".to_owned()));
    assert_eq!(check(-5, 60, 5), Ok(()));
    assert_eq!(check(-6, 60, 5), Err("invalid DPoP token".to_owned()));
    assert_eq!(check(-1, 60, 0), Err("invalid DPoP token".to_owned()));
    for (claim, value) in [("exp", 1000), ("nbf", 1001)] {
        let mut claims = claims();
        claims[claim] = json!(value);
        let proof = Proof::parse(&proof(|_| {}, &claims)).unwrap();
        let refused = proof.check(&expectation("GET", "rs.example.nl/x", 1000));
        assert!(matches!(refused, Err(Mismatch::Time(_))), "{claim}");
        // A clock that runs ahead does not make a proof live longer.
        let mut expected = expectation("GET", "rs.example.nl/x", 1000);
        expected.ahead_max = Duration::seconds(5);
        assert_eq!(proof.check(&expected).is_ok(), claim == "nbf", "{claim}");
    }
}

#[test]
fn a_proof_that_is_drafted_is_read_back_and_has_the_recorded_shape() {
    let signer = key(keys::P256);
    let draft = Draft {
        method: "GET",
        uri: "https://rs.example.nl:8443/fhir/Patient?active=true",
        id: "random",
        issued_at: at(1_767_225_605),
        access_token: Some(TOKEN),
        nonce: None,
    };
    let unsigned = dpop::draft(&draft, signer.public_key(), signer.algorithm()).unwrap();
    let compact = unsigned.sign(&signer).unwrap();
    let proof = Proof::parse(&compact).unwrap();
    assert_eq!((proof.method(), proof.uri()), (draft.method, draft.uri));
    let mut expected = expectation("GET", "rs.example.nl/fhir/Patient", 1_767_225_605);
    expected.access_token = Some(TOKEN);
    expected.thumbprint = Some(proof.thumbprint());
    assert_eq!(proof.check(&expected), Ok(()));

    let [ours, recorded] = [compact.as_str(), RESOURCE_PROOF].map(|text| Jws::parse(text).unwrap());
    let names = |value: &Map<String, Value>| value.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(ours.header().members()), names(recorded.header().members()));
    let jwk = |jws: &Jws| names(jws.header().jwk().unwrap().as_object().unwrap());
    assert_eq!(jwk(&ours), jwk(&recorded));
    let claims = |jws: &Jws| names(&serde_json::from_slice(jws.payload()).unwrap());
    assert_eq!(claims(&ours), claims(&recorded));

    let other = Draft { nonce: Some("n"), access_token: None, ..draft };
    let unsigned = dpop::draft(&other, signer.public_key(), signer.algorithm()).unwrap();
    let proof = Proof::parse(&unsigned.sign(&signer).unwrap()).unwrap();
    assert_eq!((proof.nonce(), proof.access_token_hash()), (Some("n"), None));
    for (nonce, outcome) in [("n", Ok(())), ("m", Err(Mismatch::Nonce))] {
        let expected = Expectation {
            nonce: Some(nonce),
            ..expectation("GET", "rs.example.nl/fhir/Patient", 1_767_225_605)
        };
        assert_eq!(proof.check(&expected), outcome);
    }
}

#[test]
fn a_proof_that_nobody_could_use_is_not_drafted() {
    let draft = Draft {
        method: "get",
        uri: "rs.example.nl/x",
        id: "j",
        issued_at: at(0),
        access_token: None,
        nonce: None,
    };
    let p256 = key(keys::P256);
    let made = |draft: Draft<'_>| dpop::draft(&draft, p256.public_key(), Algorithm::Es256).err();
    assert_eq!(made(draft), None);
    assert_eq!(made(Draft { method: "G T", ..draft }), Some(DraftError::InvalidMethod));
    assert_eq!(made(Draft { method: "", ..draft }), Some(DraftError::InvalidMethod));
    let refused = made(Draft { uri: "https://x:y z/", ..draft });
    assert!(matches!(refused, Some(DraftError::InvalidUri(_))));
    let algorithm = Algorithm::Es384;
    let refused = dpop::draft(&draft, p256.public_key(), algorithm).err();
    assert_eq!(refused, Some(DraftError::AlgorithmNotAllowed { algorithm }));
}

#[test]
fn claims_and_headers_of_the_wrong_kind_are_refused() {
    let refused = |change: fn(&mut Map<String, Value>), claims: &Value| {
        Proof::parse(&proof(change, claims)).unwrap_err()
    };
    let missing = |name| ProofError::MissingClaim { name };
    for name in ["iat", "htu", "htm", "jti"] {
        let mut without = claims();
        without.as_object_mut().unwrap().remove(name);
        assert_eq!(refused(|_| {}, &without), missing(name));
    }
    for name in ["htu", "htm", "jti"] {
        let mut empty = claims();
        empty[name] = json!("");
        assert_eq!(refused(|_| {}, &empty), missing(name));
    }
    for name in ["htu", "htm"] {
        let mut number = claims();
        number[name] = json!(1);
        assert_eq!(refused(|_| {}, &number), missing(name));
    }
    let mut textual = claims();
    textual["iat"] = json!("1000");
    assert!(matches!(refused(|_| {}, &textual), ProofError::Claims(_)));
    let typ = refused(|header| header["typ"] = json!("DPOP+JWT"), &claims());
    assert_eq!(typ, ProofError::Type { typ: "DPOP+JWT".to_owned() });
    let key = refused(|header| header["jwk"]["x"] = json!("AA"), &claims());
    assert!(matches!(key, ProofError::Key(_)));
    let usage = refused(|header| header["jwk"]["use"] = json!("enc"), &claims());
    assert!(matches!(usage, ProofError::Signature(_)));
}

/// The answer of the validate endpoint without its memory of `jti`.
fn validate(body: &Value, now: i64) -> Result<(), String> {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let proof = Proof::parse(text("dpop_proof"))
        .map_err(|error| format!("failed to parse DPoP header: {error}"))?;
    let expected = Expectation {
        thumbprint: Some(text("thumbprint")),
        access_token: Some(text("token")),
        ..expectation(text("method"), text("url"), now)
    };
    proof.check(&expected).map_err(|mismatch| match mismatch {
        Mismatch::Time(_) | Mismatch::TooOld => format!("failed to parse DPoP header: {mismatch}"),
        mismatch => mismatch.to_string(),
    })
}

/// Recordings where the contract decides otherwise than the reference, and what is answered here.
const DECISIONS: [(&str, &str, Option<&str>); 4] = [
    ("23-", "a host with a port and no scheme is a host", None),
    (
        "28-",
        "a URI that cannot be read is a mismatch",
        Some(
            "url mismatch, token: https://rs.example.nl/fhir/Patient, given: https://rs.example.nl/%zz",
        ),
    ),
    (
        "29-",
        "a URI that cannot be read is a mismatch",
        Some(
            "url mismatch, token: https://rs.example.nl/fhir/Patient, given: https://rs.example.nl/\u{1}",
        ),
    ),
    (
        "54-",
        "an IPv6 host is compared as a whole",
        Some("url mismatch, token: https://[::1]/x, given: https://[2001:db8::2]/x"),
    ),
];

fn compare(tally: &mut Tally, file: &str, recording: &Value) {
    let expected = &recording["response"]["body"];
    let ours = validate(&recording["request"]["body"], 1_795_605_415);
    let matches = match (&ours, expected["reason"].as_str()) {
        // `jti` is remembered by the caller.
        (Ok(()), Some("jti already used")) => true,
        (Ok(()), None) => expected["valid"] == json!(true),
        // Behind a line break stand the words of the reference's own library.
        (Err(reason), Some(expected)) => Some(reason.as_str()) == expected.lines().next(),
        (Ok(()), Some(_)) | (Err(_), None) => false,
    };
    let outcome = if matches { Ok(()) } else { Err(format!("{ours:?}, recorded {expected}")) };
    match DECISIONS.iter().find(|(name, ..)| file.starts_with(name)) {
        Some((_, reason, answer)) => {
            assert_eq!(ours.err().as_deref(), *answer, "{file}");
            tally.exception(file, reason, &outcome);
        }
        None => tally.case(file, outcome),
    }
}

#[test]
fn recorded_validations_come_out_with_the_same_reasons() {
    let Some(suite) = Suite::find("contract/golden/dpop") else { return };
    let mut tally = suite.tally();
    for file in suite.files(".", ".json") {
        let file = file.trim_start_matches("./");
        let recording = suite.json(file);
        if recording["request"]["path"].as_str().unwrap().ends_with("/validate") {
            compare(&mut tally, file, &recording);
        }
    }
    assert!(tally.passed() > 35);
    tally.finish();
}

#[test]
fn recorded_proofs_are_accepted() {
    let Some(suite) = Suite::find("contract/golden/vectors") else { return };
    let mut tally = suite.tally();
    for file in suite.files(".", ".json") {
        let recording = suite.json(&file);
        if !recording["name"].as_str().unwrap().starts_with("dpop proof") {
            continue;
        }
        let claims = &recording["claims"];
        let [method, uri] = ["htm", "htu"].map(|name| claims[name].as_str().unwrap());
        let now = claims["iat"].as_i64().unwrap();
        let outcome = Proof::parse(recording["token"].as_str().unwrap())
            .map_err(|error| error.to_string())
            .and_then(|proof| {
                let checked = proof.check(&expectation(method, uri, now));
                checked.map_err(|mismatch| mismatch.to_string())
            });
        tally.case(&file, outcome);
    }
    assert_eq!(tally.passed(), 2);
    tally.finish();
}

#[test]
fn published_proofs_and_hashes_come_out() {
    let Some(suite) = Suite::find("vectors/rfc") else { return };
    let mut tally = suite.tally();
    let vectors = suite.json("vectors.json");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    for case in vectors["dpop"].as_array().unwrap() {
        let proof = Proof::parse(&text(&case["proof"])).unwrap();
        assert_eq!(proof.thumbprint(), text(&case["jkt"]));
        let (method, uri) = (text(&case["method"]), text(&case["url"]));
        let checked = proof.check(&expectation(&method, &uri, case["now"].as_i64().unwrap()));
        tally.case(&text(&case["source"]), checked.map_err(|mismatch| mismatch.to_string()));
    }
    for case in vectors["dpop_ath"].as_array().unwrap() {
        assert_eq!(dpop::access_token_hash(&text(&case["access_token"])), text(&case["ath"]));
        tally.case(&text(&case["source"]), Ok(()));
    }
    for case in vectors["pkce"].as_array().unwrap() {
        let digest = pecan_jose::digest::sha256(text(&case["code_verifier"]).as_bytes());
        assert_eq!(base64url::encode(&digest), text(&case["code_challenge"]));
        tally.case(&text(&case["source"]), Ok(()));
    }
    tally.finish();
}

#[test]
fn foreign_words_in_an_answer_are_short() {
    let long = "x".repeat(10_000);
    let mut claims = claims();
    claims["htm"] = json!(long);
    let parsed = Proof::parse(&proof(|_| {}, &claims)).unwrap();
    let mismatch = parsed.check(&expectation(&long[1..], "rs.example.nl/x", 1000)).unwrap_err();
    assert!(mismatch.to_string().len() < 250);
}

proptest! {
    #[test]
    fn any_text_is_answered(text: String) {
        let _ = Proof::parse(&text);
    }

    #[test]
    fn any_claims_are_answered(htm: String, htu: String, iat: i64, jti: String, now in -10_000_000_000_i64..10_000_000_000) {
        let claims = json!({"htm":htm,"htu":htu,"iat":iat,"jti":jti});
        if let Ok(proof) = Proof::parse(&proof(|_| {}, &claims)) {
            let _ = proof.check(&expectation(&htm, &htu, now));
        }
    }
}
