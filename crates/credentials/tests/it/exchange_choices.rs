//! What a wallet chooses, a verifier chooses as well.

use pecan_credentials::exchange::select::Selection;
use pecan_credentials::exchange::submission::{Envelope, PresentationView, Submission};
use pecan_credentials::exchange::{Candidate, Definition};
use pecan_credentials::format::{Format, PresentationFormat};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Few members and values, so that credentials match several descriptors and descriptors share ids.
fn any_field() -> impl Strategy<Value = Value> {
    (0..3u8, proptest::option::of(0..3u8), any::<bool>(), 0..4u8).prop_map(
        |(member, id, is_optional, filter)| {
            let mut field = json!({ "path": [format!("$.m{member}")], "optional": is_optional });
            if let Some(id) = id {
                field["id"] = json!(format!("f{id}"));
            }
            match filter {
                0 => field["filter"] = json!({ "type": "string", "const": "0" }),
                1 => field["filter"] = json!({ "type": "string", "pattern": "^([01])" }),
                _ => {}
            }
            field
        },
    )
}

fn any_requirement() -> impl Strategy<Value = Value> {
    let number = || proptest::option::of(0..3u64);
    let leaf = (0..3u8, number(), number(), number(), any::<bool>()).prop_map(
        |(group, count, min, max, is_all)| {
            let mut requirement = json!({ "rule": "pick", "from": format!("g{group}") });
            if is_all {
                requirement["rule"] = json!("all");
            }
            for (name, number) in
                [("count", count.filter(|count| *count > 0)), ("min", min), ("max", max)]
            {
                if let Some(number) = number {
                    requirement[name] = json!(number);
                }
            }
            requirement
        },
    );
    leaf.prop_recursive(2, 8, 3, |inner| {
        (proptest::collection::vec(inner, 1..3), any::<bool>()).prop_map(|(nested, is_all)| {
            let rule = if is_all { "all" } else { "pick" };
            json!({ "rule": rule, "from_nested": nested })
        })
    })
}

fn any_definition() -> impl Strategy<Value = Value> {
    let descriptor = (proptest::collection::vec(any_field(), 0..4), 0..3u8);
    let requirements = proptest::option::of(proptest::collection::vec(any_requirement(), 1..4));
    (proptest::collection::vec(descriptor, 0..5), requirements).prop_map(
        |(descriptors, requirements)| {
            let descriptors: Vec<Value> = descriptors
                .into_iter()
                .enumerate()
                .map(|(index, (fields, group))| {
                    let mut descriptor =
                        json!({ "id": format!("d{index}"), "constraints": { "fields": fields } });
                    if requirements.is_some() {
                        descriptor["group"] = json!([format!("g{group}")]);
                    }
                    descriptor
                })
                .collect();
            let mut definition = json!({ "id": "pd", "input_descriptors": descriptors });
            if let Some(mut requirements) = requirements {
                // Every group is asked for, or nothing can be chosen.
                requirements.extend(
                    (0..3).map(|group| json!({ "rule": "pick", "from": format!("g{group}") })),
                );
                definition["submission_requirements"] = json!(requirements);
            }
            definition
        },
    )
}

fn any_wallet() -> impl Strategy<Value = Vec<(Value, bool)>> {
    let credential = proptest::collection::btree_map("m[0-2]", "[0-2]", 0..4);
    proptest::collection::vec((credential.prop_map(|members| json!(members)), any::<bool>()), 0..6)
}

fn candidate<'a>(view: &'a Value, raw: &'a Value) -> Candidate<'a> {
    let format = if raw.is_string() { Format::JwtVc } else { Format::LdpVc };
    Candidate { view, format, algorithm: None, proof_types: &[], raw }
}

/// The presentation that holds these credentials, in the shape of its format.
fn presentation(credentials: &[Candidate<'_>], format: PresentationFormat) -> Value {
    let raw: Vec<Value> = credentials.iter().map(|candidate| candidate.raw.clone()).collect();
    match (format, raw.as_slice()) {
        (PresentationFormat::LdpVp, [single]) => json!({ "verifiableCredential": single }),
        _ => json!({ "verifiableCredential": raw }),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_verifier_repeats_every_choice(
        source in any_definition(),
        wallet in any_wallet(),
        selected in proptest::collection::btree_map("f[0-2]", "[0-2]", 0..2),
        is_jwt in any::<bool>(),
    ) {
        let definition = Definition::compile(&source).unwrap();
        let raws: Vec<Value> = wallet
            .iter()
            .map(|(document, is_jwt)| if *is_jwt { json!(document.to_string()) } else { document.clone() })
            .collect();
        let views = wallet.iter().map(|(document, _)| document);
        let wallet: Vec<Candidate<'_>> =
            views.zip(&raws).map(|(view, raw)| candidate(view, raw)).collect();
        let selection: Selection = selected;
        let Ok(choice) = definition.select(&wallet, &selection) else { return Ok(()) };

        let format = if is_jwt { PresentationFormat::JwtVp } else { PresentationFormat::LdpVp };
        let submission = Submission::build("s".to_owned(), &definition, &choice, &wallet, format);
        prop_assert_eq!(Submission::parse(&submission.to_string()), Ok(submission.clone()));
        let sent: Vec<Candidate<'_>> =
            choice.mappings.iter().map(|mapping| wallet[mapping.candidate]).collect();
        let document = presentation(&sent, format);
        let view = PresentationView { view: &document, format, credentials: sent.clone() };
        let fulfilled = submission.check(&definition, Envelope::Single(&view));
        let fulfilled = fulfilled.map_err(|error| TestCaseError::fail(error.to_string()))?;
        let pairs = |mappings: &[pecan_credentials::exchange::select::Mapping<'_>], from: &[Candidate<'_>]| {
            let mut pairs: Vec<(usize, Value)> = mappings
                .iter()
                .map(|mapping| (mapping.descriptor, from[mapping.candidate].raw.clone()))
                .collect();
            pairs.sort_by_key(|(descriptor, _)| *descriptor);
            pairs
        };
        prop_assert_eq!(pairs(&fulfilled.mappings, &sent), pairs(&choice.mappings, &wallet));
        prop_assert_eq!(definition.claims(&fulfilled.mappings), definition.claims(&choice.mappings));
    }
}
