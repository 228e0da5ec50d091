//! The JOSE cookbook: RFC 7520, RFC 8037 and RFC 7797.

use pecan_jose::jwe;
use pecan_jose::jwk::{PrivateKey, PublicKey};
use pecan_jose::jws::{DetachedJws, HeaderFields, Jws, Unsigned};
use pecan_vectors::Suite;
use serde_json::{Map, Value, json};

/// The public part of a JWK that has both.
fn public(jwk: &Value) -> Value {
    let names = ["kty", "crv", "x", "y", "n", "e", "use", "alg"];
    let members =
        jwk.as_object().unwrap().iter().filter(|(name, _)| names.contains(&name.as_str()));
    Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn verify(case: &Value) -> Result<(), String> {
    let compact = case["output"]["compact"].as_str().ok_or("no compact serialisation")?;
    let jws = Jws::parse(compact).map_err(|error| error.to_string())?;
    let key = &case["input"]["key"];
    let key = PublicKey::from_jwk(&public(key)).map_err(|error| error.to_string())?;
    jws.verify(&key).map_err(|error| error.to_string())?;
    assert_eq!(jws.payload(), case["input"]["payload"].as_str().unwrap().as_bytes());
    Ok(())
}

#[test]
fn published_signatures_verify() {
    let Some(suite) = Suite::find("vectors/jose-cookbook") else { return };
    let mut tally = suite.tally();
    let hmac = "HMAC does not exist here";
    let json = "only the compact serialisation is read";
    let exceptions = [
        ("jws/4_4", hmac),
        ("jws/4_5", hmac),
        ("jws/4_6", json),
        ("jws/4_7", json),
        ("jws/4_8", json),
        ("rfc7797/4.2", hmac),
        ("rfc7797/hmac", hmac),
    ];
    let mut files = suite.files("jws", ".json");
    files.extend(suite.files("rfc7797", ".json"));
    files.push("curve25519/jws.json".to_owned());
    for file in files {
        let outcome = verify(&suite.json(&file));
        match exceptions.iter().find(|(name, _)| file.starts_with(name)) {
            Some((_, reason)) => tally.exception(&file, reason, &outcome),
            None => tally.case(&file, outcome),
        }
    }
    assert_eq!(tally.passed(), 4);
    tally.finish();
}

#[test]
fn a_deterministic_signature_comes_out_as_published() {
    let Some(suite) = Suite::find("vectors/jose-cookbook") else { return };
    let case = suite.json("curve25519/jws.json");
    let key = PrivateKey::from_jwk(&case["input"]["key"]).unwrap();
    let payload = case["input"]["payload"].as_str().unwrap().as_bytes();
    let header = HeaderFields {
        algorithm: key.public_key().algorithm().unwrap(),
        key_id: None,
        typ: None,
        extra: Map::new(),
    };
    let compact = Unsigned::new(header.clone(), payload).sign(&key).unwrap();
    assert_eq!(compact, case["output"]["compact"].as_str().unwrap());
    // The same payload beside the text: put the payload in, take it out, and it still verifies.
    let detached = Unsigned::detached(header, payload).sign(&key).unwrap();
    let detached = DetachedJws::parse(&detached).unwrap();
    assert_eq!(detached.verify(key.public_key(), payload), Ok(()));
}

#[test]
fn published_encryptions_of_other_algorithms_are_refused() {
    let Some(suite) = Suite::find("vectors/jose-cookbook") else { return };
    let mut tally = suite.tally();
    let mut files = suite.files("jwe", ".json");
    files.push("curve25519/ecdh-es.json".to_owned());
    for file in files {
        let case = suite.json(&file);
        // None is of a node algorithm: key transport with other hashes, direct agreement, passwords, JSON only.
        let token = case["output"].get("compact").unwrap_or(&case["output"]["json"]);
        let text = token.as_str().map_or_else(|| token.to_string(), str::to_owned);
        let outcome = jwe::Jwe::parse(&text);
        tally.case(&file, outcome.map_or(Ok(()), |_| Err("read".to_owned())));
    }
    tally.finish();
}

#[test]
fn published_keys_are_read() {
    let Some(suite) = Suite::find("vectors/jose-cookbook") else { return };
    let mut tally = suite.tally();
    let check =
        |result: Result<(), pecan_jose::jwk::Error>| result.map_err(|error| error.to_string());
    for file in suite.files("jwk", ".json") {
        let jwk = suite.json(&file);
        let is_symmetric = jwk["kty"] == json!("oct");
        let outcome = if jwk.get("d").is_some() {
            assert!(PublicKey::from_jwk(&jwk).is_err());
            check(PrivateKey::from_jwk(&jwk).map(|key| {
                for (name, value) in key.to_jwk() {
                    assert_eq!(jwk[&name], value, "{file} {name}");
                }
            }))
        } else {
            check(PublicKey::from_jwk(&jwk).map(|_| ()))
        };
        if is_symmetric {
            tally.exception(&file, "symmetric keys do not exist here", &outcome);
        } else {
            tally.case(&file, outcome);
        }
    }
    tally.finish();
}
