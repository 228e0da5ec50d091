//! How paths, filters and formats together decide, and how it is explained.

use serde_json::{Value, json};

use super::*;
use crate::exchange::definition::Definition;
use crate::exchange::mismatch::{FieldReason, UnmatchableReason};

const PROOFS: &[String] = &[];

fn candidate(view: &Value, format: Format) -> Candidate<'_> {
    Candidate { view, format, algorithm: None, proof_types: PROOFS, raw: view }
}

fn definition(fields: &Value) -> Definition {
    let descriptor = json!({ "id": "d", "constraints": { "fields": fields } });
    Definition::compile(&json!({ "id": "pd", "input_descriptors": [descriptor] })).unwrap()
}

/// The claims, or why there are none.
fn run(definition: &Definition, candidate: &Candidate<'_>) -> Result<Vec<Value>, String> {
    let [descriptor] = definition.descriptors() else { panic!("one descriptor") };
    let found = descriptor.find_match(definition.formats(), candidate, Reading::Wider);
    let explanation = descriptor.explain(definition.formats(), candidate);
    assert_eq!(matches!(found, Ok(Some(_))), explanation.is_none(), "{explanation:?}");
    let found = found.map_err(|error| error.to_string())?;
    let Some(found) = found else { return Err(explanation.unwrap().to_string()) };
    let claim = |value: Option<FieldValue<'_>>| value.map_or(Value::Null, |value| value.to_value());
    Ok(found.values.into_iter().map(claim).collect())
}

fn check_field(field: &Value, view: &Value, expected: Result<Value, &str>) {
    let outcome = run(&definition(&json!([field])), &candidate(view, Format::LdpVc));
    let expected = expected.map(|value| vec![value]).map_err(str::to_owned);
    assert_eq!(outcome, expected, "{field} on {view}");
}

#[test]
fn paths_are_tried_in_order() {
    let view = json!({ "a": "x", "b": "y", "n": null, "list": [1] });
    let text = json!({ "type": "string", "const": "y" });
    check_field(&json!({ "path": ["$.z", "$.n", "$.a"] }), &view, Ok(json!("x")));
    check_field(&json!({ "path": ["$.b", "$.a"] }), &view, Ok(json!("y")));
    check_field(&json!({ "path": ["$.a", "$.b"], "filter": text }), &view, Ok(json!("y")));
    check_field(&json!({ "path": ["$..z", "$.a"] }), &view, Ok(json!([])));
    check_field(
        &json!({ "path": ["$.a"], "filter": text }),
        &view,
        Err("field 0 at `$.a`: `x` is not `y`"),
    );
    check_field(
        &json!({ "path": ["$.z", "$.n"] }),
        &view,
        Err("field 0 at `$.z`, `$.n`: no value"),
    );
    check_field(&json!({ "path": [] }), &view, Err("field 0 at nothing: no value"));
    check_field(&json!({ "path": ["$.z"], "optional": true }), &view, Ok(Value::Null));
    check_field(&json!({ "path": [], "optional": true }), &view, Ok(Value::Null));
    // An optional value that is there must be right.
    check_field(
        &json!({ "id": "i", "path": ["$.a", "$.z"], "optional": true, "filter": text }),
        &view,
        Err("field 0 (`i`) at `$.a`, `$.z`: `x` is not `y`"),
    );
    // A path that is none matters when it is its turn.
    check_field(&json!({ "path": ["$.a", "a"] }), &view, Ok(json!("x")));
    check_field(
        &json!({ "path": ["$.z", "a"] }),
        &view,
        Err("field 0 of descriptor `d`: `a` is no path: a path begins with `$`"),
    );
}

