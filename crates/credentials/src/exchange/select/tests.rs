//! Each rule of choosing, as data.

use serde_json::{Value, json};

use super::*;
use crate::format::Format;

/// An unsigned JSON-LD credential.
pub(in crate::exchange) fn candidate(document: &Value) -> Candidate<'_> {
    Candidate {
        view: document,
        format: Format::LdpVc,
        algorithm: None,
        proof_types: &[],
        raw: document,
    }
}

fn candidates(documents: &[Value]) -> Vec<Candidate<'_>> {
    documents.iter().map(candidate).collect()
}

fn definition(descriptors: &Value, requirements: Option<Value>) -> Definition {
    let mut source = json!({ "id": "pd", "input_descriptors": descriptors });
    if let Some(requirements) = requirements {
        source["submission_requirements"] = requirements;
    }
    Definition::compile(&source).unwrap()
}

/// A descriptor whose fields must be there; the first letter of a field's path is its id too, when it is upper case.
fn descriptor(id: &str, members: &[&str]) -> Value {
    let fields: Vec<Value> = members
        .iter()
        .map(|member| match member.split_once('=') {
            Some((id, member)) => json!({ "id": id, "path": [format!("$.{member}")] }),
            None => json!({ "path": [format!("$.{member}")] }),
        })
        .collect();
    json!({ "id": id, "constraints": { "fields": fields } })
}

fn pairs(choice: &Choice<'_>) -> Vec<(usize, usize)> {
    choice.mappings.iter().map(|mapping| (mapping.descriptor, mapping.candidate)).collect()
}

