//! Compact and detached JWS.

use pecan_jose::algorithm::{Algorithm, UnsupportedAlgorithm};
use pecan_jose::base64url;
use pecan_jose::jwk::PublicKey;
use pecan_jose::jws::{DetachedJws, HeaderFields, Jws, ParseError, Unsigned, VerifyError};
use pecan_jose::jwt::Claims;
use pecan_jose::signer::{SignError, Signer};
use pecan_vectors::Suite;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::keys;

pub(crate) fn fields(signer: &dyn Signer) -> HeaderFields {
    HeaderFields {
        algorithm: signer.algorithm(),
        key_id: Some("did:web:example.nl#0".to_owned()),
        typ: Some("JWT".to_owned()),
        extra: Map::new(),
    }
}

/// A JWS with the given header text, whatever it says.
fn with_header(header: &str) -> String {
    format!("{}.Zm9v.AAAA", base64url::encode(header.as_bytes()))
}

#[test]
fn every_algorithm_signs_and_verifies() {
    for signer in keys::signers() {
        let algorithm = signer.algorithm();
        let compact = Unsigned::new(fields(&signer), b"payload").sign(&signer).unwrap();
        let jws = Jws::parse(&compact).unwrap();
        assert_eq!(jws.verify(signer.public_key()), Ok(()), "{algorithm}");
        assert_eq!(jws.payload(), b"payload");
        assert_eq!(jws.as_str(), compact);
        assert_eq!(jws.header().algorithm(), algorithm);
        assert_eq!(jws.header().key_id(), Some("did:web:example.nl#0"));
        assert_eq!(jws.header().typ(), Some("JWT"));
    }
}

#[test]
fn a_changed_byte_anywhere_is_refused() {
    for signer in keys::signers() {
        let compact = Unsigned::new(fields(&signer), b"payload").sign(&signer).unwrap();
        for position in 0..compact.len() {
            let mut bytes = compact.clone().into_bytes();
            bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            let accepted =
                Jws::parse(&changed).is_ok_and(|jws| jws.verify(signer.public_key()).is_ok());
            assert!(!accepted, "{} at {position}", signer.algorithm());
        }
    }
}

#[test]
fn another_key_is_refused() {
    let (signer, other) = (keys::key(keys::P256), keys::key(keys::P256_OTHER));
    let jws = Jws::parse(&Unsigned::new(fields(&signer), b"x").sign(&signer).unwrap()).unwrap();
    assert_eq!(jws.verify(other.public_key()), Err(VerifyError::InvalidSignature));
    let algorithm = Algorithm::Es256;
    for pem in [keys::P384, keys::P521, keys::ED25519, keys::X25519, keys::RSA] {
        let refused = jws.verify(keys::key(pem).public_key());
        assert_eq!(refused, Err(VerifyError::AlgorithmNotAllowed { algorithm }));
    }
}

#[test]
fn algorithms_that_do_not_exist_are_refused_at_the_header() {
    for name in ["none", "None", "HS256", "HS512", "RS384", "RS512", "ES256K", ""] {
        let refused = Jws::parse(&with_header(&json!({ "alg": name }).to_string()));
        let error = UnsupportedAlgorithm { name: name.to_owned() };
        assert_eq!(refused, Err(ParseError::UnsupportedAlgorithm(error)));
    }
}