#[test]
fn every_fault_is_put_into_words() {
    let view = json!({ "a": "x", "n": 1, "o": {}, "l": ["p", "q"] });
    let check = |path: &str, filter: Value, expected: &str| {
        let error = format!("field 0 at `{path}`: {expected}");
        check_field(&json!({ "path": [path], "filter": filter }), &view, Err(&error));
    };
    check("$.n", json!({ "type": "string" }), "number where string is asked for");
    check(
        "$.a",
        json!({ "const": "x" }),
        "string where nothing, for the filter has no `type`, is asked for",
    );
    check("$.a", json!({ "enum": ["b", "c"] }), "`x` is not among `b`, `c`");
    check("$.l", json!({ "type": "string", "const": "r" }), "`[\"p\",\"q\"]` is not `r`");
    check(
        "$.l[*]",
        json!({ "type": "string", "pattern": "r" }),
        "`[\"p\",\"q\"]` does not match the pattern `r`",
    );
    check_field(
        &json!({ "path": ["$.o"], "filter": { "type": "object" } }),
        &view,
        Err("field 0 of descriptor `d`: no filter applies to an object"),
    );
    check_field(&json!({ "path": ["$.o"] }), &view, Ok(json!({})));
    let long = json!({ "a": "a".repeat(1_000) + "!" });
    let costly =
        json!({ "path": ["$.a"], "filter": { "type": "string", "pattern": "^(?:(?=a)a+)+$" } });
    check_field(
        &costly,
        &long,
        Err("field 0 at `$.a`: searching for the pattern `^(?:(?=a)a+)+$` takes too long"),
    );
    let constant =
        definition(&json!([{ "path": ["$.a"], "filter": { "type": "string", "const": "b" } }]));
    let mismatch =
        constant.descriptors()[0].explain(constant.formats(), &candidate(&long, Format::LdpVc));
    let Some(Mismatch::Field { reason: FieldReason::NotEqual { found, .. }, .. }) = mismatch else {
        panic!("{mismatch:?}")
    };
    assert_eq!(found.chars().count(), crate::exchange::mismatch::FOUND_CHARACTERS_MAX + 1);
    let wide = json!({ "a": vec![vec![1; 400]; 400] });
    let path = json!({ "path": ["$..*"], "optional": true });
    check_field(&path, &wide, Err("field 0 at `$..*`: following the path `$..*` takes too long"));
}

#[test]
fn all_fields_must_match() {
    let fields =
        json!([{ "path": ["$.a"] }, { "path": ["$.b"], "optional": true }, { "path": ["$.c"] }]);
    let definition = definition(&fields);
    let (full, short) = (json!({ "a": 1, "c": 3 }), json!({ "a": 1 }));
    assert_eq!(
        run(&definition, &candidate(&full, Format::LdpVc)),
        Ok(vec![json!(1), Value::Null, json!(3)])
    );
    let error = "field 2 at `$.c`: no value".to_owned();
    assert_eq!(run(&definition, &candidate(&short, Format::LdpVc)), Err(error));
}

#[test]
fn a_jwt_credential_has_one_subject_behind_a_bare_path() {
    let view = json!({ "credentialSubject": [{ "name": "A" }] });
    let check = |field: Value, view: &Value, format, expected: Option<(Value, bool)>| {
        let definition = definition(&json!([field]));
        let find = |reading| {
            let descriptor = &definition.descriptors()[0];
            descriptor.find_match(definition.formats(), &candidate(view, format), reading).unwrap()
        };
        let found = find(Reading::Wider).map(|found| {
            let value = found.values[0].as_ref().map_or(Value::Null, FieldValue::to_value);
            (value, find(Reading::Shared).is_none())
        });
        assert_eq!(found, expected, "{field} on {view}");
    };
    let bare = json!({ "path": ["$.credentialSubject.name"] });
    check(bare.clone(), &view, Format::JwtVc, Some((json!("A"), true)));
    check(bare.clone(), &view, Format::LdpVc, None);
    let two = json!({ "credentialSubject": [{ "name": "A" }, { "name": "B" }] });
    check(bare.clone(), &two, Format::JwtVc, None);
    check(
        bare,
        &json!({ "credentialSubject": { "name": "A" } }),
        Format::JwtVc,
        Some((json!("A"), false)),
    );
    // Where the dialect has an answer, it stands.
    let both = json!({ "path": ["$.credentialSubject.name", "$.credentialSubject[0].name"] });
    check(both, &view, Format::JwtVc, Some((json!("A"), false)));
    let optional = json!({ "path": ["$.credentialSubject.name"], "optional": true });
    check(optional, &view, Format::JwtVc, Some((Value::Null, false)));
    let other = json!({ "path": ["$.credentialSubject.name"], "filter": { "type": "string", "const": "B" } });
    check(other.clone(), &view, Format::JwtVc, None);
    let definition = definition(&json!([other]));
    let reason = run(&definition, &candidate(&view, Format::JwtVc));
    assert_eq!(reason, Err("field 0 at `$.credentialSubject.name`: `A` is not `B`".to_owned()));
}

