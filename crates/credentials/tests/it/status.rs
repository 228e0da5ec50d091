//! Status lists of independent encoders, and of the reference.

use pecan_credentials::status::bitstring::{BITS_DEFAULT, Bitstring};
use pecan_credentials::status::bitstring_status_list;
use pecan_credentials::status::status_list_2021::{Entry, StatusList};
use pecan_vectors::Suite;
use serde_json::{Value, json};

fn set_bits(list: &Bitstring) -> Vec<usize> {
    (0..list.bits()).filter(|index| list.get(*index) == Some(true)).collect()
}

fn bits_of(case: &Value) -> Result<(), String> {
    let encoded = case["encodedList"].as_str().unwrap();
    let expected: Vec<usize> = serde_json::from_value(case["set"].clone()).unwrap();
    let is_2021 = case["format"] == "StatusList2021";
    let decode = |text: &str| {
        if is_2021 { Bitstring::decode(text) } else { bitstring_status_list::decode(text) }
    };
    let list = decode(encoded).map_err(|error| error.to_string())?;
    if list.bits() != case["length"] || set_bits(&list) != expected {
        return Err(format!("{} bits, set: {:?}", list.bits(), set_bits(&list)));
    }
    let mut ours = Bitstring::new();
    for index in expected {
        ours.set(index, true).map_err(|error| error.to_string())?;
    }
    let again = if is_2021 { ours.encode() } else { bitstring_status_list::encode(&ours) };
    if decode(&again) == Ok(list) { Ok(()) } else { Err("ours decodes to other bits".into()) }
}

#[test]
fn lists_of_other_encoders_have_the_stated_bits() {
    let Some(suite) = Suite::find("vectors/statuslist") else { return };
    let mut tally = suite.tally();
    for case in suite.json("cases.json").as_array().unwrap() {
        tally.case(case["id"].as_str().unwrap(), bits_of(case));
    }
    assert_eq!(tally.passed(), 18);
    tally.finish();
}

#[test]
fn the_measured_lists_have_the_stated_bits() {
    let zero = "H4sIAAAAAAAC_-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA";
    let first = "H4sIAAAAAAAC_-3BIQEAAAACIKc73RkWoAEAAAAAAAAAAAAAAAAAAADeBuRZQ2cAQAAA";
    let empty = "H4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA";
    for (encoded, expected) in [(zero, vec![]), (first, vec![0]), (empty, vec![])] {
        let list = Bitstring::decode(encoded).unwrap();
        assert_eq!((list.bits(), set_bits(&list)), (BITS_DEFAULT, expected));
    }
}

#[test]
fn a_list_of_the_reference_is_read() {
    let Some(suite) = Suite::find("contract/golden") else { return };
    let credential = &suite.json("vectors/12-status-list-credential.json")["document"];
    let list = StatusList::parse(credential).unwrap();
    assert_eq!(list.check_issuer(credential["issuer"].as_str().unwrap()), Ok(()));
    let path = "vectors/01-organization-credential-ldp-vc.json";
    let entry = Entry::parse(&suite.json(path)["document"]["credentialStatus"]).unwrap();
    assert_eq!(list.check_url(&entry.list_url), Ok(()));
    list.is_set(&entry).unwrap();
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_list_of_bits_or_refused(text in "\\PC{0,64}") {
        for decoded in [Bitstring::decode(&text), bitstring_status_list::decode(&text)].into_iter().flatten() {
            proptest::prop_assert!(decoded.bits() >= BITS_DEFAULT);
        }
    }

    #[test]
    fn any_shape_of_entry_and_list_is_read_or_refused(
        kind in proptest::sample::select(vec!["StatusList2021Entry", "BitstringStatusListEntry", "StatusList2021", ""]),
        member in proptest::sample::select(vec!["id", "type", "statusPurpose", "statusListIndex", "statusListCredential", "encodedList"]),
        value in proptest::sample::select(vec![json!(null), json!(1), json!("0"), json!("-1"), json!([]), json!({}), json!("99999999999999999999999")]),
    ) {
        let mut entry = json!({"id": "https://a.example/1#0", "type": kind, "statusPurpose": "revocation", "statusListIndex": "0",
            "statusListCredential": "https://a.example/1", "encodedList": "uH4sIAAAAAAAC"});
        entry[member] = value;
        let _ = (Entry::parse(&entry), bitstring_status_list::Entry::parse(&entry));
        let list = json!({"type": ["VerifiableCredential", kind], "issuer": entry["id"], "credentialSubject": entry});
        let _ = (StatusList::parse(&list), bitstring_status_list::StatusList::parse(&list));
    }
}
