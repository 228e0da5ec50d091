//! Entries, lists and what is refused of them.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const URL: &str = "https://node.example.org/statuslist/did:web:node.example.org:iam:a/1";

fn entry() -> Value {
    Entry::revocation(URL, 7).to_value()
}

fn with(mut value: Value, member: &str, replacement: Value) -> Value {
    value[member] = replacement;
    value
}

fn without(mut value: Value, member: &str) -> Value {
    value.as_object_mut().unwrap().remove(member);
    value
}

#[test]
fn an_issued_entry_has_the_measured_shape() {
    let expected = json!({
        "id": format!("{URL}#7"),
        "type": "StatusList2021Entry",
        "statusPurpose": "revocation",
        "statusListIndex": "7",
        "statusListCredential": URL,
    });
    assert_eq!(entry().to_string(), expected.to_string());
    assert_eq!(Entry::parse(&entry()), Ok(Entry::revocation(URL, 7)));
}

#[test]
fn the_url_of_a_list_has_the_did_as_it_is() {
    let issuer = Did::parse("did:web:localhost%3A18443:iam:a").unwrap();
    assert_eq!(
        list_url("https://localhost:18443", &issuer, 1),
        "https://localhost:18443/statuslist/did:web:localhost%3A18443:iam:a/1"
    );
}

#[test]
fn each_rule_for_an_entry_is_checked() {
    let member = |member| EntryError::Member { member };
    for name in ["id", "type", "statusPurpose", "statusListIndex", "statusListCredential"] {
        for value in [json!(""), json!(7), json!(null)] {
            assert_eq!(Entry::parse(&with(entry(), name, value)), Err(member(name)));
        }
        assert_eq!(Entry::parse(&without(entry(), name)), Err(member(name)));
    }
    for (name, value, expected) in [
        ("id", json!(URL), EntryError::SameId),
        ("statusListIndex", json!("-1"), member("statusListIndex")),
        ("statusListIndex", json!("1e3"), member("statusListIndex")),
        ("statusListCredential", json!("/statuslist/1"), member("statusListCredential")),
        ("type", json!("BitstringStatusListEntry"), member("type")),
    ] {
        assert_eq!(Entry::parse(&with(entry(), name, value)), Err(expected));
    }
    assert_eq!(Entry::parse(&json!("x")), Err(member("id")));
}

fn list(bits: &Bitstring) -> Value {
    json!({
        "@context": [CREDENTIALS_V1, STATUS_LIST_2021],
        "id": "did:web:a#1",
        "type": ["VerifiableCredential", "StatusList2021Credential"],
        "issuer": "did:web:a",
        "issuanceDate": "2026-01-15T10:00:00Z",
        "credentialSubject": subject(URL, REVOCATION, bits),
    })
}

#[test]
fn a_set_bit_is_found_and_no_other() {
    let mut bits = Bitstring::new();
    bits.set(7, true).unwrap();
    let list = StatusList::parse(&list(&bits)).unwrap();
    assert_eq!(list.is_set(&Entry::revocation(URL, 7)), Ok(true));
    assert_eq!(list.is_set(&Entry::revocation(URL, 8)), Ok(false));
    assert_eq!(
        list.is_set(&Entry::revocation(URL, 131_072)),
        Err(CheckError::OutOfRange { index: 131_072 })
    );
    let suspension = Entry { purpose: "suspension".to_owned(), ..Entry::revocation(URL, 7) };
    assert_eq!(list.is_set(&suspension), Err(CheckError::Purpose { found: "revocation".into() }));
}

#[test]
fn a_list_of_another_url_or_issuer_is_told_apart() {
    let list = StatusList::parse(&list(&Bitstring::new())).unwrap();
    assert_eq!(list.check_url(URL), Ok(()));
    assert_eq!(list.check_url("https://b"), Err(CheckError::Url { found: URL.into() }));
    assert_eq!(list.check_issuer("did:web:a"), Ok(()));
    assert_eq!(
        list.check_issuer("did:web:b"),
        Err(CheckError::Issuer { found: "did:web:a".into() })
    );
}

#[test]
fn each_rule_for_a_list_is_checked() {
    let good = list(&Bitstring::new());
    let member = |member| ListError::Member { member };
    for name in ["id", "issuer", "issuanceDate"] {
        assert_eq!(StatusList::parse(&without(good.clone(), name)), Err(member(name)));
    }
    let types = json!(["VerifiableCredential", "StatusList2021Credential", "Other"]);
    for (name, value, expected) in [
        ("@context", json!([CREDENTIALS_V1]), ListError::Context { context: STATUS_LIST_2021 }),
        ("@context", json!(STATUS_LIST_2021), ListError::Context { context: CREDENTIALS_V1 }),
        ("type", types, ListError::Types),
        ("type", json!("StatusList2021Credential"), ListError::Types),
        ("type", json!(["VerifiableCredential", "VerifiableCredential"]), ListError::Types),
        ("credentialStatus", json!({}), ListError::HasStatus),
        ("credentialSubject", json!([]), ListError::Subject),
        ("credentialSubject", json!([{}, {}]), ListError::Subject),
    ] {
        assert_eq!(StatusList::parse(&with(good.clone(), name, value)), Err(expected), "{name}");
    }
    for (name, value, expected) in [
        ("type", json!("Other"), ListError::Subject),
        ("id", json!(null), member("id")),
        ("statusPurpose", json!(""), member("statusPurpose")),
        ("encodedList", json!(""), member("encodedList")),
        ("encodedList", json!("H4sI"), ListError::EncodedList(bitstring::DecodeError::Gzip)),
    ] {
        let subject = with(good["credentialSubject"].clone(), name, value);
        let credential = with(good.clone(), "credentialSubject", json!([subject]));
        assert_eq!(StatusList::parse(&credential), Err(expected), "{name}");
    }
}

proptest! {
    #[test]
    fn entries_print_as_they_were_parsed(index in 0usize..=usize::MAX, tail in "[a-z/]{1,9}") {
        let entry = Entry::revocation(&format!("https://a/{tail}"), index);
        prop_assert_eq!(Entry::parse(&entry.to_value()).unwrap(), entry);
    }
}
