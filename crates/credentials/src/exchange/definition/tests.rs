//! What a definition is refused for, and what it is only told.

#![expect(clippy::needless_pass_by_value, reason = "cases are written in place")]

use pecan_jose::json;
use serde_json::json;

use super::*;
use crate::exchange::field::FieldPath;
use crate::exchange::requirement::{REQUIREMENT_DEPTH_MAX, REQUIREMENTS_MAX, Rule, Source};
use crate::exchange::warning::WarningReason;

fn with_descriptor(descriptor: Value) -> Value {
    json!({ "id": "pd", "input_descriptors": [descriptor] })
}

fn with_constraints(constraints: Value) -> Value {
    with_descriptor(json!({ "id": "d", "constraints": constraints }))
}

fn with_field(field: Value) -> Value {
    with_constraints(json!({ "fields": [field] }))
}

fn with_filter(filter: Value) -> Value {
    with_field(json!({ "path": ["$.a"], "filter": filter }))
}

fn with_requirement(requirement: Value) -> Value {
    json!({ "id": "pd", "input_descriptors": [], "submission_requirements": [requirement] })
}

fn refused(definition: &Value, place: &str, reason: DefinitionReason) {
    let error = Definition::compile(definition).expect_err(&definition.to_string());
    assert_eq!(error, DefinitionError { place: place.to_owned(), reason });
}

#[test]
fn members_that_counterparties_refuse_are_refused_with_their_place() {
    use DefinitionReason::*;
    refused(&json!([]), "", NotAnObject);
    refused(&json!({ "input_descriptors": [] }), "", Missing { member: "id" });
    refused(&json!({ "id": "a" }), "", Missing { member: "input_descriptors" });
    refused(&json!({ "id": 1, "input_descriptors": [] }), "/id", NotText);
    refused(&json!({ "id": "a", "name": null, "input_descriptors": [] }), "/name", NotText);
    refused(&json!({ "id": "a", "input_descriptors": {} }), "/input_descriptors", NotAnArray);
    refused(&json!({ "id": "a", "input_descriptors": [], "a/~b": 1 }), "/a~1~0b", UnknownMember);
    refused(&json!({ "id": "a", "input_descriptors": [], "frame": 1 }), "/frame", NotAnObject);
    let descriptor = "/input_descriptors/0";
    refused(&with_descriptor(json!({ "constraints": {} })), descriptor, Missing { member: "id" });
    refused(&with_descriptor(json!({ "id": "d" })), descriptor, Missing { member: "constraints" });
    refused(
        &with_descriptor(json!({ "id": "d", "constraints": {}, "schema": [] })),
        "/input_descriptors/0/schema",
        UnknownMember,
    );
    refused(
        &with_descriptor(json!({ "id": "d", "constraints": {}, "group": ["a", 1] })),
        "/input_descriptors/0/group/1",
        NotText,
    );
    let constraints = |name: &str| format!("/input_descriptors/0/constraints/{name}");
    refused(&with_constraints(json!({ "a": 1 })), &constraints("a"), UnknownMember);
    let choices = &["required", "preferred"];
    let limit = json!({ "limit_disclosure": "a" });
    refused(&with_constraints(limit), &constraints("limit_disclosure"), NotOneOf { choices });
    let statuses = json!({ "statuses": { "active": { "type": [] } } });
    refused(&with_constraints(statuses), &constraints("statuses/active/type"), Empty);
    let holder = json!({ "is_holder": [{ "field_id": [] }] });
    refused(
        &with_constraints(holder),
        &constraints("is_holder/0"),
        Missing { member: "directive" },
    );
    let field = |name: &str| format!("/input_descriptors/0/constraints/fields/0{name}");
    refused(&with_field(json!({})), &field(""), Missing { member: "path" });
    refused(&with_field(json!({ "path": "$.a" })), &field("/path"), NotAnArray);
    refused(&with_field(json!({ "path": [1] })), &field("/path/0"), NotText);
    refused(&with_field(json!({ "path": [], "x": 1 })), &field("/x"), UnknownMember);
    refused(&with_field(json!({ "path": [], "optional": 1 })), &field("/optional"), NotABoolean);
    let predicate = json!({ "path": [], "predicate": "required" });
    refused(&with_field(predicate), &field(""), Missing { member: "filter" });
    refused(&with_filter(json!(true)), &field("/filter"), NotAnObject);
    refused(&with_filter(json!({ "const": 1 })), &field("/filter/const"), NotText);
    refused(&with_filter(json!({ "enum": ["a", 1] })), &field("/filter/enum/1"), NotText);
    refused(&with_filter(json!({ "type": "text" })), &field("/filter/type"), UnknownType);
    refused(&with_filter(json!({ "pattern": 1 })), &field("/filter/pattern"), NotText);
}

