//! What a document says and its N-Quads do not is reported, each place by its path.

use pecan_jsonld::document::{Document, RdfDirection};
use pecan_jsonld::uncovered::{Reason, Uncovered};
use serde_json::{Value, json};

use crate::built_in::{self, CREDENTIALS_V1, JWS_2020, NUTS_V1};

fn credential(kind: &str, subject: &Value) -> Value {
    json!({
        "@context": [CREDENTIALS_V1, NUTS_V1],
        "id": "did:web:issuer.example#1",
        "type": ["VerifiableCredential", kind],
        "issuer": "did:web:issuer.example",
        "issuanceDate": "2026-01-02T03:04:05Z",
        "credentialSubject": subject,
    })
}

fn check(document: &Value, expected: &[(&str, Reason)]) {
    let processor = built_in::processor();
    let uncovered = processor.to_rdf(&Document::new(document)).unwrap().uncovered;
    let found: Vec<(&str, Reason)> =
        uncovered.iter().map(|place| (place.path.as_str(), place.reason)).collect();
    assert_eq!(found, expected, "{document:#}");
}

#[test]
fn an_ordinary_credential_is_covered() {
    let subject = json!({"id": "did:web:h.example", "organization": {"name": "n", "city": "c"}});
    check(&credential("NutsOrganizationCredential", &subject), &[]);
}

#[test]
fn undefined_members_are_reported_at_every_depth() {
    let subject = json!({
        "id": "did:web:h.example",
        "role": "doctor",
        "organization": {"name": "n", "a/b": 1, "city": "c", "@foo": [], "ura": {"x": 1}},
    });
    let mut document = credential("NutsOrganizationCredential", &subject);
    document["evil"] = json!(true);
    check(
        &document,
        &[
            ("/credentialSubject/role", Reason::UndefinedProperty),
            ("/credentialSubject/organization/a~1b", Reason::UndefinedProperty),
            ("/credentialSubject/organization/@foo", Reason::UndefinedProperty),
            ("/credentialSubject/organization/ura", Reason::UndefinedProperty),
            ("/evil", Reason::UndefinedProperty),
        ],
    );
}

#[test]
fn a_member_that_is_null_claims_nothing() {
    let subject = json!({"id": "did:web:h.example", "role": null, "organization": null});
    check(&credential("NutsOrganizationCredential", &subject), &[]);
}

#[test]
fn an_undefined_type_stays_under_the_signature() {
    let mut document = credential("CompanyCredential", &json!({"id": "did:web:h.example"}));
    check(&document, &[]);
    document["type"] = json!(["VerifiableCredential", "@company"]);
    check(&document, &[("/type/1", Reason::RelativeReference)]);
}

#[test]
fn claims_under_an_id_that_is_no_iri_are_reported() {
    for id in ["x", "", "#key-1", "http:///x", "@foo"] {
        let subject = json!({"id": id, "organization": {"name": "n"}});
        check(
            &credential("NutsOrganizationCredential", &subject),
            &[("/credentialSubject", Reason::RelativeId)],
        );
    }
    let bare = credential("NutsOrganizationCredential", &json!({"id": "x"}));
    check(&bare, &[("/credentialSubject", Reason::RelativeReference)]);
}

#[test]
fn labels_of_blank_nodes_are_reported() {
    let subject = json!({"id": "_:b", "organization": {"id": "_:c", "name": "n"}});
    check(
        &credential("NutsOrganizationCredential", &subject),
        &[
            ("/credentialSubject/organization", Reason::BlankNodeId),
            ("/credentialSubject", Reason::BlankNodeId),
        ],
    );
}

#[test]
fn whole_numbers_that_lose_digits_are_reported() {
    let subject = json!({
        "id": "did:web:h.example",
        "age": 42,
        "number": [9_007_199_254_740_992_u64, 9_007_199_254_740_993_u64],
        "https://example.org/p": {"@value": -9_007_199_254_740_993_i64},
        "https://example.org/q": {"@value": {"a": [u64::MAX]}, "@type": "@json"},
    });
    check(
        &credential("NutsEmployeeCredential", &subject),
        &[
            ("/credentialSubject/number/1", Reason::InexactNumber),
            ("/credentialSubject/https:~1~1example.org~1p", Reason::InexactNumber),
            ("/credentialSubject/https:~1~1example.org~1q", Reason::InexactNumber),
        ],
    );
}

#[test]
fn references_that_are_no_iris_are_reported() {
    let subject = json!({"id": "did:web:h.example", "subject": ["urn:a", "b"]});
    check(
        &credential("NutsAuthorizationCredential", &subject),
        &[("/credentialSubject/subject/1", Reason::RelativeReference)],
    );
}

