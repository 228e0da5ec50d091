//! did:key, did:jwk and did:web against the published suites, and the documents of the reference.

use pecan_credentials::did::document::{Document, Relationship};
use pecan_credentials::did::service::Service;
use pecan_credentials::did::verification_method::VerificationMethod;
use pecan_credentials::did::{Did, DidUrl, jwk, key, web};
use pecan_jose::jwk::{Curve, PublicKey};
use pecan_vectors::Suite;
use serde_json::{Value, json};

/// The key in a document of the did:key suite that is that of the DID itself.
fn key_of_vector(did: &str, document: &Value) -> Result<(String, PublicKey), String> {
    let methods = ["verificationMethod", "keyAgreement"]
        .iter()
        .flat_map(|member| document[*member].as_array().into_iter().flatten());
    let id = format!("{did}#{}", did.trim_start_matches("did:key:"));
    let absolute = |method: &&Value| {
        let name = method["id"].as_str().unwrap_or_default();
        name == id || format!("{did}{name}") == id
    };
    let method = methods.filter(|each| each.is_object()).find(absolute);
    let method = method.ok_or_else(|| format!("no method {id}"))?;
    let bytes = |member: &str| {
        let text = method[member].as_str().unwrap_or_default();
        bs58::decode(text).into_vec().map_err(|error| error.to_string())
    };
    let key = match method["type"].as_str().unwrap_or_default() {
        "JsonWebKey2020" => PublicKey::from_jwk(&method["publicKeyJwk"]),
        "Ed25519VerificationKey2018" => PublicKey::ed25519(&bytes("publicKeyBase58")?),
        "P256Key2021" => PublicKey::ec(Curve::P256, &bytes("publicKeyBase58")?),
        "X25519KeyAgreementKey2019" => PublicKey::x25519(&bytes("publicKeyBase58")?),
        other => return Err(format!("type {other}")),
    };
    Ok((id, key.map_err(|error| error.to_string())?))
}

fn check_did_key(did: &str, expected: &Value) -> Result<(), String> {
    let (id, expected) = key_of_vector(did, expected)?;
    let did = Did::parse(did).map_err(|error| error.to_string())?;
    let document = key::resolve(&did).map_err(|error| error.to_string())?;
    for relationship in Relationship::ALL {
        let ids: Vec<_> = document.methods_for(relationship).map(VerificationMethod::id).collect();
        if ids != [&DidUrl::parse(&id).unwrap()] {
            return Err(format!("{relationship:?}: {ids:?}"));
        }
    }
    let key = document.assertion_key(&id).map_err(|error| error.to_string())?;
    if key == expected { Ok(()) } else { Err("another key".to_owned()) }
}

#[test]
fn did_keys_resolve_to_the_keys_in_their_documents() {
    let Some(suite) = Suite::find("vectors/did-key") else { return };
    let mut tally = suite.tally();
    for file in ["ed25519-x25519.json", "nist-curves.json", "rsa.json"] {
        for (did, case) in suite.json(file).as_object().unwrap() {
            tally.case(did, check_did_key(did, &case["didDocument"]));
        }
    }
    for (did, document) in suite.json("x25519.json")["didDocument"].as_object().unwrap() {
        tally.case(did, check_did_key(did, document));
    }
    let resolved = tally.passed();
    for (file, code) in [("secp256k1.json", vec![0xe7]), ("bls12381.json", vec![0xea, 0xeb, 0xee])]
    {
        for did in suite.json(file).as_object().unwrap().keys() {
            let outcome = match key::resolve(&Did::parse(did).unwrap()) {
                Err(key::Error::UnsupportedKeyType { code: found }) if code.contains(&found) => {
                    Ok(())
                }
                other => Err(format!("{other:?}")),
            };
            tally.case(did, outcome);
        }
    }
    let counts = (resolved, tally.passed());
    tally.finish();
    assert_eq!(counts, (18, 30));
}

