//! A JSON-LD document can be written in many ways that mean the same to its signature. None of them may hide what limits a
//! credential from those who read the JSON.

use pecan_credentials::contexts::{CREDENTIALS_V1, NUTS_V1};
use pecan_credentials::credential::{Credential, Draft};
use pecan_credentials::did::Did;
use pecan_credentials::presentation::{self, Presentation};
use pecan_credentials::proof::sign::PrepareError;
use pecan_credentials::proof::{NotATerm, Options, Policy, Purpose, Unsigned, VerifyError};
use pecan_credentials::status::status_list_2021::Entry;
use pecan_jsonld::processor::Processor;
use pecan_vectors::Suite;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::world::{key, processor, signing_key, suite_processor};

const ISSUER: &str = "did:web:issuer.example.org";
const HOLDER: &str = "did:web:holder.example.org";
const NOW: OffsetDateTime = datetime!(2026-01-15 10:00:00 UTC);
const CRED: &str = "https://www.w3.org/2018/credentials#";

fn draft(kind: &str, subject: Value) -> Draft {
    let Value::Object(subject) = subject else { unreachable!() };
    let draft = Draft {
        id: format!("{ISSUER}#1"),
        issuer: Did::parse(ISSUER).unwrap(),
        contexts: vec![CREDENTIALS_V1.to_owned(), NUTS_V1.to_owned()],
        types: vec![kind.to_owned()],
        subjects: vec![subject],
        issued_at: NOW,
        expires_at: Some(NOW + time::Duration::days(1)),
        statuses: vec![
            Entry::revocation("https://issuer.example.org/1", 7).to_value(),
            Entry::revocation("https://issuer.example.org/2", 7).to_value(),
        ],
    };
    draft.complete().unwrap()
}

fn sign(draft: Draft, processor: &Processor) -> Value {
    let signer = key();
    draft.into_json_ld(&signing_key(ISSUER, &signer), processor).unwrap().sign(&signer).unwrap()
}

fn organization() -> Draft {
    let organization = json!({"name": "Caresoft B.V.", "city": "Caretown"});
    draft("NutsOrganizationCredential", json!({"id": HOLDER, "organization": organization}))
}

/// An authorization whose subject is the credential itself, which gives the same object a second place.
fn authorization() -> Draft {
    let parameters =
        json!({"urn:example:name": {"@type": "data", "http://example.org/": [1, "x"]}});
    let resource = json!({"path": "/Task/1", "operations": ["read"], "userContext": true});
    let subject = json!({
        "id": HOLDER,
        "subject": format!("{ISSUER}#1"),
        "purposeOfUse": "test",
        "resources": [resource],
        "localParameters": parameters,
    });
    draft("NutsAuthorizationCredential", subject)
}

fn members(document: &mut Value) -> &mut Map<String, Value> {
    document.as_object_mut().unwrap()
}

fn take(document: &mut Value, member: &str) -> Value {
    members(document).shift_remove(member).unwrap()
}

/// Checks that a rewriting keeps the signature, or it would show nothing, and that the document is refused.
fn check(what: &str, draft: Draft, rewrite: impl FnOnce(&mut Value)) {
    let processor = processor();
    let mut document = sign(draft, &processor);
    let untouched = Credential::from_value(document.clone()).unwrap();
    assert_eq!(untouched.verify_signature(key().public_key(), NOW, &processor), Ok(()), "{what}");
    rewrite(&mut document);
    let credential = Credential::from_value(document.clone()).unwrap();
    let signer = key();
    let key = signer.public_key();
    let signature = credential.verify_under(Policy::SignatureOnly, key, NOW, &processor);
    assert_eq!(signature, Ok(()), "{what}: another signature: {document}");
    let outcome = credential.verify_signature(key, NOW, &processor);
    assert!(outcome.is_err(), "{what}: accepted: {document}");
}

fn end() -> Value {
    json!({"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": "2026-01-16T10:00:00Z"})
}

