//! Each rule of each type is checked, and the recorded refusals have their texts.

use pecan_credentials::credential::validate::{Violation, validate};
use pecan_credentials::credential::{Credential, Draft, DraftError, self_attested};
use pecan_credentials::did::Did;
use serde_json::{Map, Value, json};
use time::macros::datetime;

fn organization() -> Value {
    json!({
        "@context": ["https://nuts.nl/credentials/v1", "https://www.w3.org/2018/credentials/v1"],
        "id": "did:web:issuer#1",
        "type": ["NutsOrganizationCredential", "VerifiableCredential"],
        "issuer": "did:web:issuer",
        "issuanceDate": "2026-01-15T10:00:00Z",
        "credentialSubject": {
            "id": "did:web:holder",
            "organization": {"name": "Caresoft B.V.", "city": "Caretown"},
        },
    })
}

fn authorization() -> Value {
    let mut credential = organization();
    credential["type"] = json!(["VerifiableCredential", "NutsAuthorizationCredential"]);
    credential["credentialSubject"] = json!({
        "id": "did:web:holder",
        "purposeOfUse": "medication",
        "resources": [{"path": "/Patient/1", "operations": ["read", "UPDATE"]}],
    });
    credential
}

fn with_status() -> Value {
    let mut credential = organization();
    credential["@context"]
        .as_array_mut()
        .unwrap()
        .push(json!("https://w3id.org/vc/status-list/2021/v1"));
    credential["credentialStatus"] = json!({
        "id": "https://issuer/1#7",
        "type": "StatusList2021Entry",
        "statusPurpose": "revocation",
        "statusListIndex": "7",
        "statusListCredential": "https://issuer/1",
    });
    credential
}

/// Checks that a credential is valid, and what it breaks once a place is changed; null takes the place out.
fn check(valid: &Value, cases: &[(&str, Value, &str)]) {
    validate(&Credential::from_value(valid.clone()).unwrap()).unwrap();
    for (path, value, expected) in cases {
        let mut changed = valid.clone();
        let (parent, member) = path.rsplit_once('/').unwrap();
        let parent = changed.pointer_mut(parent).unwrap();
        match parent {
            Value::Object(members) if value.is_null() => {
                members.remove(member);
            }
            Value::Object(members) => {
                members.insert(member.to_owned(), value.clone());
            }
            list => list[member.parse::<usize>().unwrap()] = value.clone(),
        }
        let credential = Credential::from_value(changed).unwrap();
        let outcome = validate(&credential).map_err(|violation| violation.to_string());
        let prefix = if expected.starts_with("verifiable") { "" } else { "validation failed: " };
        let expected = match *expected {
            "" => Ok(()),
            text => Err(format!("{prefix}{text}")),
        };
        assert_eq!(outcome, expected, "{path} = {value}");
    }
}

#[test]
fn every_credential_keeps_the_rules_of_all() {
    let own_type = json!(["VerifiableCredential", "OwnCredential"]);
    let mut own = organization();
    own["type"] = own_type;
    check(
        &own,
        &[
            ("/type", json!("OwnCredential"), "type 'VerifiableCredential' is required"),
            ("/type", json!("VerifiableCredential"), ""),
            (
                "/type",
                json!(["VerifiableCredential", "A", "B"]),
                "verifiable credential must list at most 2 types",
            ),
            ("/@context", json!("https://www.w3.org/2018/credentials/v1"), ""),
            (
                "/@context",
                json!(["https://nuts.nl/credentials/v1"]),
                "context 'https://www.w3.org/2018/credentials/v1' is required",
            ),
            ("/issuer", Value::Null, "'issuer' is required"),
            ("/issuer", json!({"id": "did:web:issuer"}), "'issuer' is required"),
            ("/id", Value::Null, "'id' is required"),
            ("/id", json!(""), "'id' is required"),
            ("/issuanceDate", Value::Null, "'issuanceDate' is required"),
            ("/credentialStatus", json!({"type": "Other"}), "'credentialStatus.id' is required"),
            ("/credentialStatus", json!({"id": "x"}), "'credentialStatus.type' is required"),
            ("/credentialStatus", json!([{"id": "x", "type": "Other"}]), ""),
            ("/credentialStatus", json!("x"), "'credentialStatus.id' is required"),
        ],
    );
    let missing = Credential::parse("{}").unwrap();
    let expected = Violation::MissingType { name: "VerifiableCredential" };
    assert_eq!(validate(&missing), Err(expected));
}