#[test]
fn both_levels_of_format_must_accept() {
    let view = json!({});
    let types = ["JsonWebSignature2020".to_owned()];
    let none = json!({});
    let jws = json!({ "ldp_vc": { "proof_type": ["JsonWebSignature2020"] } });
    let es256 = json!({ "jwt_vc": { "alg": ["ES256"] } });
    let signed_ldp = Candidate { proof_types: &types, ..candidate(&view, Format::LdpVc) };
    let unsigned_ldp = candidate(&view, Format::LdpVc);
    let signed_jwt = Candidate { algorithm: Some("ES256"), ..candidate(&view, Format::JwtVc) };
    let unsigned_jwt = candidate(&view, Format::JwtVc);
    let check = |format: &Value, candidate: &Candidate<'_>, expected: Result<(), &str>| {
        for (upper, lower) in [(format, &none), (&none, format), (format, format)] {
            let descriptor = json!({ "id": "d", "constraints": {}, "format": lower });
            let definition =
                json!({ "id": "pd", "format": upper, "input_descriptors": [descriptor] });
            let outcome = run(&Definition::compile(&definition).unwrap(), candidate).map(|_| ());
            assert_eq!(outcome, expected.map_err(str::to_owned), "{definition}");
        }
    };
    check(&none, &signed_ldp, Ok(()));
    check(&none, &signed_jwt, Ok(()));
    check(&jws, &signed_ldp, Ok(()));
    check(&jws, &unsigned_ldp, Ok(()));
    check(&jws, &signed_jwt, Err("the format `jwt_vc` is not among `ldp_vc`"));
    check(&es256, &signed_jwt, Ok(()));
    check(&es256, &unsigned_jwt, Ok(()));
    check(&json!({ "jwt_vc_json": { "alg": ["ES256"] } }), &signed_jwt, Ok(()));
    check(&es256, &signed_ldp, Err("the format `ldp_vc` is not among `jwt_vc`"));
    let other = json!({ "jwt_vc": { "alg": ["PS256", "RS256"] } });
    check(&other, &signed_jwt, Err("the algorithm `ES256` is not among `PS256`, `RS256`"));
    check(&json!({ "jwt_vc": {} }), &signed_jwt, Err("the algorithm `ES256` is not among nothing"));
    let other = json!({ "ldp_vc": { "proof_type": ["Ed25519Signature2018"] } });
    let error = "the proof types `JsonWebSignature2020` are not among `Ed25519Signature2018`";
    check(&other, &signed_ldp, Err(error));
    let generic =
        json!({ "jwt": { "alg": ["ES256"] }, "ldp": { "proof_type": ["JsonWebSignature2020"] } });
    check(&generic, &signed_ldp, Err("the format `ldp_vc` is not among `jwt`, `ldp`"));
    check(&generic, &signed_jwt, Err("the format `jwt_vc` is not among `jwt`, `ldp`"));
    let presentations = json!({ "ldp_vp": { "proof_type": ["JsonWebSignature2020"] }, "jwt_vp": { "alg": ["ES256"] } });
    check(
        &presentations,
        &unsigned_ldp,
        Err("the format `ldp_vc` is not among `ldp_vp`, `jwt_vp`"),
    );
    // One level alone is not enough.
    let descriptor = json!({ "id": "d", "constraints": {}, "format": es256 });
    let mixed = json!({ "id": "pd", "format": jws, "input_descriptors": [descriptor] });
    assert!(run(&Definition::compile(&mixed).unwrap(), &signed_jwt).is_err());
    assert!(run(&Definition::compile(&mixed).unwrap(), &signed_ldp).is_err());
}

#[test]
fn an_object_under_a_filter_fails_the_whole_choice() {
    let definition = definition(
        &json!([{ "path": ["$.a"] }, { "path": ["$.o"], "filter": { "type": "string" } }]),
    );
    let view = json!({ "a": 1, "o": {} });
    let found = definition.descriptors()[0].find_match(
        definition.formats(),
        &candidate(&view, Format::LdpVc),
        Reading::Wider,
    );
    let expected =
        Unmatchable { descriptor: "d".to_owned(), field: 1, reason: UnmatchableReason::Object };
    assert_eq!(found, Err(expected));
}
