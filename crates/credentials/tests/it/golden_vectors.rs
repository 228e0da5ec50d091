//! What reference nodes signed verifies, and nothing else that looks like it.

use pecan_credentials::credential::{Credential, validate};
use pecan_credentials::date_time;
use pecan_credentials::presentation::Presentation;
use pecan_credentials::proof::{Options, Policy};
use pecan_jose::jwk::PublicKey;
use pecan_jose::jws::Jws;
use pecan_jose::jwt::Claims;
use pecan_jsonld::document::Document;
use pecan_jsonld::processor::Processor;
use pecan_vectors::{Suite, Tally};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::world::{each_place, processor};

const UNDEFINED_PURPOSE: &str = "18-presentation-ldp-vp-with-an-undefined-proofpurpose-not-in-th";

/// Something signed, either kind.
enum Artefact {
    Credential(Credential),
    Presentation(Presentation),
}

impl Artefact {
    fn read(value: &Value) -> Result<Self, String> {
        let is_presentation = match value {
            Value::String(token) => Jws::parse(token)
                .ok()
                .and_then(|jws| Claims::parse(jws.payload()).ok())
                .is_some_and(|claims| claims.members().contains_key("vp")),
            document => document.get("verifiableCredential").is_some(),
        };
        if is_presentation {
            let read = Presentation::from_value(value.clone());
            read.map(Self::Presentation).map_err(|error| error.to_string())
        } else {
            let read = Credential::from_value(value.clone());
            read.map(Self::Credential).map_err(|error| error.to_string())
        }
    }

    fn verify(&self, signed: &Signed, processor: &Processor) -> Result<(), String> {
        let key_id = match self {
            Self::Credential(credential) => credential.key_id(),
            Self::Presentation(presentation) => presentation.key_id(),
        };
        if key_id.map_err(|error| error.to_string())? != signed.key_id.as_str() {
            return Err("key not found".to_owned());
        }
        let (key, now) = (&signed.key, signed.now);
        match self {
            Self::Credential(credential) => credential.verify_signature(key, now, processor),
            Self::Presentation(presentation) => presentation.verify_signature(key, now, processor),
        }
        .map_err(|error| error.to_string())
    }
}

/// How an artefact was signed.
struct Signed {
    key: PublicKey,
    key_id: String,
    now: OffsetDateTime,
}

fn verify(value: &Value, signed: &Signed, processor: &Processor) -> Result<(), String> {
    Artefact::read(value)?.verify(signed, processor)
}

fn json_ld(vector: &Value) -> Option<(Value, Signed)> {
    let document = vector.get("document")?;
    let proof = match &document["proof"] {
        Value::Array(proofs) => &proofs[0],
        single => single,
    };
    let text = |member: &str| proof[member].as_str().unwrap().to_owned();
    let signed = Signed {
        key: PublicKey::from_jwk(&vector["publicKeyJwk"]).unwrap(),
        key_id: text("verificationMethod"),
        now: date_time::parse(&text("created")).unwrap(),
    };
    Some((document.clone(), signed))
}

fn jwt(vector: &Value) -> Option<(Value, Signed)> {
    let token = vector.get("token")?;
    let issued_at = vector["claims"]["iat"].as_i64().unwrap();
    let signed = Signed {
        key: PublicKey::from_jwk(&vector["publicKeyJwk"]).unwrap(),
        key_id: vector["header"]["kid"].as_str().unwrap_or_default().to_owned(),
        now: OffsetDateTime::from_unix_timestamp(issued_at).unwrap(),
    };
    Some((token.clone(), signed))
}

fn each_vector(mut check: impl FnMut(&str, &Value)) {
    let Some(suite) = Suite::find("contract/golden/vectors") else { return };
    for file in suite.files("", ".json") {
        check(file.trim_end_matches(".json"), &suite.json(&file));
    }
}

#[test]
fn what_the_reference_signed_verifies_at_its_time() {
    if Suite::find("contract/golden/vectors").is_none() {
        return;
    }
    let processor = processor();
    let mut tally = Tally::new("golden/vectors");
    each_vector(|name, vector| {
        let (value, signed) = json_ld(vector).or_else(|| jwt(vector)).unwrap();
        let is_neither = vector["kind"] == "jwt"
            && vector["claims"].get("vc").is_none()
            && vector["claims"].get("vp").is_none();
        if is_neither {
            // Proofs of possession, entity statements and request objects: signed by the same key, yet no presentation.
            let token = value.as_str().unwrap();
            assert!(Presentation::parse(token).is_err(), "{name}");
            let outcome = Jws::parse(token).unwrap().verify(&signed.key);
            tally.case(name, outcome.map_err(|error| error.to_string()));
            return;
        }
        let outcome = verify(&value, &signed, &processor);
        if name == UNDEFINED_PURPOSE {
            let reason = "the signature does not cover a purpose that the context does not define";
            tally.exception(name, reason, &outcome);
            let presentation = Presentation::from_value(value).unwrap();
            let policy = Policy::SignatureOnly;
            presentation.verify_under(policy, &signed.key, signed.now, &processor).unwrap();
        } else {
            tally.case(name, outcome);
        }
    });
    tally.finish();
}