#[test]
fn an_end_cannot_be_hidden() {
    for name in [format!("{CRED}expirationDate"), "cred:expirationDate".to_owned()] {
        check(&name, organization(), |document| {
            take(document, "expirationDate");
            members(document).insert(name.clone(), end());
        });
    }
    check("@nest", organization(), |document| {
        let end = take(document, "expirationDate");
        members(document).insert("@nest".to_owned(), json!({ "expirationDate": end }));
    });
    check("@included", organization(), |document| {
        let end = take(document, "expirationDate");
        let same = json!([{"id": document["id"], "type": document["type"], "expirationDate": end}]);
        members(document).insert("@included".to_owned(), same);
    });
    check("@included below", organization(), |document| {
        let end = take(document, "expirationDate");
        let same = json!([{"id": document["id"], "type": document["type"], "expirationDate": end}]);
        members(&mut document["credentialSubject"]).insert("@included".to_owned(), same);
    });
}

#[test]
fn a_status_cannot_be_hidden() {
    for name in [format!("{CRED}credentialStatus"), "cred:credentialStatus".to_owned()] {
        check(&name, organization(), |document| {
            let statuses = take(document, "credentialStatus");
            members(document).insert(name.clone(), statuses);
        });
        check(&name, organization(), |document| {
            let one = document["credentialStatus"].as_array_mut().unwrap().pop().unwrap();
            members(document).insert(name.clone(), one);
        });
    }
    check("@reverse", organization(), |document| {
        let mut statuses = take(document, "credentialStatus");
        let id = document["id"].clone();
        let reverse = json!({ format!("{CRED}credentialStatus"): {"id": id} });
        for status in statuses.as_array_mut().unwrap() {
            members(status).insert("@reverse".to_owned(), reverse.clone());
        }
        members(&mut document["credentialSubject"]).insert("@included".to_owned(), statuses);
    });
    check("@type of a status", organization(), |document| {
        for status in document["credentialStatus"].as_array_mut().unwrap() {
            let kind = take(status, "type");
            members(status).insert("@type".to_owned(), kind);
        }
    });
}

#[test]
fn a_type_cannot_be_hidden() {
    check("@type", organization(), |document| {
        document["type"] = json!("VerifiableCredential");
        members(document).insert("@type".to_owned(), json!("NutsOrganizationCredential"));
    });
}

#[test]
fn a_claim_cannot_be_hidden() {
    check("full name", organization(), |document| {
        let organization = &mut document["credentialSubject"]["organization"];
        let city = take(organization, "city");
        members(organization).insert("http://schema.org/city".to_owned(), city);
    });
    check("@set", organization(), |document| {
        let subject = take(document, "credentialSubject");
        members(document).insert("credentialSubject".to_owned(), json!({"@set": [subject]}));
    });
}

#[test]
fn a_restriction_cannot_be_hidden() {
    check("prefix", authorization(), |document| {
        let resource = &mut document["credentialSubject"]["resources"][0];
        let user_context = take(resource, "userContext");
        members(resource).insert("nuts:userContext".to_owned(), user_context);
    });
    check("@value", authorization(), |document| {
        let resource = &mut document["credentialSubject"]["resources"][0];
        resource["userContext"] = json!({"@value": true});
    });
}

#[test]
fn what_limits_a_credential_cannot_be_moved_to_another_place() {
    for member in ["expirationDate", "credentialStatus"] {
        check(member, authorization(), |document| {
            let moved = take(document, member);
            let same = json!({"id": document["id"], "type": document["type"], member: moved});
            document["credentialSubject"]["subject"] = same;
        });
    }
    let mut two = authorization();
    two.subjects.push(Map::from_iter([("id".to_owned(), json!("did:web:other"))]));
    check("a second subject", two, |document| {
        let other = document["credentialSubject"].as_array_mut().unwrap().pop().unwrap();
        let same = json!({
            "id": document["id"],
            "type": document["type"],
            "credentialSubject": other,
        });
        document["credentialSubject"][0]["subject"] = same;
    });
}