fn selection(pairs: &[(&str, &str)]) -> Selection {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn requirements_take_what_their_rules_say() {
    // Descriptor `a` takes the credential with member `a`, and so on; `a` and `b` are of group A, `c` and `d` of group B.
    let check = |requirements: Value, wallet: &str, expected: Result<&str, &str>| {
        let groups = [("a", "A"), ("b", "A"), ("c", "B"), ("d", "B"), ("e", "")];
        let descriptors: Vec<Value> = groups
            .iter()
            .filter(|(_, group)| {
                group.is_empty() || requirements.to_string().contains(&format!("\"{group}\""))
            })
            .map(|(id, group)| {
                let mut descriptor = descriptor(id, &[id]);
                if !group.is_empty() {
                    descriptor["group"] = json!([group]);
                }
                descriptor
            })
            .collect();
        let definition = definition(&json!(descriptors), Some(requirements.clone()));
        let documents: Vec<Value> =
            wallet.chars().map(|kind| json!({ kind.to_string(): 1 })).collect();
        let candidates = candidates(&documents);
        let found = definition.select(&candidates, &Selection::new());
        let found = found.map(|choice| -> String {
            choice
                .mappings
                .iter()
                .map(|mapping| definition.descriptors()[mapping.descriptor].id())
                .collect()
        });
        let found = found.map_err(|no_choice| no_choice.to_string());
        assert_eq!(
            found.as_deref().map_err(String::as_str),
            expected,
            "{requirements} with {wallet}"
        );
    };
    let all = |group: &str| json!({ "rule": "all", "from": group });
    let short = "missing credentials\nsubmission requirement needs 2 of group `A`, there are 1";

    check(json!([all("A")]), "ba", Ok("ab"));
    check(json!([all("A")]), "bae", Ok("ab"));
    check(json!([all("A")]), "a", Err(short));
    check(json!([all("B"), all("A")]), "abcd", Ok("cdab"));

    let pick = |numbers: Value| {
        let mut requirement = json!({ "rule": "pick", "from": "A" });
        for (name, number) in numbers.as_object().unwrap() {
            requirement[name] = number.clone();
        }
        json!([requirement])
    };
    check(pick(json!({ "count": 1 })), "ab", Ok("a"));
    check(pick(json!({ "count": 1 })), "b", Ok("b"));
    check(pick(json!({ "count": 2 })), "ab", Ok("ab"));
    check(pick(json!({ "count": 2 })), "b", Err(short));
    check(
        pick(json!({ "count": 3 })),
        "ab",
        Err(&short.replace("needs 2", "needs 3").replace("are 1", "are 2")),
    );
    check(pick(json!({ "min": 1 })), "ab", Ok("ab"));
    check(pick(json!({ "min": 2 })), "a", Err(short));
    check(pick(json!({ "max": 1 })), "ab", Ok("a"));
    check(pick(json!({ "max": 0 })), "ab", Ok("ab"));
    check(pick(json!({ "min": 1, "max": 1 })), "ab", Ok("a"));
    check(pick(json!({ "min": 0, "max": 5 })), "b", Ok("b"));
    check(pick(json!({})), "ab", Ok("ab"));
    check(pick(json!({})), "b", Ok("b"));
    // It never fails, but a presentation without credentials is none.
    let none = "missing credentials\nconstraints not matched: no VC for InputDescriptor (a), \
                no VC for InputDescriptor (b), no VC for InputDescriptor (e)";
    check(pick(json!({})), "", Err(none));

    let nested = |rule: Value, inner: Value| {
        let mut requirement = rule;
        requirement["from_nested"] = inner;
        json!([requirement])
    };
    let both = json!([all("A"), all("B")]);
    check(nested(json!({ "rule": "all" }), both.clone()), "abcd", Ok("abcd"));
    check(nested(json!({ "rule": "pick", "count": 1 }), both.clone()), "abcd", Ok("ab"));
    // A nested requirement that fails counts as nothing.
    check(nested(json!({ "rule": "pick", "count": 1 }), both.clone()), "acd", Ok("cd"));
    check(
        nested(json!({ "name": "n", "rule": "all" }), both),
        "acd",
        Err(
            "missing credentials\nsubmission requirement `n` needs 2 of its nested requirements, there are 1 \
             (submission requirement needs 2 of group `A`, there are 1)",
        ),
    );
}

#[test]
fn a_group_that_no_requirement_takes_from_is_an_error() {
    let mut lost = descriptor("b", &["b"]);
    lost["group"] = json!(["B"]);
    let mut found = descriptor("a", &["a"]);
    found["group"] = json!(["A"]);
    let definition =
        definition(&json!([found, lost]), Some(json!([{ "rule": "all", "from": "A" }])));
    let documents = [json!({ "a": 1, "b": 1 })];
    let expected =
        NoChoice::UnreferencedGroup { descriptor: "b".to_owned(), group: "B".to_owned() };
    assert_eq!(definition.select(&candidates(&documents), &Selection::new()), Err(expected));
}

#[test]
fn a_credential_is_sent_once_for_requirements_and_once_per_descriptor_without() {
    let group = |id: &str| {
        let mut descriptor = descriptor(id, &["a"]);
        descriptor["group"] = json!(["A"]);
        descriptor
    };
    let descriptors = json!([group("x"), group("y")]);
    // The same credential twice in the wallet is one credential.
    let documents = [json!({ "a": 1 }), json!({ "a": 1 })];
    let candidates = candidates(&documents);
    let with = definition(&descriptors, Some(json!([{ "rule": "all", "from": "A" }])));
    assert_eq!(pairs(&with.select(&candidates, &Selection::new()).unwrap()), [(0, 0)]);
    let without = definition(&descriptors, None);
    assert_eq!(pairs(&without.select(&candidates, &Selection::new()).unwrap()), [(0, 0), (1, 0)]);
}

#[test]
fn the_first_match_counts_unless_another_one_is_selected() {
    let definition =
        definition(&json!([descriptor("d", &["name=name", "city=city", "level=level"])]), None);
    let documents = [
        json!({ "name": "North", "city": "Assen", "level": 1 }),
        json!({ "name": "West", "city": "Utrecht", "level": 2.5 }),
        json!({ "name": "East", "city": "Utrecht", "level": true }),
        json!({ "name": "None", "city": ["Utrecht"], "level": {} }),
        json!({ "other": 1 }),
    ];
    let candidates = candidates(&documents);
    let check = |pairs_of: &[(&str, &str)], expected: Result<usize, &str>| {
        let found = definition.select(&candidates, &selection(pairs_of));
        let found = found.map(|choice| choice.mappings[0].candidate);
        let found = found.map_err(|no_choice| no_choice.to_string());
        assert_eq!(
            found.as_ref().map_err(String::as_str),
            expected.as_ref().map_err(|text| *text),
            "{pairs_of:?}"
        );
    };
    let missing = "missing credentials\nconstraints not matched: no VC for InputDescriptor (d)";
    check(&[], Ok(0));
    check(&[("name", "West")], Ok(1));
    check(&[("name", "Nobody")], Err(missing));
    check(&[("city", "Utrecht"), ("name", "East")], Ok(2));
    check(&[("level", "1")], Ok(0));
    check(&[("level", "2.5")], Ok(1));
    check(&[("level", "true")], Ok(2));
    check(&[("level", "{}")], Err(missing));
    check(&[("city", "Utrecht")], Err("input descriptor 'd': multiple matching credentials"));
    check(
        &[("foo", "x")],
        Err(
            "credential_selection key 'foo' does not match any field id in the presentation definition",
        ),
    );
}

#[test]
fn descriptors_without_a_selected_field_take_the_first_match() {
    let definition =
        definition(&json!([descriptor("a", &["a=a"]), descriptor("b", &["b=b"])]), None);
    let documents =
        [json!({ "a": "1" }), json!({ "a": "2" }), json!({ "b": "1" }), json!({ "b": "2" })];
    let choice = definition.select(&candidates(&documents), &selection(&[("a", "2")])).unwrap();
    assert_eq!(pairs(&choice), [(0, 1), (1, 2)]);
}

#[test]
fn descriptors_that_share_a_field_id_get_equal_values_where_possible() {
    let check = |descriptors: Value, documents: &[Value], expected: &[(usize, usize)]| {
        let definition = definition(&descriptors, None);
        let choice = definition.select(&candidates(documents), &Selection::new()).unwrap();
        assert_eq!(pairs(&choice), expected, "{documents:?}");
    };
    let pair =
        json!([descriptor("one", &["a", "patient=p"]), descriptor("two", &["b", "patient=p"])]);
    let of = |kind: &str, patient: u64| json!({ kind: 1, "p": patient });
    check(pair.clone(), &[of("a", 1), of("a", 2), of("b", 2)], &[(0, 1), (1, 2)]);
    check(pair.clone(), &[of("a", 1), of("b", 2), of("b", 1)], &[(0, 0), (1, 2)]);
    check(pair.clone(), &[of("a", 1), of("b", 1), of("b", 2)], &[(0, 0), (1, 1)]);
    // Without such a choice the first match stands.
    check(pair, &[of("a", 1), of("a", 3), of("b", 2)], &[(0, 0), (1, 2)]);

    // The third agrees with the second, but a verifier would take the second for both.
    let pair =
        json!([descriptor("one", &["a", "patient=p"]), descriptor("two", &["b", "patient=q"])]);
    let documents = [
        json!({ "a": 1, "p": 1 }),
        json!({ "a": 1, "p": 2, "b": 1, "q": 3 }),
        json!({ "b": 1, "q": 2 }),
    ];
    check(pair, &documents, &[(0, 0), (1, 1)]);
}

#[test]
fn the_search_for_agreement_ends() {
    let descriptors: Vec<Value> =
        (0..20).map(|index| descriptor(&format!("d{index}"), &["patient=p"])).collect();
    let mut last = descriptor("last", &["z", "patient=p"]);
    last["constraints"]["fields"][1]["path"] = json!(["$.z"]);
    let mut all = descriptors;
    all.push(last);
    let definition = definition(&json!(all), None);
    let mut documents: Vec<Value> = (0..50).map(|index| json!({ "p": 1, "n": index })).collect();
    documents.push(json!({ "z": 9 }));
    let choice = definition.select(&candidates(&documents), &Selection::new()).unwrap();
    assert_eq!(choice.mappings.last().map(|mapping| mapping.candidate), Some(50));
}

#[test]
fn a_choice_is_one_that_the_verifier_repeats() {
    // In the wallet the first credential matches `two` first; in the presentation it comes after one that matches as well.
    let descriptors = json!([descriptor("one", &["a=a"]), descriptor("two", &["b=b"])]);
    let definition = definition(&descriptors, None);
    let documents = [json!({ "b": "1" }), json!({ "a": "2", "b": "2" })];
    let candidates = candidates(&documents);
    let choice = definition.select(&candidates, &Selection::new()).unwrap();
    assert_eq!(pairs(&choice), [(0, 1), (1, 1)]);
    let contested = NoChoice::Contested { descriptor: "two".to_owned() };
    assert_eq!(definition.select(&candidates, &selection(&[("b", "1")])), Err(contested));
}

#[test]
fn wallets_are_tried_in_order_and_never_combined() {
    let definition =
        definition(&json!([descriptor("a", &["a=a"]), descriptor("b", &["b=b"])]), None);
    let documents =
        [json!({ "a": "1" }), json!({ "b": "1" }), json!({ "a": "2" }), json!({ "b": "2" })];
    let all = candidates(&documents);
    let (a1, b1, a2) = (&all[..1], &all[1..2], &all[2..3]);
    let none = Selection::new();
    assert_eq!(definition.select_wallet(&[a1, &all, b1], &none).unwrap().0, 1);
    let refused = definition.select_wallet(&[a1, b1], &none).unwrap_err();
    assert_eq!(refused.refusals.len(), 2);
    assert_eq!(
        refused.to_string(),
        "missing credentials\nconstraints not matched: no VC for InputDescriptor (a)"
    );
    // What is ambiguous in one wallet is not settled by another.
    let both = [all[0], all[0], all[1]];
    let refused = definition.select_wallet(&[&both, &all], &selection(&[("a", "1")])).unwrap_err();
    assert!(matches!(refused.refusals.as_slice(), [NoChoice::Ambiguous { .. }]));
    let refused = definition.select_wallet(&[a2], &selection(&[("foo", "1")])).unwrap_err();
    assert!(matches!(refused.refusals.as_slice(), [NoChoice::UnknownField { .. }]));
}

#[test]
fn a_definition_without_descriptors_asks_for_no_credentials() {
    let definition = definition(&json!([]), None);
    assert!(!definition.requires_credentials());
    assert_eq!(definition.select(&[], &Selection::new()), Ok(Choice::default()));
    assert_eq!(definition.select_wallet(&[], &Selection::new()), Ok((0, Choice::default())));
}

#[test]
fn a_value_that_cannot_be_matched_fails_the_choice_unless_it_comes_after_the_match() {
    let definition = definition(
        &json!([{ "id": "d", "constraints": { "fields": [
            { "path": ["$.a"], "filter": { "type": "string" } }] } }]),
        None,
    );
    let (good, bad) = (json!({ "a": "x" }), json!({ "a": {} }));
    let none = Selection::new();
    assert_eq!(
        pairs(&definition.select(&[candidate(&good), candidate(&bad)], &none).unwrap()),
        [(0, 0)]
    );
    let refused = definition.select(&[candidate(&bad), candidate(&good)], &none).unwrap_err();
    assert!(matches!(refused, NoChoice::Unmatchable { candidate: 0, .. }), "{refused}");
}

#[test]
fn a_subject_that_only_this_node_finds_comes_after_those_that_every_node_finds() {
    let definition = definition(&json!([descriptor("d", &["credentialSubject.a"])]), None);
    let (lenient, strict) =
        (json!({ "credentialSubject": [{ "a": 1 }] }), json!({ "credentialSubject": { "a": 1 } }));
    let jwt = Candidate { format: Format::JwtVc, ..candidate(&lenient) };
    let none = Selection::new();
    assert_eq!(pairs(&definition.select(&[jwt], &none).unwrap()), [(0, 0)]);
    assert_eq!(pairs(&definition.select(&[jwt, candidate(&strict)], &none).unwrap()), [(0, 1)]);
}

#[test]
fn a_failed_choice_says_why_for_every_candidate() {
    let definition = definition(&json!([descriptor("d", &["a", "name=name"])]), None);
    let documents =
        [json!({ "b": 1 }), json!({ "a": 1, "name": "x" }), json!({ "a": 1, "name": [] })];
    let refused =
        definition.select(&candidates(&documents), &selection(&[("name", "y")])).unwrap_err();
    let [unfilled] = refused.unfilled() else { panic!("{refused:?}") };
    let kinds: Vec<_> = unfilled
        .exclusions
        .iter()
        .map(|(index, exclusion)| (*index, matches!(exclusion, Exclusion::Mismatch(_))))
        .collect();
    assert_eq!(kinds, [(0, true), (1, false), (2, false)]);
    let report = refused.report().to_string();
    assert!(report.contains("\n  d: no credential\n    credential 0: "), "{report}");
    assert!(report.contains("\n    credential 1: `name` is `x`, selected is `y`"), "{report}");
    assert!(report.ends_with("`name` has no value to compare, selected is `y`"), "{report}");
}

#[test]
fn a_whole_number_counts_as_integer_only_where_peers_find_nothing() {
    let field = json!({ "path": ["$.n"], "filter": { "type": "integer" } });
    let definition =
        definition(&json!([{ "id": "a", "constraints": { "fields": [field] } }]), None);
    // A list matches at peers whatever it holds, a number never does.
    let wallet = [json!({ "n": 1 }), json!({ "n": ["x"] })];
    let chosen = |wallet: &[Value]| {
        let choice = definition.select(&candidates(wallet), &Selection::new());
        choice.map(|choice| pairs(&choice)).ok()
    };
    assert_eq!(chosen(&wallet), Some(vec![(0, 1)]));
    assert_eq!(chosen(&wallet[..1]), Some(vec![(0, 0)]));
    assert_eq!(chosen(&[json!({ "n": 1.5 })]), None);
}

#[test]
fn wider_rules_do_not_change_a_choice_that_peers_make() {
    let mut descriptors = json!([
        { "id": "a", "group": ["G"], "constraints": { "fields": [{ "path": ["$.credentialSubject.x"] }] } },
        { "id": "b", "group": ["G"], "constraints": { "fields": [{ "path": ["$.id"] }] } },
    ]);
    let requirements = json!([{ "rule": "pick", "count": 1, "from": "G" }]);
    let document = json!({ "id": "urn:1", "credentialSubject": [{ "x": 1 }] });
    let wallet =
        [Candidate { format: Format::JwtVc, algorithm: Some("ES256"), ..candidate(&document) }];
    let chosen = |descriptors: &Value| {
        let definition = definition(descriptors, Some(requirements.clone()));
        definition.select(&wallet, &Selection::new()).map(|choice| pairs(&choice)).ok()
    };
    // Peers find no subject for `a`, and pick `b`.
    assert_eq!(chosen(&descriptors), Some(vec![(1, 0)]));
    descriptors[1]["constraints"]["fields"][0]["path"] = json!(["$.missing"]);
    assert_eq!(chosen(&descriptors), Some(vec![(0, 0)]));
}