#[test]
fn json_literals_are_objects_or_reported() {
    for (value, is_covered) in [
        (json!({"a": [1, "x"]}), true),
        (json!([{"a": 1}]), false),
        (json!("text"), false),
        (json!(7), false),
    ] {
        let subject = json!({"id": "did:web:h.example", "localParameters": value});
        let place = ("/credentialSubject/localParameters", Reason::JsonLiteralNotObject);
        let expected: &[_] = if is_covered { &[] } else { &[place] };
        check(&credential("NutsAuthorizationCredential", &subject), expected);
    }
    let subject = json!({
        "id": "did:web:h.example",
        "@graph": [],
        "https://example.org/p": {"@value": [1], "@type": "@json"},
    });
    check(
        &credential("NutsOrganizationCredential", &subject),
        &[("/credentialSubject/https:~1~1example.org~1p", Reason::JsonLiteralNotObject)],
    );
}

#[test]
fn contexts_that_are_no_urls_or_not_at_the_top_are_reported() {
    let mut document =
        credential("NutsOrganizationCredential", &json!({"id": "did:web:h.example"}));
    document["@context"] = json!([CREDENTIALS_V1, NUTS_V1, {"organization": "urn:o"}]);
    check(&document, &[("/@context", Reason::InlineContext)]);

    let subject = json!({"@context": {"nl": "urn:nl"}, "id": "did:web:h.example", "nl": "x"});
    check(
        &credential("NutsOrganizationCredential", &subject),
        &[("/credentialSubject/@context", Reason::InlineContext)],
    );
    let subject = json!({"@context": JWS_2020, "id": "did:web:h.example"});
    check(
        &credential("NutsOrganizationCredential", &subject),
        &[("/credentialSubject/@context", Reason::NestedContext)],
    );
}

#[test]
fn values_that_hang_on_nothing_are_reported() {
    let document = json!({
        "@context": NUTS_V1,
        "@graph": ["text", {"@value": 1}, {"@list": [1]}, {"id": "urn:a", "nuts:p": 1}],
    });
    check(
        &document,
        &[
            ("/@graph/0", Reason::FreeFloating),
            ("/@graph/1", Reason::FreeFloating),
            ("/@graph/2/@list", Reason::FreeFloating),
        ],
    );
}

#[test]
fn indexes_directions_and_bad_languages_are_reported() {
    let document = json!({
        "@context": NUTS_V1,
        "id": "urn:a",
        "nuts:p": [
            {"@value": "x", "@language": "not a tag"},
            {"@value": "x", "@direction": "rtl"},
            {"@value": "x", "@index": "i"},
        ],
    });
    check(
        &document,
        &[
            ("/nuts:p/0", Reason::MalformedLanguage),
            ("/nuts:p/1", Reason::Direction),
            ("/nuts:p/2/@index", Reason::Index),
        ],
    );
    let processor = built_in::processor();
    let document = Document::new(&document).with_rdf_direction(RdfDirection::I18nDatatype);
    let uncovered = processor.to_rdf(&document).unwrap().uncovered;
    assert!(uncovered.iter().all(|place| place.reason != Reason::Direction));
}

#[test]
fn a_member_that_is_left_out_is_not_looked_at() {
    let mut document =
        credential("NutsOrganizationCredential", &json!({"id": "did:web:h.example"}));
    document["proof"] = json!({"nonsense": {"@context": {"a": "b"}}});
    let processor = built_in::processor();
    let uncovered = processor.to_rdf(&Document::new(&document).without("proof")).unwrap().uncovered;
    assert_eq!(uncovered, []);
    // Below the top it is a member like any other.
    document["credentialSubject"]["proof"] = json!({"nonsense": 1});
    let uncovered = processor.to_rdf(&Document::new(&document).without("proof")).unwrap().uncovered;
    assert_eq!(uncovered.len(), 1);
}

#[test]
fn each_credential_of_a_presentation_sets_its_own_context() {
    let document = json!({
        "@context": [CREDENTIALS_V1],
        "type": "VerifiablePresentation",
        "verifiableCredential": [
            credential("NutsOrganizationCredential", &json!({"id": "did:web:h.example"})),
            "eyJhbGciOiJFUzI1NiJ9.e30.AA",
        ],
    });
    check(
        &document,
        &[
            ("/verifiableCredential/0/@context", Reason::NestedContext),
            ("/verifiableCredential/1", Reason::RelativeReference),
        ],
    );
}

#[test]
fn an_iri_that_could_end_its_place_in_a_line_is_reported() {
    let processor = built_in::processor();
    let document = json!({"@id": "urn:s", "urn:p": {"@id": "urn:x> <urn:g"}});
    let canonical = processor.canonicalize(&Document::new(&document)).unwrap();
    // The bytes are those of the reference, and of another document as well.
    assert_eq!(canonical.nquads, "<urn:s> <urn:p> <urn:x> <urn:g> .\n");
    let expected = Uncovered { path: String::new(), reason: Reason::AmbiguousIri };
    assert_eq!(canonical.uncovered, [expected]);
}