#[test]
fn an_entry_of_a_status_list_says_where_its_bit_is() {
    let invalid = |member: &str| format!("`credentialStatus.{member}` is missing or invalid");
    check(
        &with_status(),
        &[
            (
                "/@context/2",
                json!("https://example.org"),
                "context 'https://w3id.org/vc/status-list/2021/v1' is required",
            ),
            (
                "/credentialStatus/id",
                json!("https://issuer/1"),
                "`credentialStatus.id` is the same as `credentialStatus.statusListCredential`",
            ),
            ("/credentialStatus/statusPurpose", json!(""), &invalid("statusPurpose")),
            ("/credentialStatus/statusListIndex", json!("-1"), &invalid("statusListIndex")),
            ("/credentialStatus/statusListIndex", json!("1.0"), &invalid("statusListIndex")),
            ("/credentialStatus/statusListIndex", json!(1), &invalid("statusListIndex")),
            (
                "/credentialStatus/statusListCredential",
                json!("/1"),
                &invalid("statusListCredential"),
            ),
        ],
    );
}

#[test]
fn an_organization_has_a_name_and_a_city() {
    check(
        &organization(),
        &[
            (
                "/credentialSubject/organization/city",
                Value::Null,
                "'credentialSubject.city' is empty",
            ),
            (
                "/credentialSubject/organization/city",
                json!(" "),
                "'credentialSubject.city' is empty",
            ),
            (
                "/credentialSubject/organization/name",
                json!(""),
                "'credentialSubject.name' is empty",
            ),
            (
                "/credentialSubject/organization/name",
                json!({}),
                "invalid 'credentialSubject.organization'",
            ),
            ("/credentialSubject/organization/other", json!("x"), ""),
            (
                "/credentialSubject/organization",
                Value::Null,
                "'credentialSubject.organization' is empty",
            ),
            (
                "/credentialSubject/organization",
                json!([]),
                "invalid 'credentialSubject.organization'",
            ),
            ("/credentialSubject/id", Value::Null, "'credentialSubject.ID' is empty"),
            ("/credentialSubject/id", json!("holder"), "invalid 'credentialSubject.ID'"),
            ("/credentialSubject", json!([]), "single CredentialSubject expected"),
            ("/credentialSubject", json!([{}, {}]), "single CredentialSubject expected"),
            ("/id", json!("did:web:other#1"), "credential ID must start with issuer"),
            ("/id", json!("did:web:issuer2#1"), "credential ID must start with issuer"),
            (
                "/@context",
                json!("https://www.w3.org/2018/credentials/v1"),
                "context 'https://nuts.nl/credentials/v1' is required",
            ),
        ],
    );
}

#[test]
fn an_authorization_says_what_for_and_what() {
    let operations = "invalid 'credentialSubject.Resources[].Operations'";
    check(
        &authorization(),
        &[
            (
                "/credentialSubject/purposeOfUse",
                json!(" "),
                "'credentialSubject.PurposeOfUse' is empty",
            ),
            ("/credentialSubject/resources", Value::Null, ""),
            (
                "/credentialSubject/resources/0/path",
                json!(""),
                "'credentialSubject.Resources[].Path' is empty",
            ),
            (
                "/credentialSubject/resources/0/operations",
                json!([]),
                "'credentialSubject.Resources[].Operations' is empty",
            ),
            ("/credentialSubject/resources/0/operations", json!("search"), ""),
            ("/credentialSubject/resources/0/operations", json!(["read", "own"]), operations),
            ("/credentialSubject/resources/0/operations", json!([1]), operations),
            ("/id", json!("did:web:other#1"), "credential ID must start with issuer"),
            ("/credentialSubject/id", json!("holder"), "invalid 'credentialSubject.ID'"),
        ],
    );
}

#[test]
fn an_x509_credential_is_valid_only_with_its_issuer_resolved() {
    let mut credential = organization();
    credential["type"] = json!(["VerifiableCredential", "X509Credential"]);
    let credential = Credential::from_value(credential).unwrap();
    assert_eq!(validate(&credential), Err(Violation::X509Unresolved));
}