#[test]
fn formats_are_six_with_lists_of_their_own() {
    use DefinitionReason::*;
    let check = |format: Value, place: &str, reason| {
        refused(&json!({ "id": "a", "input_descriptors": [], "format": format }), place, reason);
    };
    check(json!([]), "/format", NotAnObject);
    check(json!({ "vc+sd-jwt": {} }), "/format/vc+sd-jwt", UnknownFormat);
    check(json!({ "jwt_vc": [] }), "/format/jwt_vc", NotAnObject);
    check(json!({ "jwt_vc": { "proof_type": ["a"] } }), "/format/jwt_vc/proof_type", UnknownMember);
    check(json!({ "ldp_vc": { "proof_type": [] } }), "/format/ldp_vc/proof_type", Empty);
    check(json!({ "jwt": { "alg": [1] } }), "/format/jwt/alg/0", NotText);
}

#[test]
fn requirements_have_one_rule_and_one_source() {
    use DefinitionReason::*;
    let place = |name: &str| format!("/submission_requirements/0{name}");
    let check = |requirement: Value, at: &str, reason| {
        refused(&with_requirement(requirement), &place(at), reason);
    };
    check(json!({ "from": "A" }), "", Missing { member: "rule" });
    check(json!({ "rule": "any", "from": "A" }), "/rule", NotOneOf { choices: &["all", "pick"] });
    check(json!({ "rule": "all" }), "", NotOneSource);
    check(json!({ "rule": "all", "from": "A", "from_nested": [] }), "", NotOneSource);
    check(json!({ "rule": "all", "from_nested": [] }), "/from_nested", Empty);
    check(json!({ "rule": "pick", "from": "A", "count": 0 }), "/count", NotAWholeNumber { min: 1 });
    check(json!({ "rule": "pick", "from": "A", "min": -1 }), "/min", NotAWholeNumber { min: 0 });
    check(json!({ "rule": "pick", "from": "A", "max": 1.5 }), "/max", NotAWholeNumber { min: 0 });
    check(json!({ "rule": "all", "from": 1 }), "/from", NotText);
    check(json!({ "rule": "all", "from": "A", "x": 1 }), "/x", UnknownMember);
    let mut nested = json!({ "rule": "all", "from": "A" });
    for _ in 0..REQUIREMENT_DEPTH_MAX {
        nested = json!({ "rule": "all", "from_nested": [nested] });
    }
    let error = Definition::compile(&with_requirement(nested)).unwrap_err();
    assert_eq!(error.reason, TooDeep { max: REQUIREMENT_DEPTH_MAX });

    let text = json!({ "name": "n", "rule": "pick", "count": 1, "from_nested": [
        { "rule": "all", "from": "A" }, { "rule": "pick", "min": 0, "max": 2, "from": "B" }] });
    let definition = Definition::compile(&with_requirement(text)).unwrap();
    let [requirement] = definition.requirements() else { panic!("one requirement") };
    assert_eq!(requirement.name.as_deref(), Some("n"));
    assert_eq!(requirement.rule, Rule::Pick { count: Some(1), min: None, max: None });
    let Source::Nested(nested) = &requirement.source else { panic!("nested") };
    assert_eq!(nested[0].rule, Rule::All);
    assert_eq!(nested[1].source, Source::Group("B".to_owned()));
}

