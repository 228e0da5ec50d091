//! Forged, malformed and confused tokens: the JOSE files of Wycheproof.

use pecan_jose::algorithm::Algorithm;
use pecan_jose::base64url;
use pecan_jose::jwe::{self, KeyManagement};
use pecan_jose::jwk::{PrivateKey, PublicKey};
use pecan_jose::jws::Jws;
use pecan_vectors::Suite;
use serde_json::Value;

const BOUND: &str = "the key's `alg` says PS256, the token PS384: a key is for one algorithm";
const MISNAMED: &str = "the key's `alg` is ES521, which names no algorithm";

/// Cases that the suite holds valid and that are refused here.
const EXCEPTIONS: [(u64, &str); 4] = [(346, BOUND), (350, BOUND), (347, MISNAMED), (351, MISNAMED)];

/// The `alg` of a compact text, however broken the rest is.
fn algorithm(text: &str) -> String {
    let header = text.split('.').next().and_then(|part| base64url::decode(part).ok());
    let header = header.and_then(|json| serde_json::from_slice::<Value>(&json).ok());
    header.and_then(|header| Some(header["alg"].as_str()?.to_owned())).unwrap_or_default()
}

/// The key of a group; in a set, the one that the header names.
fn key(group: &Value, text: &str, kind: &str) -> Value {
    let key = group.get(kind).or_else(|| group.get("private")).unwrap();
    let Some(set) = key["keys"].as_array() else { return key.clone() };
    let named = Jws::parse(text).ok().and_then(|jws| jws.header().key_id().map(str::to_owned));
    set.iter().find(|key| key["kid"].as_str() == named.as_deref()).unwrap_or(&set[0]).clone()
}

/// A token is a text, or an object for the JSON serialisation.
fn text(token: &Value) -> String {
    token.as_str().map_or_else(|| token.to_string(), str::to_owned)
}

fn verify(group: &Value, text: &str) -> Result<Vec<u8>, String> {
    let jws = Jws::parse(text).map_err(|error| error.to_string())?;
    let key =
        PublicKey::from_jwk(&key(group, text, "public")).map_err(|error| error.to_string())?;
    jws.verify(&key).map_err(|error| error.to_string())?;
    Ok(jws.payload().to_vec())
}

fn decrypt(group: &Value, text: &str) -> Result<Vec<u8>, String> {
    let key =
        PrivateKey::from_jwk(&key(group, text, "private")).map_err(|error| error.to_string())?;
    let decrypted = jwe::decrypt(text, &key).map_err(|error| error.to_string())?;
    Ok(decrypted.plaintext.to_vec())
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap())
        .collect()
}

/// Whether a case went as it must.
fn judge(group: &Value, case: &Value) -> Result<(), String> {
    let is_jws = case.get("jws").is_some();
    let text = text(case.get("jws").unwrap_or(&case["jwe"]));
    let name = algorithm(&text);
    let exists = if is_jws {
        name.parse::<Algorithm>().is_ok()
    } else {
        KeyManagement::ALL.iter().any(|algorithm| algorithm.name() == name)
    };
    let outcome = if is_jws { verify(group, &text) } else { decrypt(group, &text) };
    match (case["result"].as_str().unwrap(), outcome) {
        ("valid", Ok(content)) if exists => match case["pt"].as_str() {
            Some(expected) if hex(expected) != content => Err("other plaintext".to_owned()),
            Some(_) | None => Ok(()),
        },
        ("valid", Err(error)) if exists => Err(format!("refused: {error}")),
        (_, Ok(_)) => Err("accepted".to_owned()),
        // An algorithm that does not exist here, or a case that is not valid.
        (_, Err(_)) => Ok(()),
    }
}

/// Suite: runs a file and counts the valid cases that were accepted.
fn run(file: &str, exceptions: &[(u64, &str)]) -> Option<usize> {
    let suite = Suite::find("vectors/wycheproof")?;
    let mut tally = suite.tally();
    let mut accepted = 0;
    let file = suite.json(&format!("testvectors_v1/{file}_test.json"));
    for group in file["testGroups"].as_array().unwrap() {
        for case in group["tests"].as_array().unwrap() {
            let is_ambiguous = case["flags"].as_array().unwrap().contains(&"Ambiguous".into());
            if is_ambiguous {
                continue;
            }
            let id = case["tcId"].as_u64().unwrap();
            let name = format!("{id} {}", case["comment"].as_str().unwrap());
            let outcome = judge(group, case);
            if let Some((_, reason)) = exceptions.iter().find(|(exception, _)| *exception == id) {
                tally.exception(&name, reason, &outcome);
                continue;
            }
            let text = text(case.get("jws").unwrap_or(&case["jwe"]));
            let is_accepted = verify(group, &text).is_ok() || decrypt(group, &text).is_ok();
            accepted += usize::from(is_accepted);
            tally.case(&name, outcome);
        }
    }
    tally.finish();
    Some(accepted)
}

#[test]
fn published_signatures_are_accepted_and_forgeries_refused() {
    let Some(accepted) = run("json_web_signature", &EXCEPTIONS) else { return };
    // The other valid ones are of algorithms that do not exist here.
    assert_eq!(accepted, 24);
}

#[test]
fn published_keys_that_are_unfit_are_refused() {
    let Some(accepted) = run("json_web_key", &[]) else { return };
    assert_eq!(accepted, 1);
}

#[test]
fn published_confusions_are_refused() {
    let Some(accepted) = run("json_web_crypto", &[]) else { return };
    assert_eq!(accepted, 2);
}

#[test]
fn published_encryptions_are_read_and_broken_ones_are_not() {
    let Some(accepted) = run("json_web_encryption", &[]) else { return };
    assert_eq!(accepted, 11);
}

/// The suite breaks the content only for algorithms that do not exist here; this breaks it for those that do.
#[test]
fn published_encryptions_that_are_changed_are_refused() {
    let Some(suite) = Suite::find("vectors/wycheproof") else { return };
    let mut tally = suite.tally();
    let file = suite.json("testvectors_v1/json_web_encryption_test.json");
    for group in file["testGroups"].as_array().unwrap() {
        for case in group["tests"].as_array().unwrap() {
            let text = text(&case["jwe"]);
            if decrypt(group, &text).is_err() {
                continue;
            }
            for part in 0..5 {
                let mut parts: Vec<Vec<u8>> =
                    text.split('.').map(|part| base64url::decode(part).unwrap()).collect();
                // White space at the end of the header is JSON, but other text.
                if part == 0 {
                    parts[0].push(b' ');
                } else {
                    *parts[part].last_mut().unwrap() ^= 1;
                }
                let parts: Vec<String> = parts.iter().map(|part| base64url::encode(part)).collect();
                let outcome = decrypt(group, &parts.join("."));
                assert_eq!(outcome.err().as_deref(), Some("decryption failed"));
                tally.case(&format!("{} part {part}", case["tcId"]), Ok(()));
            }
        }
    }
    assert_eq!(tally.passed(), 55);
    tally.finish();
}
