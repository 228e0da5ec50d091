//! Reading, building and checking, as data.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::exchange::select::Selection;

#[test]
fn only_what_the_schema_allows_is_read() {
    let entry = json!({ "id": "d", "format": "ldp_vc", "path": "$.verifiableCredential" });
    let with =
        |entry: Value| json!({ "id": "s", "definition_id": "pd", "descriptor_map": [entry] });
    let changed = |name: &str, value: Value| {
        let mut entry = entry.clone();
        entry[name] = value;
        with(entry)
    };
    let check = |value: Value, expected: Option<(&str, SubmissionReason)>| {
        let found = Submission::parse(&value.to_string()).err();
        let expected = expected
            .map(|(place, reason)| SubmissionParseError { place: place.to_owned(), reason });
        assert_eq!(found, expected, "{value}");
    };
    let kind = |expected| SubmissionReason::Kind { expected };
    let missing = |member| SubmissionReason::Missing { member };
    check(with(entry.clone()), None);
    for format in ClaimFormat::ALL {
        check(changed("format", json!(format.name())), None);
    }
    check(changed("path_nested", entry.clone()), None);
    check(json!({ "id": "", "definition_id": "", "descriptor_map": [] }), None);
    // Counterparties leave an empty map out.
    check(json!({ "id": "s", "definition_id": "pd" }), None);
    check(json!({ "definition_id": "pd" }), Some(("", missing("id"))));
    check(json!({ "id": "s" }), Some(("", missing("definition_id"))));
    check(json!({ "id": 1, "definition_id": "pd" }), Some(("/id", kind(Kind::Text))));
    check(json!([]), Some(("", kind(Kind::Object))));
    check(json!(["s", "pd", []]), Some(("", kind(Kind::Object))));
    check(
        json!({ "id": "s", "definition_id": "pd", "x": 1 }),
        Some(("", SubmissionReason::UnknownMember)),
    );
    let map = json!({ "id": "s", "definition_id": "pd", "descriptor_map": null });
    check(map, Some(("/descriptor_map", kind(Kind::Array))));
    check(with(json!("x")), Some(("/descriptor_map/0", kind(Kind::Object))));
    check(
        with(json!({ "id": "d", "format": "ldp_vc" })),
        Some(("/descriptor_map/0", missing("path"))),
    );
    check(
        changed("purpose", json!("")),
        Some(("/descriptor_map/0", SubmissionReason::UnknownMember)),
    );
    check(
        changed("path_nested", json!(null)),
        Some(("/descriptor_map/0/path_nested", kind(Kind::Object))),
    );
    for name in ["", "jwt_vc_json", "LDP_VC", "ac_vc"] {
        let reason = SubmissionReason::UnknownFormat { name: name.to_owned() };
        check(changed("format", json!(name)), Some(("/descriptor_map/0/format", reason)));
    }
}