#[test]
fn every_limit_holds() {
    use DefinitionReason::*;
    let check = |definition: Value, reason| {
        assert_eq!(Definition::compile(&definition).unwrap_err().reason, reason);
    };
    let descriptor = json!({ "id": "d", "constraints": {} });
    let descriptors = vec![descriptor; DESCRIPTORS_MAX + 1];
    check(json!({ "id": "a", "input_descriptors": descriptors }), TooMany { max: DESCRIPTORS_MAX });
    let fields = vec![json!({ "path": [] }); FIELDS_MAX + 1];
    check(with_constraints(json!({ "fields": fields })), TooMany { max: FIELDS_MAX });
    let paths = vec!["$.a"; FIELD_PATHS_MAX + 1];
    check(with_field(json!({ "path": paths })), TooMany { max: FIELD_PATHS_MAX });
    let fields =
        vec![json!({ "path": vec!["$.a"; FIELD_PATHS_MAX] }); PATHS_MAX / FIELD_PATHS_MAX + 1];
    check(with_constraints(json!({ "fields": fields })), TooManyPaths);
    let field = json!({ "path": ["$.a"], "filter": { "type": "string", "pattern": "a" } });
    let descriptors = vec![json!({ "id": "d", "constraints": { "fields": vec![field; 129] } }); 2];
    check(json!({ "id": "a", "input_descriptors": descriptors }), TooManyPatterns);
    check(with_filter(json!({ "enum": vec!["a"; LIST_MAX + 1] })), TooMany { max: LIST_MAX });
    let many = vec![json!({ "rule": "all", "from": "A" }); 130];
    let nested = vec![json!({ "rule": "all", "from_nested": many }); 2];
    let requirement = json!({ "rule": "all", "from_nested": nested });
    check(with_requirement(requirement), TooMany { max: REQUIREMENTS_MAX });
    let long = format!("{{\"id\":\"{}\"}}", "a".repeat(DEFINITION_BYTES_MAX));
    assert_eq!(Definition::parse(&long).unwrap_err().reason, TooLong);
    let deep = "[".repeat(10_000);
    assert_eq!(Definition::parse(&deep).unwrap_err().reason, NotJson(json::Error::TooDeep));
}

#[test]
fn what_counterparties_load_is_loaded_with_a_warning() {
    let check = |definition: &Value, expected: &[(&str, WarningReason)]| {
        let definition = Definition::compile(definition).unwrap();
        let warnings: Vec<(&str, WarningReason)> = definition
            .warnings()
            .iter()
            .map(|warning| (warning.place.as_str(), warning.reason.clone()))
            .collect();
        assert_eq!(warnings, expected);
    };
    let field = "/input_descriptors/0/constraints/fields/0";
    let at = |name: &str| format!("{field}{name}");
    check(
        &json!({ "id": "", "input_descriptors": [], "frame": {} }),
        &[("/id", WarningReason::Empty), ("/frame", WarningReason::Ignored)],
    );
    check(
        &with_constraints(json!({ "limit_disclosure": "required" })),
        &[("/input_descriptors/0/constraints/limit_disclosure", WarningReason::Ignored)],
    );
    let predicate =
        json!({ "path": ["$.a"], "predicate": "preferred", "filter": { "type": "string" } });
    check(&with_field(predicate), &[(&at("/predicate"), WarningReason::Ignored)]);
    check(&with_field(json!({ "path": [] })), &[(&at("/path"), WarningReason::Empty)]);
    let error = crate::exchange::path::Error::NoRoot;
    check(
        &with_field(json!({ "path": ["a"] })),
        &[(&at("/path/0"), WarningReason::BadPath { error })],
    );
    let filter = json!({ "type": "string", "minimum": 1, "filter": {}, "title": "t" });
    check(
        &with_filter(filter),
        &[
            (&at("/filter/minimum"), WarningReason::IgnoredKeyword),
            (&at("/filter/filter"), WarningReason::IgnoredKeyword),
        ],
    );
    let error = crate::exchange::pattern::PatternError::TooManyGroups { groups: 2 };
    check(
        &with_filter(json!({ "type": "string", "pattern": "(a)(b)" })),
        &[(&at("/filter/pattern"), WarningReason::BadPattern { error })],
    );
    check(&with_filter(json!({ "const": "a" })), &[(&at("/filter"), WarningReason::NoType)]);
    check(
        &with_field(json!({ "id": "aud", "path": ["$.a"] })),
        &[(&at("/id"), WarningReason::ReservedName { id: "aud".to_owned() })],
    );
    let twice = json!({ "id": "d", "group": ["B"], "constraints": { "fields": [{ "id": "f", "path": ["$.a"] }] } });
    let definition = json!({ "id": "a", "input_descriptors": [twice, twice],
        "submission_requirements": [{ "rule": "all", "from": "A" }] });
    let unused = || WarningReason::UnusedGroup { group: "B".to_owned() };
    check(
        &definition,
        &[
            ("/input_descriptors/0/group", unused()),
            ("/input_descriptors/1/id", WarningReason::DuplicateDescriptor { id: "d".to_owned() }),
            (
                "/input_descriptors/1/constraints/fields/0/id",
                WarningReason::DuplicateField { id: "f".to_owned() },
            ),
            ("/input_descriptors/1/group", unused()),
        ],
    );
}