#[test]
fn hashed_bytes_are_those_of_the_reference() {
    let processor = processor();
    each_vector(|name, vector| {
        let Some((document, _)) = json_ld(vector) else { return };
        let canonical = processor.canonicalize(&Document::new(&document).without("proof")).unwrap();
        assert_eq!(canonical.nquads, vector["document_nquads"].as_str().unwrap(), "{name}");
        let artefact = Artefact::read(&document).unwrap();
        let proof = match &artefact {
            Artefact::Credential(credential) => credential.proof(),
            Artefact::Presentation(presentation) => presentation.proof(),
        };
        let options = Options::read(proof.unwrap()).unwrap();
        assert_eq!(options.to_nquads(), vector["proof_nquads"].as_str().unwrap(), "{name}");
    });
}

#[test]
fn credentials_of_the_reference_are_valid() {
    each_vector(|name, vector| {
        let Some((value, signed)) = json_ld(vector).or_else(|| jwt(vector)) else { return };
        let credentials = match Artefact::read(&value) {
            Ok(Artefact::Credential(credential)) if credential.id().is_some() => vec![credential],
            Ok(Artefact::Presentation(presentation)) => {
                presentation.check_binding().unwrap_or_else(|error| panic!("{name}: {error}"));
                presentation.credentials().to_vec()
            }
            Ok(Artefact::Credential(_)) | Err(_) => return,
        };
        for credential in credentials {
            let is_credential = credential.has_type("VerifiableCredential");
            if is_credential {
                validate::validate(&credential).unwrap_or_else(|error| panic!("{name}: {error}"));
                credential.check_validity(signed.now).unwrap();
            }
        }
    });
}

/// Whether a document's change means nothing: null says nothing, a set has each of its elements once, and a JWT credential
/// has a signature of its own.
fn is_free(document: &Value, path: &str) -> bool {
    let place = document.pointer(path).unwrap();
    let is_jwt = path.starts_with("/verifiableCredential") && place.is_string();
    let set = document.pointer(path.rsplit_once('/').unwrap().0).and_then(Value::as_array);
    let is_twice = set.is_some_and(|set| set.iter().filter(|it| *it == place).count() > 1);
    place.is_null() || is_twice || (is_jwt && path.split('/').count() <= 3)
}

fn refused(value: &Value, signed: &Signed, processor: &Processor, what: &str) {
    assert!(verify(value, signed, processor).is_err(), "accepted: {what}: {value}");
}

#[test]
fn no_member_can_be_taken_out_of_a_document() {
    let processor = processor();
    each_vector(|name, vector| {
        let Some((document, signed)) = json_ld(vector) else { return };
        each_place(&document, &Value::is_object, &mut |path| {
            let members = document.pointer(path).unwrap().as_object().unwrap();
            for member in members.keys() {
                if is_free(&document, &format!("{path}/{member}")) {
                    continue;
                }
                let mut changed = document.clone();
                changed.pointer_mut(path).unwrap().as_object_mut().unwrap().remove(member);
                refused(&changed, &signed, &processor, &format!("{name}: {path}/{member} removed"));
            }
        });
    });
}

#[test]
fn no_value_can_be_changed_in_a_document() {
    let processor = processor();
    each_vector(|name, vector| {
        let Some((document, signed)) = json_ld(vector) else { return };
        let is_scalar = |value: &Value| !value.is_object() && !value.is_array();
        each_place(&document, &is_scalar, &mut |path| {
            if is_free(&document, path) {
                return;
            }
            let original = document.pointer(path).unwrap();
            let others = match original {
                Value::String(text) => {
                    vec![json!(format!("{text}x")), json!("other"), json!(1), json!([]), json!({})]
                }
                Value::Bool(it) => vec![json!(!it), json!(it.to_string())],
                Value::Number(it) => vec![json!(17.25), json!(it.to_string())],
                _ => unreachable!("null is free"),
            };
            for other in others {
                let mut changed = document.clone();
                *changed.pointer_mut(path).unwrap() = other;
                refused(&changed, &signed, &processor, &format!("{name}: {path} changed"));
            }
        });
    });
}

#[test]
fn nothing_can_be_added_to_a_document() {
    let processor = processor();
    let claims = [
        ("unsigned", json!("claim")),
        ("@context", json!({"organization": "https://example.org/other"})),
        ("@index", json!("claim")),
        ("https://example.org/claim", json!("claim")),
        ("@type", json!("https://example.org/Other")),
    ];
    each_vector(|name, vector| {
        let Some((document, signed)) = json_ld(vector) else { return };
        each_place(&document, &Value::is_object, &mut |path| {
            for (member, claim) in &claims {
                let mut changed = document.clone();
                let members = changed.pointer_mut(path).unwrap().as_object_mut().unwrap();
                members.insert((*member).to_owned(), claim.clone());
                refused(&changed, &signed, &processor, &format!("{name}: {path}/{member} added"));
            }
        });
        let mut changed = document.clone();
        let contexts = changed["@context"].as_array_mut().unwrap();
        contexts.push(json!({"unsigned": "https://example.org/unsigned"}));
        refused(&changed, &signed, &processor, &format!("{name}: inline context"));
        changed["@context"].as_array_mut().unwrap().pop();
        changed["@context"].as_array_mut().unwrap().push(json!("https://example.org/context"));
        refused(&changed, &signed, &processor, &format!("{name}: unknown context"));
    });
}