fn check_did_jwk(did: &str, expected: &Value) -> Result<(), String> {
    let did = Did::parse(did).map_err(|error| error.to_string())?;
    let document = jwk::resolve(&did).map_err(|error| error.to_string())?;
    let method = &expected["verificationMethod"][0];
    let id = method["id"].as_str().unwrap();
    let key = document.assertion_key(DidUrl::resolve(&did, id).unwrap().as_str());
    let expected = PublicKey::from_jwk(&method["publicKeyJwk"]);
    match (key, expected) {
        (Ok(key), Ok(expected)) if key == expected => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

#[test]
fn did_jwks_resolve_to_the_keys_in_their_documents() {
    let Some(suite) = Suite::find("vectors/did-jwk") else { return };
    let mut tally = suite.tally();
    for case in suite.json("examples.json").as_array().unwrap() {
        let outcome = check_did_jwk(case["did"].as_str().unwrap(), &case["didDocument"]);
        tally.case(case["name"].as_str().unwrap(), outcome);
    }
    tally.finish();
}

#[test]
fn did_jwks_of_web5_resolve_or_fail_as_stated() {
    let Some(suite) = Suite::find("vectors/web5/did_jwk") else { return };
    let mut tally = suite.tally();
    for case in suite.json("resolve.json")["vectors"].as_array().unwrap() {
        let name = case["description"].as_str().unwrap();
        let did = case["input"].as_str().unwrap();
        let outcome = check_did_jwk(did, &case["output"]["didDocument"]);
        if case["errors"] == true {
            let refused = outcome.err().map(|_| ()).ok_or_else(|| "resolved".to_owned());
            tally.case(name, refused);
        } else if case["output"].to_string().contains("secp256k1") {
            tally.exception(name, "secp256k1 is not supported", &outcome);
        } else {
            tally.case(name, outcome);
        }
    }
    tally.finish();
}

fn check_did_web(input: &Value, output: &Value) -> Result<(), String> {
    let did = Did::parse(input["didUri"].as_str().unwrap()).map_err(|error| error.to_string())?;
    let url = web::to_url(&did).map_err(|error| error.to_string())?;
    let body = input["mockServer"].get(&url).ok_or_else(|| format!("nothing at {url}"))?;
    let document = web::parse(&did, body.to_string().as_bytes()).map_err(|e| e.to_string())?;
    let expected = Document::from_value(&output["didDocument"]).map_err(|e| e.to_string())?;
    if document == expected { Ok(()) } else { Err("another document".to_owned()) }
}

#[test]
fn did_webs_of_web5_are_found_at_their_urls() {
    let Some(suite) = Suite::find("vectors/web5/did_web") else { return };
    let mut tally = suite.tally();
    for case in suite.json("resolve.json")["vectors"].as_array().unwrap() {
        let name = case["description"].as_str().unwrap();
        let outcome = check_did_web(&case["input"], &case["output"]);
        if case["errors"] != true {
            tally.case(name, outcome);
        } else if name.starts_with("notFound") {
            tally.exception(name, "that a host does not exist, only a request can tell", &outcome);
        } else {
            tally.case(name, outcome.err().map(|_| ()).ok_or_else(|| "resolved".to_owned()));
        }
    }
    tally.finish();
}

/// The DID documents in an answer, wherever they are.
fn documents(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| documents(value, found)),
        Value::Object(members) if members.contains_key("verificationMethod") => {
            found.push(value.clone());
        }
        Value::Object(members) => members.values().for_each(|value| documents(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn check_recorded(value: &Value) -> Result<(), String> {
    let document = Document::from_value(value).map_err(|error| error.to_string())?;
    if document.to_value() != *value {
        return Err(format!("prints as {}", document.to_value()));
    }
    for id in value["assertionMethod"].as_array().into_iter().flatten() {
        let id = id.as_str().ok_or("an embedded method")?;
        document.assertion_key(id).map_err(|error| format!("{id}: {error}"))?;
    }
    let did = document.id();
    let ours = match did.method() {
        "key" => key::resolve(did).map_err(|error| error.to_string())?,
        "jwk" => jwk::resolve(did).map_err(|error| error.to_string())?,
        _ => return Ok(()),
    };
    if ours.to_value() == *value { Ok(()) } else { Err(format!("ours is {}", ours.to_value())) }
}

#[test]
fn recorded_documents_print_as_they_came_and_have_their_keys() {
    let Some(suite) = Suite::find("contract/golden/vdr") else { return };
    let mut tally = suite.tally();
    for file in suite.files("", ".json") {
        let mut found = Vec::new();
        documents(&suite.json(&file)["response"]["body"], &mut found);
        for document in found {
            tally.case(&file, check_recorded(&document));
        }
    }
    let passed = tally.passed();
    tally.finish();
    assert_eq!(passed, 20);
}

#[test]
fn recorded_services_have_the_hash_of_their_content_as_fragment() {
    let Some(suite) = Suite::find("contract/golden/vdr") else { return };
    let mut tally = suite.tally();
    let answer = suite.json("73-did-document-after-services.json");
    let document = Document::from_value(&answer["response"]["body"]["document"]).unwrap();
    for service in document.services() {
        let fragment = service.fragment();
        let expected = format!("{}#{fragment}", document.id());
        let outcome = if service.id == expected { Ok(()) } else { Err(expected) };
        tally.case(&service.id, outcome);
    }
    tally.finish();
}

#[test]
fn a_service_in_a_list_of_types_has_each_of_them() {
    let value = json!({"id": "did:web:a", "service": {"id": "#s", "type": ["a", "b"]}});
    let document = Document::from_value(&value).unwrap();
    let types: Vec<&Service> =
        document.services().iter().filter(|service| service.has_type("b")).collect();
    assert_eq!(types.len(), 1);
}