#[test]
fn a_holder_cannot_be_hidden() {
    let (processor, signer) = (processor(), key());
    let draft = presentation::Draft {
        id: format!("{HOLDER}#1"),
        holder: Some(Did::parse(HOLDER).unwrap()),
        contexts: vec![],
        types: vec![],
        credentials: vec![Credential::from_value(sign(organization(), &processor)).unwrap()],
        audience: None,
        nonce: None,
        challenge: None,
        created_at: NOW,
        expires_at: NOW + time::Duration::SECOND,
        purpose: Purpose::AssertionMethod,
        claims: Map::new(),
    };
    let key = signing_key(HOLDER, &signer);
    let unsigned = draft.into_json_ld(&key, &processor).unwrap();
    let document = unsigned.sign(&signer).unwrap();
    let outcome = Presentation::from_value(document.clone()).unwrap().verify_signature(
        signer.public_key(),
        NOW,
        &processor,
    );
    assert_eq!(outcome, Ok(()));
    for name in ["cred:holder", "https://www.w3.org/2018/credentials#holder"] {
        let mut renamed = document.clone();
        let holder = take(&mut renamed, "holder");
        members(&mut renamed).insert(name.to_owned(), json!({ "id": holder }));
        let presentation = Presentation::from_value(renamed).unwrap();
        let key = signer.public_key();
        let signature = presentation.verify_under(Policy::SignatureOnly, key, NOW, &processor);
        assert_eq!(signature, Ok(()), "{name}");
        let expected = NotATerm { path: format!("/{}", name.replace('/', "~1")) };
        let outcome = presentation.verify_signature(key, NOW, &processor);
        assert_eq!(outcome, Err(VerifyError::Naming(expected)));
    }
}

#[test]
fn names_in_json_literals_are_data() {
    let processor = processor();
    let credential = Credential::from_value(sign(authorization(), &processor)).unwrap();
    let path = "/localParameters/urn:example:name/@type";
    assert_eq!(credential.subjects()[0].pointer(path), Some(&json!("data")));
    assert_eq!(credential.verify_signature(key().public_key(), NOW, &processor), Ok(()));
}

#[test]
fn a_member_that_is_no_term_is_not_issued() {
    let mut draft = organization();
    draft.subjects[0].insert("schema:name".to_owned(), json!("x"));
    let outcome = draft.into_json_ld(&signing_key(ISSUER, &key()), &processor());
    let expected = NotATerm { path: "/credentialSubject/schema:name".to_owned() };
    assert_eq!(outcome.err(), Some(PrepareError::Naming(expected)));
}

/// The edge cases that say something under another name than a term.
const NOT_TERMS: [&str; 7] = [
    "list object",
    "value objects",
    "prefixed member",
    "absolute member",
    "reverse",
    "graph",
    "included",
];

#[test]
fn documents_of_all_shapes_show_what_is_signed() {
    let (Some(suite), Some(processor)) = (Suite::find("vectors/nuts-canon"), suite_processor())
    else {
        return;
    };
    let signer = key();
    let key = signing_key(ISSUER, &signer);
    let (mut verified, mut refused) = (0, Vec::new());
    for file in ["cases.json", "edge-cases.json"] {
        for case in suite.json(file).as_array().unwrap() {
            let Value::Object(mut document) = case["document"].clone() else { continue };
            if !document.contains_key("credentialSubject") {
                continue;
            }
            document.shift_remove("proof");
            document.insert("issuer".to_owned(), json!(ISSUER));
            match Unsigned::new(document, Options::new(&key.id, NOW), &key, &processor) {
                Ok(unsigned) => {
                    let credential = Credential::from_value(unsigned.sign(&signer).unwrap());
                    let outcome =
                        credential.unwrap().verify_signature(signer.public_key(), NOW, &processor);
                    assert_eq!(outcome, Ok(()), "{}", case["id"]);
                    verified += 1;
                }
                Err(PrepareError::Naming(_)) => refused.push(case["id"].clone()),
                Err(PrepareError::Document(_) | PrepareError::Coverage(_)) => {}
            }
        }
    }
    assert!(verified > 100, "{verified}");
    assert_eq!(refused, NOT_TERMS);
}