#[test]
fn a_subject_cannot_hide_its_claims_from_the_signature() {
    let processor = processor();
    each_vector(|name, vector| {
        let Some((document, signed)) = json_ld(vector) else { return };
        if !name.starts_with("07") {
            return;
        }
        for (path, value) in [
            ("/credentialSubject/id", json!("relative")),
            ("/credentialSubject/subject", json!("relative")),
            ("/credentialSubject/localParameters", json!(["changed"])),
            ("/credentialSubject/localParameters", json!("changed")),
        ] {
            let mut changed = document.clone();
            *changed.pointer_mut(path).unwrap() = value;
            refused(&changed, &signed, &processor, &format!("{name}: {path}"));
        }
    });
}

#[test]
fn a_signature_fits_one_text_only() {
    let processor = processor();
    each_vector(|name, vector| {
        let Some((document, signed)) = json_ld(vector) else { return };
        let path = if document["proof"].is_array() { "/proof/0/jws" } else { "/proof/jws" };
        let jws = document.pointer(path).unwrap().as_str().unwrap();
        let (header, signature) = jws.split_once("..").unwrap();
        let with_header = |header: &Value| {
            let encoded = pecan_jose::base64url::encode(header.to_string().as_bytes());
            format!("{encoded}..{signature}")
        };
        let mut others = vec![
            format!("{header}.e30.{signature}"),
            format!("{header}.."),
            format!("..{signature}"),
            format!("{header}.{signature}"),
            format!("{jws}="),
            format!("{jws}AA"),
            jws.trim_end_matches(|_: char| true).to_owned(),
            with_header(&json!({"alg": "none", "b64": false, "crit": ["b64"]})),
            with_header(&json!({"alg": "ES384", "b64": false, "crit": ["b64"]})),
            with_header(&json!({"alg": "ES256", "b64": true, "crit": ["b64"]})),
            with_header(&json!({"alg": "ES256", "b64": false})),
            with_header(&json!({"alg": "ES256", "crit": ["b64"]})),
            with_header(&json!({"b64": false, "crit": ["b64"]})),
        ];
        for (at, old) in jws.char_indices() {
            let new = if old == 'A' { 'B' } else { 'A' };
            let mut other = jws.to_owned();
            other.replace_range(at..=at, &new.to_string());
            others.push(other);
        }
        for other in others {
            let mut changed = document.clone();
            *changed.pointer_mut(path).unwrap() = Value::from(other);
            refused(&changed, &signed, &processor, &format!("{name}: jws"));
        }
    });
}

#[test]
fn no_character_of_a_token_can_be_changed() {
    let processor = processor();
    each_vector(|name, vector| {
        let Some((token, signed)) = jwt(vector) else { return };
        let token = token.as_str().unwrap();
        if Artefact::read(&json!(token)).is_err() {
            return;
        }
        let signature_at = token.rfind('.').unwrap();
        for (at, old) in token.char_indices() {
            if at < signature_at && at % 5 != 0 {
                continue;
            }
            for new in ['A', 'z', '_', '.', '='] {
                if new == old {
                    continue;
                }
                let mut changed = token.to_owned();
                changed.replace_range(at..=at, &new.to_string());
                refused(&json!(changed), &signed, &processor, &format!("{name}: character {at}"));
            }
        }
    });
}

#[test]
fn a_proof_counts_from_its_creation_to_its_end() {
    let processor = processor();
    each_vector(|name, vector| {
        let Some((value, mut signed)) = json_ld(vector).or_else(|| jwt(vector)) else { return };
        if name == UNDEFINED_PURPOSE || Artefact::read(&value).is_err() {
            return;
        }
        let created = signed.now;
        signed.now = created - time::Duration::seconds(4);
        if verify(&value, &signed, &processor).is_err() {
            // Proofs of possession and the like are read as credentials, but have no issuer.
            assert!(vector["claims"].get("vc").is_none() && vector["claims"].get("vp").is_none());
            return;
        }
        signed.now = created - time::Duration::seconds(6);
        refused(&value, &signed, &processor, &format!("{name}: too early"));
        let expires = match &value {
            Value::String(_) => vector["claims"]["exp"]
                .as_i64()
                .map(|exp| OffsetDateTime::from_unix_timestamp(exp).unwrap()),
            document => document["proof"]["expires"].as_str().map(|t| date_time::parse(t).unwrap()),
        };
        if let Some(expires) = expires {
            signed.now = expires + time::Duration::seconds(4);
            verify(&value, &signed, &processor).unwrap();
            signed.now = expires + time::Duration::seconds(6);
            refused(&value, &signed, &processor, &format!("{name}: too late"));
        }
    });
}