#[test]
fn a_definition_remembers_what_it_was() {
    let text = r#"{"id":"pd","name":"n","purpose":"p","format":{"ldp_vc":{"proof_type":["JsonWebSignature2020"]},"jwt_vp_json":{"alg":["ES256"]}},
        "input_descriptors":[{"id":"d","name":"dn","purpose":"dp","group":["A"],"constraints":{"fields":[
            {"id":"fhir endpoint","path":["$.a","$.b"],"optional":true},{"id":"scope","path":["$.c"]}]}}]}"#;
    let definition = Definition::parse(text).unwrap();
    assert_eq!(
        (definition.id(), definition.name(), definition.purpose()),
        ("pd", Some("n"), Some("p"))
    );
    assert_eq!(definition.source(), &serde_json::from_str::<Value>(text).unwrap());
    assert!(definition.has_field_id("fhir endpoint") && !definition.has_field_id("d"));
    assert_eq!(definition.reserved_field_ids(), ["scope"]);
    assert!(definition.formats().names_presentation_format());
    let [descriptor] = definition.descriptors() else { panic!("one descriptor") };
    assert_eq!((descriptor.name(), descriptor.purpose()), (Some("dn"), Some("dp")));
    assert_eq!(descriptor.groups(), ["A"]);
    let field = &descriptor.fields()[0];
    assert!(field.is_optional());
    let paths: Vec<&str> = field.paths().iter().map(FieldPath::as_str).collect();
    assert_eq!(paths, ["$.a", "$.b"]);
}

#[test]
fn a_filter_within_a_filter_loads_and_matches_as_if_it_were_not_there() {
    let filter = json!({ "type": "string", "filter": { "type": "string" } });
    let field = json!({ "path": ["$.a"], "filter": filter });
    let descriptor = json!({ "id": "d", "constraints": { "fields": [field] } });
    let source = json!({ "id": "p", "format": { "ldp_vc": { "proof_type": ["JsonWebSignature2020"] } }, "input_descriptors": [descriptor] });
    let definition = Definition::compile(&source).unwrap();
    let places: Vec<&str> =
        definition.warnings().iter().map(|warning| warning.place.as_str()).collect();
    assert_eq!(places, ["/input_descriptors/0/constraints/fields/0/filter/filter"]);
    let document = json!({ "a": "x" });
    let wallet = [crate::exchange::Candidate {
        view: &document,
        format: crate::format::Format::LdpVc,
        algorithm: None,
        proof_types: &[],
        raw: &document,
    }];
    let choice = definition.select(&wallet, &crate::exchange::select::Selection::new());
    assert_eq!(choice.map(|choice| choice.mappings.len()), Ok(1));
}