#[test]
fn depth_size_and_repetition_are_bounded() {
    let nested = |depth: usize| {
        let open = r#"{"id":"d","format":"ldp_vp","path":"$","path_nested":"#;
        let last = r#"{"id":"d","format":"ldp_vc","path":"$"}"#;
        let entry = format!("{}{last}{}", open.repeat(depth), "}".repeat(depth));
        format!(r#"{{"id":"s","definition_id":"pd","descriptor_map":[{entry}]}}"#)
    };
    assert!(Submission::parse(&nested(PATH_NESTED_MAX)).is_ok());
    let reason = |text: &str| Submission::parse(text).unwrap_err().reason;
    assert_eq!(reason(&nested(PATH_NESTED_MAX + 1)), SubmissionReason::TooDeep);
    assert!(matches!(reason(&nested(10_000)), SubmissionReason::Json(_)));
    assert!(matches!(
        reason(r#"{"id":"a","id":"b","definition_id":"pd"}"#),
        SubmissionReason::Json(_)
    ));
    assert!(matches!(reason(""), SubmissionReason::Json(_)));
    let entry = r#"{"id":"d","format":"ldp_vc","path":"$"},"#.repeat(DESCRIPTOR_MAP_MAX);
    let many = format!(r#"{{"id":"s","definition_id":"pd","descriptor_map":[{entry}{{}}]}}"#);
    assert_eq!(reason(&many), SubmissionReason::TooManyEntries);
}

/// A definition with one descriptor for each letter, which asks for that member.
fn definition(letters: &str) -> Definition {
    let descriptors: Vec<Value> = letters
        .chars()
        .map(|letter| {
            let path = [format!("$.{letter}")];
            json!({ "id": letter.to_string(), "constraints": { "fields": [{ "id": letter.to_string(), "path": path }] } })
        })
        .collect();
    Definition::compile(&json!({ "id": "pd", "input_descriptors": descriptors })).unwrap()
}

fn json_ld(document: &Value) -> Candidate<'_> {
    Candidate {
        view: document,
        format: Format::LdpVc,
        algorithm: None,
        proof_types: &[],
        raw: document,
    }
}

fn jwt<'a>(view: &'a Value, raw: &'a Value) -> Candidate<'a> {
    Candidate { view, format: Format::JwtVc, algorithm: Some("ES256"), proof_types: &[], raw }
}

#[test]
fn paths_follow_the_format_of_the_presentation_and_formats_the_credential() {
    let (a, b, text) = (json!({ "a": 1 }), json!({ "b": 1 }), json!("h.p.s"));
    let wallet = [json_ld(&a), jwt(&b, &text)];
    let check = |letters: &str, format: PresentationFormat, expected: Value| {
        let definition = definition(letters);
        let choice = definition.select(&wallet, &Selection::new()).unwrap();
        let built = Submission::build("s".to_owned(), &definition, &choice, &wallet, format);
        assert_eq!(built.to_value()["descriptor_map"], expected, "{letters} {format}");
        assert_eq!(Submission::parse(&built.to_string()), Ok(built));
    };
    let entry =
        |id: &str, format: &str, path: &str| json!({ "id": id, "format": format, "path": path });
    let (ldp, jwt) = (PresentationFormat::LdpVp, PresentationFormat::JwtVp);
    check("", jwt, json!([]));
    check("", ldp, json!([]));
    check("a", ldp, json!([entry("a", "ldp_vc", "$.verifiableCredential")]));
    check("a", jwt, json!([entry("a", "ldp_vc", "$.verifiableCredential[0]")]));
    check("b", ldp, json!([entry("b", "jwt_vc", "$.verifiableCredential")]));
    check("b", jwt, json!([entry("b", "jwt_vc", "$.verifiableCredential[0]")]));
    for format in [ldp, jwt] {
        let (first, second) = ("$.verifiableCredential[0]", "$.verifiableCredential[1]");
        check("ba", format, json!([entry("b", "jwt_vc", first), entry("a", "ldp_vc", second)]));
    }
}

/// Checks one entry for descriptor `a` against an envelope of which the presentation at 0 holds `{"a":1}` and a JWT.
fn outcome(envelope_of: &str, entry: Value) -> Result<Vec<(usize, usize)>, String> {
    let entries = if entry.is_array() { entry } else { json!([entry]) };
    let submission = json!({ "id": "s", "definition_id": "pd", "descriptor_map": entries });
    let submission = Submission::parse(&submission.to_string()).unwrap();
    let (a, b, text) = (json!({ "a": 1 }), json!({ "b": 1 }), json!("h.p.s"));
    let bare =
        json!({ "verifiableCredential": a, "holder": { "a": 1, "x": 1 }, "copy": { "a": 1 } });
    let list = json!({ "verifiableCredential": [a, text], "holder": "did:web:example.com" });
    let ldp = |view| PresentationView {
        view,
        format: PresentationFormat::LdpVp,
        credentials: vec![json_ld(&a)],
    };
    let jwt_vp = PresentationView {
        view: &list,
        format: PresentationFormat::JwtVp,
        credentials: vec![json_ld(&a), jwt(&b, &text)],
    };
    let other = json!({ "verifiableCredential": b });
    let without = PresentationView { credentials: vec![json_ld(&b)], ..ldp(&other) };
    let definition = definition("a");
    let checked = match envelope_of {
        "ldp_vp" => submission.check(&definition, Envelope::Single(&ldp(&bare))),
        "jwt_vp" => submission.check(&definition, Envelope::Single(&jwt_vp)),
        "[ldp_vp]" => submission.check(&definition, Envelope::List(&[ldp(&bare)])),
        "[jwt_vp]" => submission.check(&definition, Envelope::List(&[jwt_vp])),
        "[other,ldp_vp]" => submission.check(&definition, Envelope::List(&[without, ldp(&bare)])),
        "other" => submission.check(&definition, Envelope::Single(&without)),
        _ => submission.check(&definition, Envelope::List(&[])),
    };
    let fulfilled = checked.map_err(|error| error.to_string())?;
    let presentation = fulfilled.presentation.unwrap();
    Ok(fulfilled.mappings.iter().map(|mapping| (presentation, mapping.candidate)).collect())
}

#[test]
fn an_entry_leads_to_the_credential_or_is_refused() {
    let check = |envelope: &str, entry: Value, expected: Result<usize, &str>| {
        let found = outcome(envelope, entry.clone());
        let expected = expected.map(|index| vec![(index, 0)]).map_err(str::to_owned);
        assert_eq!(found, expected, "{envelope} {entry}");
    };
    let entry = |format: &str, path: &str| json!({ "id": "a", "format": format, "path": path });
    let nested = |outer: &str, at: &str, inner: Value| json!({ "id": "a", "format": outer, "path": at, "path_nested": inner });
    let nothing = Err("path of descriptor `a` leads to nothing");
    let foreign = Err("what descriptor `a` points at is no credential of the presentation");
    let (bare, first) =
        (entry("ldp_vc", "$.verifiableCredential"), entry("ldp_vc", "$.verifiableCredential[0]"));

    check("ldp_vp", bare.clone(), Ok(0));
    check("jwt_vp", first.clone(), Ok(0));
    check("jwt_vp", json!([first, first]), Ok(0));
    check("ldp_vp", entry("ldp_vc", "$.copy"), Ok(0));
    check("ldp_vp", first.clone(), nothing);
    check("jwt_vp", bare.clone(), foreign);
    check("ldp_vp", entry("ldp_vc", "$.holder"), foreign);
    check(
        "ldp_vp",
        entry("ldp_vc", "$"),
        Err("what descriptor `a` points at is not in format `ldp_vc`"),
    );
    check("ldp_vp", entry("ldp_vp", "$"), foreign);
    check("jwt_vp", entry("ldp_vc", "$.verifiableCredential[7]"), nothing);
    check("jwt_vp", entry("ldp_vc", "$.verifiableCredential[*]"), nothing);
    check("jwt_vp", entry("ldp_vc", "$.vp.verifiableCredential[0]"), nothing);
    for format in ["jwt_vc", "jwt", "ldp", "ldp_vp"] {
        let reason = format!("what descriptor `a` points at is not in format `{format}`");
        check("jwt_vp", entry(format, "$.verifiableCredential[0]"), Err(&reason));
    }
    check(
        "jwt_vp",
        entry("jwt_vc", "$.verifiableCredential[1]"),
        Err("descriptor `a`: another credential of the presentation is the first that matches"),
    );
    check("ldp_vp", json!([]), Err("no entry for descriptor `a`"));
    let mut unknown = bare.clone();
    unknown["id"] = json!("z");
    check("ldp_vp", json!([bare, unknown]), Err("entry for descriptor `z` is not asked for"));

    check("ldp_vp", nested("ldp_vp", "$", bare.clone()), Ok(0));
    check("jwt_vp", nested("jwt_vp", "$", first.clone()), Ok(0));
    check("jwt_vp", nested("ldp_vp", "$", first.clone()), Ok(0));
    check("ldp_vp", nested("ldp_vc", "$.verifiableCredential", bare.clone()), foreign);
    check("[ldp_vp]", nested("ldp_vp", "$[0]", bare.clone()), Ok(0));
    check("[ldp_vp]", nested("ldp_vp", "$[-1]", bare.clone()), Ok(0));
    check(
        "[ldp_vp]",
        nested("jwt_vp", "$[0]", bare.clone()),
        Err("what descriptor `a` points at is not in format `jwt_vp`"),
    );
    check("[ldp_vp]", nested("ldp_vp", "$[1]", bare.clone()), nothing);
    check("[ldp_vp]", nested("ldp_vp", "$", bare.clone()), nothing);
    check("[jwt_vp]", nested("ldp_vp", "$[0]", first.clone()), Ok(0));
    check("[jwt_vp]", nested("jwt_vp", "$[0]", first.clone()), Ok(0));
    check("[jwt_vp]", nested("ldp_vp", "$[0]", bare.clone()), foreign);
    check("[jwt_vp]", entry("ldp_vc", "$[0].verifiableCredential[0]"), Ok(0));
    check("[ldp_vp]", entry("ldp_vc", "$[0].verifiableCredential"), Ok(0));
    check("[jwt_vp]", first, nothing);
    check("[other,ldp_vp]", nested("ldp_vp", "$[1]", bare.clone()), Ok(1));
    check("[]", json!([]), Err("no presentation"));
    check("other", json!([]), Err("no presentation has the required credentials"));
    check("ldp_vp", entry("ldp_vc", "x"), Err("path of descriptor `a`: a path begins with `$`"));
}

#[test]
fn from_inside_a_list_a_single_credential_of_a_json_ld_presentation_is_no_list() {
    let credential = json!({ "a": 1 });
    let view = json!({ "verifiableCredential": [credential] });
    let check = |format: PresentationFormat, outer: &str| {
        let presentation =
            PresentationView { view: &view, format, credentials: vec![json_ld(&credential)] };
        let inner = json!({ "id": "a", "format": "ldp_vc", "path": "$.verifiableCredential" });
        let entry = json!({ "id": "a", "format": outer, "path": "$[0]", "path_nested": inner });
        let submission = json!({ "id": "s", "definition_id": "pd", "descriptor_map": [entry] });
        let submission = Submission::read(&submission).unwrap();
        submission.check(&definition("a"), Envelope::List(&[presentation])).is_ok()
    };
    assert!(check(PresentationFormat::LdpVp, "ldp_vp"));
    // The content of a JWT stays as it was signed.
    assert!(!check(PresentationFormat::JwtVp, "jwt_vp"));
}

#[test]
fn a_definition_that_asks_for_nothing_is_fulfilled_by_an_empty_submission() {
    let definition = definition("");
    let submission = Submission::parse(r#"{"id":"s","definition_id":"pd"}"#).unwrap();
    let fulfilled = submission.check(&definition, Envelope::List(&[])).unwrap();
    assert_eq!(fulfilled, Fulfilled { presentation: None, mappings: Vec::new() });
    let view = json!({});
    let empty = PresentationView {
        view: &view,
        format: PresentationFormat::JwtVp,
        credentials: Vec::new(),
    };
    let fulfilled = submission.check(&definition, Envelope::Single(&empty)).unwrap();
    assert_eq!(fulfilled.presentation, Some(0));
}

#[test]
fn another_definition_and_too_many_credentials_are_refused() {
    let definition = definition("a");
    let other = Submission::parse(r#"{"id":"s","definition_id":"other"}"#).unwrap();
    let expected = SubmissionError::OtherDefinition { definition_id: "other".to_owned() };
    assert_eq!(other.check(&definition, Envelope::List(&[])), Err(expected));
    let document = json!({ "a": 1 });
    let view = json!({});
    let many = PresentationView {
        view: &view,
        format: PresentationFormat::LdpVp,
        credentials: vec![json_ld(&document); PRESENTED_MAX + 1],
    };
    let submission = Submission::parse(r#"{"id":"s","definition_id":"pd"}"#).unwrap();
    let checked = submission.check(&definition, Envelope::Single(&many));
    assert_eq!(checked, Err(SubmissionError::TooManyCredentials));
}

fn any_entry() -> impl Strategy<Value = Entry> {
    let leaf = (".*", 0..6usize, ".*").prop_map(|(id, format, path)| Entry {
        id,
        format: ClaimFormat::ALL[format],
        path,
        path_nested: None,
    });
    leaf.prop_recursive(4, 8, 1, |inner| {
        (inner.clone(), inner).prop_map(|(outer, inner)| Entry {
            path_nested: Some(Box::new(Entry { path_nested: None, ..inner })),
            ..outer
        })
    })
}

proptest! {
    #[test]
    fn reading_never_panics(text in ".*") {
        let _ = Submission::parse(&text);
    }

    #[test]
    fn reading_what_looks_like_a_submission_never_panics(
        text in r#"(\{"(id|definition_id|descriptor_map|path_nested|format)":|\[|\]|\}|,|"ldp_vc"|"\$"|null|1){0,20}"#,
    ) {
        let _ = Submission::parse(&text);
    }

    #[test]
    fn what_is_written_is_read_back(
        id in ".*", definition_id in ".*", map in proptest::collection::vec(any_entry(), 0..4),
    ) {
        let submission = Submission { id, definition_id, descriptor_map: map };
        prop_assert_eq!(Submission::parse(&submission.to_string()), Ok(submission));
    }
}
