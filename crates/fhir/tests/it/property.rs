//! Reading twice is reading once, and spellings that a server takes for one are one.

use pecan_fhir::{Body, FhirRequest, Request, read};
use proptest::prelude::*;

use crate::fixture::{form, get, line};

/// A letter, digit or `-` as it is or escaped, in either case of hexadecimal.
fn respell(text: &str, choices: &[u8], is_query: bool) -> String {
    let mut spelt = String::new();
    for (character, choice) in text.chars().zip(choices.iter().cycle()) {
        let mut bytes = [0; 4];
        let bytes = character.encode_utf8(&mut bytes).as_bytes();
        let is_free = character.is_ascii_alphanumeric() || "-._~".contains(character);
        match (choice % 3, is_free) {
            (0, true) => spelt.push(character),
            (_, false) if !is_query => spelt.push(character),
            (0 | 1, false) if character == ' ' => spelt.push('+'),
            (2, _) => spelt.extend(bytes.iter().map(|byte| format!("%{byte:02x}"))),
            _ => spelt.extend(bytes.iter().map(|byte| format!("%{byte:02X}"))),
        }
    }
    spelt
}

fn parameter() -> impl Strategy<Value = (String, String)> {
    let name = prop_oneof![
        "[a-z][a-z-]{0,6}[a-z]",
        "(subject|patient|owner)(:Patient)?(\\.(name|identifier))?",
        "_(id|count|include|revinclude|include:iterate|has:Observation:patient:code|lastUpdated|elements)",
        "name:(exact|contains|missing)",
    ];
    let value = prop_oneof![
        "[A-Za-z0-9 |/:.,+&=;?%€-]{1,12}",
        "(Patient|Task)/[a-z0-9]{1,4}",
        "https://hospital.example/fhir/(Patient|Task)/[a-z0-9]{1,4}",
        "(Task:owner|Patient:\\*|\\*)",
        "([a-z](\\\\[,$|\\\\])?,?){1,5}",
    ];
    (name, value)
}

fn path() -> impl Strategy<Value = String> {
    prop_oneof![
        "/(Patient|Task|Nope)",
        "/(Patient|Task)/[A-Za-z0-9.-]{1,8}",
        "/Patient/[a-z0-9]{1,4}/(Task|_history|_history/[0-9]|\\$everything|\\*)",
        "/(metadata|_history|\\$export)",
        "(/[A-Za-z$_.*-]{0,3}){0,4}",
    ]
}

fn canonical(request: &FhirRequest) -> (String, String) {
    (request.path.clone(), request.canonical_query())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn reading_what_was_written_in_one_way_changes_nothing(path in path(), parameters in prop::collection::vec(parameter(), 0..5), choices in prop::collection::vec(0_u8..3, 1..40)) {
        let query: Vec<_> = parameters.iter().map(|(name, value)| format!("{}={}", respell(name, &choices, true), respell(value, &choices, true))).collect();
        let text = format!("GET {path}?{}", query.join("&"));
        if let Ok(request) = get(&text) {
            let (path, query) = canonical(&request);
            let again = get(&format!("GET {path}?{query}")).unwrap();
            prop_assert_eq!(canonical(&again), (path, query));
            prop_assert_eq!(again, request);
        }
    }

    #[test]
    fn spellings_of_one_request_have_the_same_facts(
        path in path(),
        parameters in prop::collection::vec(parameter(), 0..5),
        choices in prop::collection::vec(0_u8..3, 1..40),
        others in prop::collection::vec(0_u8..3, 1..40),
        separator in prop_oneof![Just("&"), Just("&&")],
    ) {
        let spell = |choices: &[u8], separator: &str| {
            let query: Vec<_> = parameters.iter().map(|(name, value)| format!("{}={}", respell(name, choices, true), respell(value, choices, true))).collect();
            (respell(&path, choices, false), query.join(separator))
        };
        let (first_path, first_query) = spell(&choices, "&");
        let (second_path, second_query) = spell(&others, separator);
        let first = get(&format!("GET {first_path}?{first_query}"));
        let second = get(&format!("HEAD {second_path}?{second_query}&"));
        match (first, second) {
            (Ok(first), Ok(second)) => {
                prop_assert_eq!(first.to_input(), second.to_input());
                prop_assert_eq!(first, second);
            }
            (first, second) => prop_assert_eq!(first.is_err(), second.is_err()),
        }
        let by_url = form(&format!("POST /Task/_search?{first_query}"), "");
        let by_form = form("POST /Task/_search", &second_query);
        prop_assert_eq!(by_url.map(|request| request.search).ok(), by_form.map(|request| request.search).ok());
    }

    #[test]
    fn a_reference_has_one_spelling_whatever_was_sent(name in "(part-of\\.)?(subject|owner|patient)", kind in "(Patient|Group)", id in "[A-Za-z0-9.-]{1,10}") {
        prop_assume!(id != "." && id != "..");
        let texts = [
            format!("{name}={kind}/{id}"),
            format!("{name}:{kind}={id}"),
            format!("{name}:{kind}={kind}/{id}"),
            format!("{name}=https://hospital.example/fhir/{kind}/{id}"),
            format!("{name}=https://HOSPITAL.example:443/fhir/{kind}/{id}"),
        ];
        let inputs: Vec<_> = texts.iter().map(|text| get(&format!("GET /Observation?{text}")).unwrap().to_input()).collect();
        for input in &inputs {
            prop_assert_eq!(input, &inputs[0]);
        }
        if name.ends_with("patient") && kind == "Patient" {
            prop_assert_eq!(&get(&format!("GET /Observation?{name}={id}")).unwrap().to_input(), &inputs[0]);
        }
    }

    #[test]
    fn narrowing_adds_exactly_its_conditions(parameters in prop::collection::vec(parameter(), 0..4), name in "[a-z][a-z-]{0,5}", value in "[A-Za-z0-9 |/:+&=;?%€-]{1,12}") {
        let query: Vec<_> = parameters.iter().map(|(name, value)| format!("{}={}", respell(name, &[1], true), respell(value, &[1], true))).collect();
        let query = query.join("&");
        let text = format!("GET /Task?{query}");
        let request = line(&text);
        let Ok(before) = read(&request) else { return Ok(()) };
        let Ok(narrowed) = before.narrow(&request, &[(name, value.clone())]) else {
            prop_assert!(value.trim().is_empty());
            return Ok(());
        };
        let after = read(&Request { query: narrowed.query.as_deref(), ..request }).unwrap();
        prop_assert_eq!(after.search.parameters.len(), before.search.parameters.len() + 1);
        prop_assert!(after.search.parameters.starts_with(&before.search.parameters));
        prop_assert_eq!(after.search.includes, before.search.includes);
    }

    #[test]
    fn nothing_that_is_sent_panics(method in "[A-Z]{0,7}", path in "\\PC{0,40}", query in "\\PC{0,60}", name in "\\PC{0,20}", value in prop::collection::vec(any::<u8>(), 0..40), body in prop::collection::vec(any::<u8>(), 0..60)) {
        let headers: &[(&str, &[u8])] = &[(&name, &value), ("content-type", b"application/fhir+json")];
        let request = Request { method: &method, path: &path, query: Some(&query), headers, body: Body::Whole(&body), ..line("GET /") };
        let _ = read(&request);
    }
}