#[test]
fn headers_that_are_not_understood_are_refused() {
    let wrong = |name| ParseError::WrongType { name };
    let cases = [
        ("{}", ParseError::MissingAlgorithm),
        (r#"{"alg":256}"#, wrong("alg")),
        (r#"{"alg":"ES256","kid":1}"#, wrong("kid")),
        (r#"{"alg":"ES256","kid":null}"#, wrong("kid")),
        (r#"{"alg":"ES256","typ":["JWT"]}"#, wrong("typ")),
        (r#"{"alg":"ES256","cty":1}"#, wrong("cty")),
        (r#"{"alg":"ES256","jwk":"{}"}"#, wrong("jwk")),
        (r#"{"alg":"ES256","x5c":"MII"}"#, wrong("x5c")),
        (r#"{"alg":"ES256","x5c":["MII",1]}"#, wrong("x5c")),
        (r#"{"alg":"ES256","crit":"b64","b64":true}"#, wrong("crit")),
        (r#"{"alg":"ES256","b64":"false"}"#, wrong("b64")),
        (r#"{"alg":"ES256","crit":[]}"#, ParseError::UnsupportedCritical),
        (r#"{"alg":"ES256","crit":["exp"],"exp":1}"#, ParseError::UnsupportedCritical),
        (r#"{"alg":"ES256","crit":["b64"]}"#, ParseError::UnsupportedCritical),
        (r#"{"alg":"ES256","crit":["b64","b64"],"b64":true}"#, ParseError::UnsupportedCritical),
        (r#"{"alg":"ES256","crit":["b64"],"b64":true}"#, ParseError::UnsupportedCritical),
        (r#"{"alg":"ES256","crit":["b64"],"b64":false}"#, ParseError::UnencodedPayload),
        (r#"{"alg":"ES256","b64":false}"#, ParseError::UnencodedPayload),
    ];
    for (header, expected) in cases {
        assert_eq!(Jws::parse(&with_header(header)), Err(expected), "{header}");
    }
    for header in
        [r#"{"alg":"ES256","alg":"ES256"}"#, "[]", "", "nonsense", "{\"alg\":\"ES256\"} x"]
    {
        let refused = Jws::parse(&with_header(header));
        assert!(matches!(refused, Err(ParseError::InvalidHeader(_))), "{header}");
    }
}

#[test]
fn a_detached_jws_understands_b64_and_nothing_else() {
    let parse = |header: &str| {
        DetachedJws::parse(&format!("{}..AAAA", base64url::encode(header.as_bytes())))
            .map(|jws| jws.is_unencoded())
    };
    assert_eq!(parse(r#"{"alg":"ES256"}"#), Ok(false));
    assert_eq!(parse(r#"{"alg":"ES256","b64":true}"#), Ok(false));
    assert_eq!(parse(r#"{"alg":"ES256","b64":true,"crit":["b64"]}"#), Ok(false));
    assert_eq!(parse(r#"{"alg":"ES256","b64":false,"crit":["b64"]}"#), Ok(true));
    let refused = [
        (r#"{"alg":"ES256","b64":false}"#, ParseError::UnencodedPayload),
        (r#"{"alg":"ES256","crit":["b64"]}"#, ParseError::UnsupportedCritical),
        (
            r#"{"alg":"ES256","b64":false,"crit":["b64","x"],"x":1}"#,
            ParseError::UnsupportedCritical,
        ),
        (r#"{"alg":"ES256","b64":false,"crit":[]}"#, ParseError::UnsupportedCritical),
    ];
    for (header, expected) in refused {
        assert_eq!(parse(header), Err(expected), "{header}");
    }
}

#[test]
fn other_shapes_are_refused() {
    let cases = [
        ("", ParseError::PartCount),
        ("a", ParseError::PartCount),
        ("a.b", ParseError::PartCount),
        ("a.b.c.d", ParseError::PartCount),
        ("a.b.c.d.e", ParseError::PartCount),
        (r#"{"payload":"","signatures":[]}"#, ParseError::JsonSerialization),
        ("eyJhbGciOiJFUzI1NiJ9.Zm9v=.AAAA", ParseError::NotBase64Url),
        ("eyJhbGciOiJFUzI1NiJ9.Zm9v.AAA?", ParseError::NotBase64Url),
        (" eyJhbGciOiJFUzI1NiJ9.Zm9v.AAAA", ParseError::NotBase64Url),
    ];
    for (text, expected) in cases {
        assert_eq!(Jws::parse(text), Err(expected), "{text}");
    }
    let huge = format!("eyJhbGciOiJFUzI1NiJ9.{}.AAAA", "A".repeat(2_000_000));
    assert!(matches!(Jws::parse(&huge), Err(ParseError::TooLarge { .. })));
    let huge = format!("{}.AAAA.AAAA", "A".repeat(500_000));
    assert!(matches!(Jws::parse(&huge), Err(ParseError::TooLarge { .. })));
}

#[test]
fn a_detached_payload_is_signed_as_it_is_or_as_base64url() {
    let payload = b"\x00\xff.raw";
    for signer in keys::signers() {
        let made = [
            (Unsigned::detached(fields(&signer), payload), false),
            (Unsigned::detached_unencoded(fields(&signer), payload), true),
        ];
        for (unsigned, is_unencoded) in made {
            let text = unsigned.sign(&signer).unwrap();
            assert!(text.contains(".."));
            let jws = DetachedJws::parse(&text).unwrap();
            assert_eq!(jws.is_unencoded(), is_unencoded);
            assert_eq!(jws.verify(signer.public_key(), payload), Ok(()));
            let other = jws.verify(signer.public_key(), b"\x00\xff.row");
            assert_eq!(other, Err(VerifyError::InvalidSignature));
        }
    }
}

#[test]
fn a_detached_jws_with_a_payload_is_refused() {
    let text = "eyJhbGciOiJFUzI1NiJ9.Zm9v.AAAA";
    assert_eq!(DetachedJws::parse(text), Err(ParseError::UnexpectedPayload));
}

#[test]
fn the_header_is_printed_sorted_and_cannot_lie_about_the_payload() {
    let signer = keys::key(keys::P256);
    let mut fields = fields(&signer);
    fields.extra = json!({"zip":"x","alg":"none","b64":false,"crit":["b64"],"kid":"other","a":1})
        .as_object()
        .unwrap()
        .clone();
    let input = Unsigned::new(fields.clone(), b"").signing_input().to_vec();
    let header = String::from_utf8(input).unwrap();
    let header = base64url::decode(header.trim_end_matches('.')).unwrap();
    let expected = r#"{"a":1,"alg":"ES256","kid":"did:web:example.nl#0","typ":"JWT","zip":"x"}"#;
    assert_eq!(String::from_utf8(header).unwrap(), expected);

    fields.extra = Map::new();
    fields.typ = None;
    let input = Unsigned::detached_unencoded(fields, b"-").signing_input().to_vec();
    let header = String::from_utf8(input).unwrap();
    let header = base64url::decode(header.trim_end_matches(".-")).unwrap();
    let expected = r#"{"alg":"ES256","b64":false,"crit":["b64"],"kid":"did:web:example.nl#0"}"#;
    assert_eq!(String::from_utf8(header).unwrap(), expected);
}

#[test]
fn a_signer_of_another_algorithm_is_refused() {
    let (signer, other) = (keys::key(keys::P256), keys::key(keys::P384));
    let refused = Unsigned::new(fields(&signer), b"x").sign(&other);
    let (header, signer) = (Algorithm::Es256, Algorithm::Es384);
    assert_eq!(refused, Err(SignError::AlgorithmMismatch { header, signer }));
}

#[test]
fn a_key_agreement_key_does_not_sign() {
    let key = keys::key(keys::X25519);
    let algorithm = key.algorithm();
    assert_eq!(key.sign(b"x"), Err(SignError::AlgorithmNotAllowed { algorithm }));
}

/// credentials.md 14: the example key, a JSON-LD proof and a JWT of it.
#[test]
fn signatures_of_the_worked_example_verify() {
    let jwk = json!({"crv":"P-256","kty":"EC","x":"reoKa1QRc-nUfNKFXVqb2hJcsStkwADaZCNMZkL97_g","y":"9gcCVMK4kL9bbYuQgo4Kp68eXFKjTtlozZ1ExxqcsY0"});
    let key = PublicKey::from_jwk(&jwk).unwrap();
    let jws = Jws::parse(include_str!("worked_example.jwt").trim_end()).unwrap();
    assert_eq!(jws.verify(&key), Ok(()));

    let hashes = [
        "7d314b2e71c87a71da9391ede82593e4056325516661aca626c68cfe8381ca4d",
        "d7ecbd836a5ec5fdcc6278f1ecb937cd120ea3f856fffc8ec386143036c981e6",
    ];
    let payload: Vec<u8> = hashes
        .concat()
        .as_bytes()
        .chunks(2)
        .map(|digits| u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap())
        .collect();
    let proof = "eyJhbGciOiJFUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il0sImtpZCI6ImRpZDp3ZWI6bm9kZS5leGFtcGxlLm9yZzppYW06NWEwYmQyY2MtNWU4Yi00YjNjLTlkNmQtMmY0ZDRmNmI3YTExIzBmMmMyYTNlLTZjMGUtNGE1NS04YTVkLTBjN2EwZDBmNGIyMSJ9..s0XWOM3olbxWmfFfuZNw5PmTNblllaFJRsfK7ZtJw2q7nGH9Hku17JCPDMsf8nlJ680pxV9KBs_Ds-GSMTfaRw";
    let jws = DetachedJws::parse(proof).unwrap();
    assert!(jws.is_unencoded());
    assert_eq!(jws.verify(&key, &payload), Ok(()));
}

/// Every JWT that the reference was recorded to make, with its key.
#[test]
fn recorded_tokens_verify_and_have_claims() {
    let Some(suite) = Suite::find("contract/golden/vectors") else { return };
    let mut tally = suite.tally();
    for file in suite.files(".", ".json") {
        let recording = suite.json(&file);
        let Some(token) = recording["token"].as_str() else { continue };
        let jws = Jws::parse(token).unwrap();
        let key = PublicKey::from_jwk(&recording["publicKeyJwk"]).unwrap();
        let claims = Claims::parse(jws.payload()).unwrap();
        assert_eq!(Value::Object(claims.into_members()), recording["claims"], "{file}");
        assert_eq!(Value::Object(jws.header().members().clone()), recording["header"], "{file}");
        tally.case(&file, jws.verify(&key).map_err(|error| error.to_string()));
    }
    tally.finish();
}

proptest! {
    #[test]
    fn any_text_is_answered(text: String) {
        let _ = Jws::parse(&text);
        let _ = DetachedJws::parse(&text);
    }

    #[test]
    fn any_header_is_answered(header: String, payload: Vec<u8>) {
        let text = format!("{}.{}.", base64url::encode(header.as_bytes()), base64url::encode(&payload));
        let _ = Jws::parse(&text);
        let _ = DetachedJws::parse(&text);
    }

    #[test]
    fn what_was_signed_is_read_back(payload: Vec<u8>, kid: Option<String>, extra in "[a-z]{0,8}", value: String) {
        let signer = keys::key(keys::ED25519);
        let mut header = fields(&signer);
        header.key_id.clone_from(&kid);
        header.extra.insert(format!("x-{extra}"), Value::String(value.clone()));
        let jws = Jws::parse(&Unsigned::new(header, &payload).sign(&signer).unwrap()).unwrap();
        prop_assert_eq!(jws.verify(signer.public_key()), Ok(()));
        prop_assert_eq!(jws.payload(), payload.as_slice());
        prop_assert_eq!(jws.header().key_id(), kid.as_deref());
        prop_assert_eq!(jws.header().members()[&format!("x-{extra}")].as_str(), Some(value.as_str()));
    }
}