#[test]
fn a_credential_counts_from_its_issuance_to_its_expiration() {
    let mut document = organization();
    document["expirationDate"] = json!("2026-01-16T10:00:00Z");
    let credential = Credential::from_value(document).unwrap();
    for (now, is_valid) in [
        (datetime!(2026-01-15 9:59:54 UTC), false),
        (datetime!(2026-01-15 9:59:55 UTC), true),
        (datetime!(2026-01-16 10:00:05 UTC), true),
        (datetime!(2026-01-16 10:00:06 UTC), false),
        (datetime!(9999-12-31 23:59:59 UTC), false),
    ] {
        assert_eq!(credential.check_validity(now).is_ok(), is_valid, "{now}");
    }
    let undated = Credential::parse("{}").unwrap().check_validity(datetime!(2026-01-15 10:00 UTC));
    assert_eq!(undated.unwrap_err().to_string(), "credential not valid at given time");
}

#[test]
fn a_draft_gets_what_follows_from_it() {
    let draft = |types: &[&str], contexts: &[&str], statuses: Vec<Value>| {
        let draft = Draft {
            id: "did:web:issuer#1".to_owned(),
            issuer: Did::parse("did:web:issuer").unwrap(),
            contexts: contexts.iter().map(|it| (*it).to_owned()).collect(),
            types: types.iter().map(|it| (*it).to_owned()).collect(),
            subjects: vec![Map::new()],
            issued_at: datetime!(2026-01-15 10:00 UTC),
            expires_at: None,
            statuses,
        };
        draft.complete().map(|draft| (draft.types, draft.contexts))
    };
    let (vc, nuts) = ("https://www.w3.org/2018/credentials/v1", "https://nuts.nl/credentials/v1");
    let list = "https://w3id.org/vc/status-list/2021/v1";
    let strings = |texts: &[&str]| texts.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let both = |types: &[&str], contexts: &[&str]| Ok((strings(types), strings(contexts)));
    assert_eq!(draft(&["A"], &[], vec![]), both(&["A", "VerifiableCredential"], &[vc, nuts]));
    assert_eq!(
        draft(&["VerifiableCredential", "A"], &[nuts], vec![json!({})]),
        both(&["VerifiableCredential", "A"], &[vc, nuts, list])
    );
    assert_eq!(
        draft(&["VerifiableCredential"], &[nuts, list, vc], vec![json!({})]),
        both(&["VerifiableCredential"], &[nuts, list, vc])
    );
    assert_eq!(draft(&[], &[], vec![]), Err(DraftError::MissingType));
    assert_eq!(draft(&["A", "B"], &[], vec![]), Err(DraftError::TooManyTypes));
    assert_eq!(
        draft(&["A", "VerifiableCredential", "B"], &[], vec![]),
        Err(DraftError::TooManyTypes)
    );
}

#[test]
fn a_self_attested_credential_is_filled_in_where_it_is_empty() {
    let (signer, now) =
        (Did::parse("did:web:holder").unwrap(), datetime!(2026-01-15 10:00:00.9 UTC));
    let fill = |credential: Value| {
        let Value::Object(mut credential) = credential else { unreachable!() };
        self_attested::fill(&mut credential, "uuid", &signer, now);
        Value::Object(credential)
    };
    assert_eq!(
        fill(json!({"credentialSubject": [{"name": "x"}], "issuer": ""})),
        json!({
            "credentialSubject": [{"name": "x", "id": "did:web:holder"}],
            "issuer": "did:web:holder",
            "id": "uuid",
            "issuanceDate": "2026-01-15T10:00:00Z",
        })
    );
    let complete = json!({
        "id": "1",
        "issuer": "did:web:other",
        "issuanceDate": "2001-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:web:other"},
    });
    assert_eq!(fill(complete.clone()), complete);
    let proved = json!({"proof": {"type": "x"}, "credentialSubject": {}});
    assert_eq!(fill(proved.clone()), proved);
    let two = fill(json!({"credentialSubject": [{}, {}]}));
    assert_eq!(two["credentialSubject"], json!([{}, {}]));
}
