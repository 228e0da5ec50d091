//! Parameters of searches.

use pecan_fhir::{Unplaceable, UnusualKind};
use serde_json::{Value, json};

use crate::fixture::{BASE, form, get, json as json_body, unusual};

fn fhir_rest(query: &str) -> Value {
    get(&format!("GET /Observation?{query}")).unwrap().to_input()["action"]["fhir_rest"].clone()
}

#[test]
fn repetitions_are_and_and_commas_are_or() {
    for (query, lists) in [
        ("category=A,B&category=C", json!({"category": [["A", "B"], ["C"]]})),
        ("category=A%2CB&c%61tegory=C&", json!({"category": [["A", "B"], ["C"]]})),
        ("a=1?b=2", json!({"a": [["1?b=2"]]})),
        ("a=1;b=2", json!({"a": [["1;b=2"]]})),
        ("a=x+y%2Bz", json!({"a": [["x y+z"]]})),
        ("a=x%5C,y,z", json!({"a": [["x\\,y", "z"]]})),
        ("a=x\\,y\\|z\\$\\\\", json!({"a": [["x\\,y\\|z\\$\\\\"]]})),
        ("a=1&a=1", json!({"a": [["1"], ["1"]]})),
        ("code:in=x", json!({"code:in": [["x"]]})),
        (
            "_id=1&_count=5&_sort=-date,code",
            json!({"_id": [["1"]], "_count": [["5"]], "_sort": [["-date", "code"]]}),
        ),
    ] {
        assert_eq!(fhir_rest(query)["search_params"], lists, "{query}");
    }
}

#[test]
fn url_and_form_are_one_set() {
    let request = form(
        "POST /Patient/_search?name=a&identifier=1",
        "name=b&_include=Patient:general-practitioner",
    )
    .unwrap();
    let input = request.to_input();
    let fhir_rest = &input["action"]["fhir_rest"];
    assert_eq!(fhir_rest["search_params"], json!({"name": [["a"], ["b"]], "identifier": [["1"]]}));
    assert_eq!(fhir_rest["include"], json!(["Patient:general-practitioner"]));
    assert_eq!(unusual(&request), [UnusualKind::UrlAndForm]);
    assert_eq!(
        input["action"]["request"]["query"],
        "name=a&identifier=1&name=b&_include=Patient:general-practitioner"
    );
    for (text, resource_type) in [
        ("POST /_search", ""),
        ("POST /Task/_search", "Task"),
        ("POST /Patient/1/_search", ""),
        ("POST /Patient/1/Task/_search", "Task"),
    ] {
        let request = form(text, "status=a").unwrap();
        assert_eq!(request.to_input()["resource"]["type"], resource_type, "{text}");
        assert!(request.interaction.is_search());
        assert_eq!(unusual(&request), [], "{text}");
    }
}

#[test]
fn an_empty_set_is_told() {
    for request in [
        get("GET /Task"),
        get("GET /Task?_count=5&_sort=date"),
        get("GET /Task?_include=Task:owner"),
        form("POST /Task/_search", ""),
        get("GET "),
    ] {
        assert_eq!(unusual(&request.unwrap()), [UnusualKind::NoParameters]);
    }
    for request in [get("GET /Task/1"), get("GET /Patient/1/Task"), get("GET /Task?owner=1")] {
        assert_eq!(unusual(&request.unwrap()), []);
    }
}

#[test]
fn inclusions_stand_in_one_list_by_kind() {
    let facts = fhir_rest(
        "_include=Observation:subject&_include:iterate=Patient:organization&_include:recurse=Observation:subject:Patient&_include=*&_include=Task:*,Task:owner&_revinclude=Provenance:target",
    );
    assert_eq!(
        facts["include"],
        json!([
            "Observation:subject",
            "iterate:Patient:organization",
            "iterate:Observation:subject:Patient",
            "*",
            "Task:*",
            "Task:owner"
        ])
    );
    assert_eq!(
        (&facts["revinclude"], &facts["search_params"]),
        (&json!(["Provenance:target"]), &json!({}))
    );
    for query in [
        "_include=",
        "_include=OBSERVATION:subject",
        "_include=Observation",
        "_include=Observation:",
        "_include=Observation:Subject",
        "_include=Nope:x",
        "_include=Observation:subject:Nope",
        "_include=Observation:subject:Patient:x",
        "_include=Observation:*:Patient",
        "_include=**",
        "_include=*:*",
        "_include=a b",
        "_include:foo=*",
        "_include:missing=*",
        "_include:Patient=*",
        "_include.x=*",
        "_Include=*",
        "_INCLUDE=*",
        "_include:Iterate=*",
        "_revInclude=*",
        "_include%20=*",
        "_include=Observation:subject,",
        "_include=Observation:subject%0A",
    ] {
        assert!(get(&format!("GET /Observation?{query}")).is_err(), "{query}");
    }
}

#[test]
fn modifiers_chains_and_reverse_chains_are_told() {
    for (query, kind, list) in [
        ("name:exact=x", UnusualKind::Modifier, "modifiers"),
        ("patient:identifier=x", UnusualKind::Modifier, "modifiers"),
        ("patient.identifier=x", UnusualKind::Chain, "chains"),
        ("subject:Patient.name:contains=x", UnusualKind::Chain, "chains"),
        ("_has:Group:member:_id=x", UnusualKind::Has, "has"),
        ("patient._has:Group:member:_id=x", UnusualKind::Has, "has"),
    ] {
        let request = get(&format!("GET /Observation?{query}")).unwrap();
        let name = query.split('=').next().unwrap();
        assert_eq!(unusual(&request), [kind], "{query}");
        assert!(fhir_rest(query)[list].as_array().unwrap().contains(&json!(name)), "{query}");
        assert_eq!(fhir_rest(query)["search_params"], json!({name: [["x"]]}), "{query}");
    }
}

#[test]
fn what_a_policy_must_list_is_unusual() {
    for (query, kind) in [
        ("_filter=name eq x", UnusualKind::HiddenCondition),
        ("_query=x", UnusualKind::HiddenCondition),
        ("_list=42", UnusualKind::HiddenCondition),
        ("_text=x", UnusualKind::HiddenCondition),
        ("_content=x", UnusualKind::HiddenCondition),
        ("a=x&_include=observation:subject", UnusualKind::Inclusion),
        ("_getpages=abc", UnusualKind::UnknownParameter),
        ("_cascade=delete", UnusualKind::UnknownParameter),
        ("a=x\\,y", UnusualKind::EscapedValue),
        ("a=%20x", UnusualKind::PaddedValue),
        ("a=x,+y", UnusualKind::PaddedValue),
        ("a=x%C2%A0", UnusualKind::PaddedValue),
        ("a=x&_count=5&_count=500", UnusualKind::RepeatedControl),
        ("a=x&_count=5,500", UnusualKind::RepeatedControl),
        ("a=x&_summary=true&_summary=count", UnusualKind::RepeatedControl),
        ("subject=https://evil.example/fhir/Patient/1", UnusualKind::ForeignReference),
        ("subject=http://hospital.example/fhir/Patient/1", UnusualKind::ForeignReference),
        ("subject=https://hospital.example:444/fhir/Patient/1", UnusualKind::ForeignReference),
        ("subject=https://hospital.example./fhir/Patient/1", UnusualKind::ForeignReference),
        ("subject=https://u@hospital.example/fhir/Patient/1", UnusualKind::ForeignReference),
        ("subject=https://hospital.example/fhir2/Patient/1", UnusualKind::ForeignReference),
        ("subject=https://hospital.example/fhir//Patient/1", UnusualKind::ForeignReference),
        ("subject=https://hospital.example/fhir/x/../Patient/1", UnusualKind::ForeignReference),
        ("subject=https://hospital.example/fhir/Patient/%2531", UnusualKind::ForeignReference),
        ("subject=Patient/1/_history/2", UnusualKind::ForeignReference),
        ("subject=/Patient/1", UnusualKind::ForeignReference),
        ("subject=//evil.example/Patient/1", UnusualKind::ForeignReference),
    ] {
        let request = get(&format!("GET /Observation?{}", query.replace(' ', "%20"))).unwrap();
        assert_eq!(unusual(&request), [kind], "{query}");
    }
    for query in [
        "patient=1",
        "_profile=http://nictiz.nl/fhir/StructureDefinition/zib-Alert",
        "category=http://hl7.org/fhir/observation-category|vital-signs,laboratory",
        "identifier=http://fhir.nl/fhir/NamingSystem/bsn|1",
        "_sort=-date&_count=5&a=1",
        "url=https://other.example/ValueSet/1",
        "date=ge2020&date=le2021",
        "_lastUpdated=gt2020",
    ] {
        let request = get(&format!("GET /Observation?{query}")).unwrap();
        assert_eq!(unusual(&request), [], "{query}");
    }
}

#[test]
fn parameters_out_of_place_are_told() {
    for (text, names) in [
        ("GET /Task/1?_include=Task:owner&_format=json", &["_include"][..]),
        ("GET /Task/1?owner=1&_summary=true&_elements=id", &["owner"]),
        ("GET /Task/1/_history?_since=2020&_count=5", &[]),
        ("GET /Task/_history?owner=1", &["owner"]),
        ("GET /metadata?mode=full&_pretty=true", &[]),
        ("DELETE /Task/1?_cascade=delete", &["_cascade"]),
    ] {
        let request = get(text).unwrap();
        let misplaced =
            request.search.unusual.iter().filter(|one| one.kind == UnusualKind::MisplacedParameter);
        assert_eq!(misplaced.map(|one| &*one.name).collect::<Vec<_>>(), names, "{text}");
    }
}

#[test]
fn a_reference_is_written_in_one_way() {
    for (query, lists) in [
        ("subject=Patient/1", json!({"subject": [["Patient/1"]]})),
        ("subject:Patient=1", json!({"subject": [["Patient/1"]]})),
        ("subject:Patient=Patient/1", json!({"subject": [["Patient/1"]]})),
        ("subject=https://hospital.example/fhir/Patient/1", json!({"subject": [["Patient/1"]]})),
        (
            "subject:Patient=HTTPS://Hospital.Example:443/fhir/Patient/1",
            json!({"subject": [["Patient/1"]]}),
        ),
        ("subject:Patient=1,Patient/2", json!({"subject": [["Patient/1", "Patient/2"]]})),
        ("subject=1", json!({"subject": [["1"]]})),
        (
            "subject:identifier=https://hospital.example/fhir/Patient/1",
            json!({"subject:identifier": [[format!("{BASE}/Patient/1")]]}),
        ),
        (
            "part-of:Observation.subject:Patient=1",
            json!({"part-of:Observation.subject": [["Patient/1"]]}),
        ),
        (
            "part-of.patient=https://hospital.example/fhir/Patient/1",
            json!({"part-of.patient": [["1"]]}),
        ),
        ("_has:Task:focus:patient:Patient=1", json!({"_has:Task:focus:patient": [["1"]]})),
        ("subject:Patient=s|1", json!({"subject:Patient": [["s|1"]]})),
        ("patient=1", json!({"patient": [["1"]]})),
        ("patient=Patient/1", json!({"patient": [["1"]]})),
        ("patient:Patient=1", json!({"patient": [["1"]]})),
        ("patient=https://hospital.example/fhir/Patient/1,2", json!({"patient": [["1", "2"]]})),
        ("patient=Group/1", json!({"patient": [["Group/1"]]})),
        (
            "patient=http://fhir.nl/fhir/NamingSystem/bsn|1",
            json!({"patient": [["http://fhir.nl/fhir/NamingSystem/bsn|1"]]}),
        ),
        (
            "_profile=https://hospital.example/fhir/StructureDefinition/1",
            json!({"_profile": [[format!("{BASE}/StructureDefinition/1")]]}),
        ),
    ] {
        assert_eq!(fhir_rest(query)["search_params"], lists, "{query}");
    }
    assert!(matches!(
        get("GET /Observation?subject:Patient=Group/1"),
        Err(Unplaceable::Value { .. })
    ));
}

#[test]
fn shape_and_format_are_facts() {
    let facts = fhir_rest("patient=1&_elements=id,status&_summary=count&_count=5");
    assert_eq!(
        facts["shape"],
        json!({"_elements": [["id", "status"]], "_summary": [["count"]], "_count": [["5"]]})
    );
    for (query, asks_other) in [
        ("a=1", false),
        ("_format=json", false),
        ("_format=application/fhir+json", false),
        ("_format=application%2Ffhir%2Bjson;charset=utf-8", false),
        ("_format=xml", true),
        ("_format=ttl", true),
        ("_format=html", true),
        ("_format=json&_format=xml", true),
        ("_format=json,xml", true),
    ] {
        assert_eq!(fhir_rest(query)["asks_other_format"], asks_other, "{query}");
    }
}

#[test]
fn values_and_names_that_servers_take_differently_are_refused() {
    for query in [
        "patient=",
        "patient",
        "patient=1,",
        "patient=,1",
        "patient=1,,2",
        "patient=+",
        "patient=1,+",
        "=1",
        "=",
        "a=1&=2",
        "patient=1&patient=",
        "Patient=1",
        "PATIENT=1",
        "pAtient=1",
        "_ID=1",
        "_Id=1",
        "_lastupdated=2020",
        "_LastUpdated=2020",
        "_Count=1",
        "_method=DELETE",
        "_Method=x",
        "%5Fmethod=PUT",
        "a=\\",
        "a=x\\y",
        "a=x\\",
        "a=%00",
        "a=%0D%0A",
        "%00=1",
        "a=%FF",
        "a=%E2%28%A1",
        "a=%",
        "a=%4",
        "a=%GG",
        "a=%u0041",
        "a=\u{e9}",
        "a=x y",
        "a=x#y",
        "a[]=1",
        "a%5B0%5D=1",
        "patient%20=1",
        "+patient=1",
        "patient%00=1",
        "p%D0%B0tient=1",
        "name:=x",
        ":exact=x",
        "name:Exact=x",
        "name:mdm=x",
        "name:exact:x=1",
        "a.=1",
        ".a=1",
        "a..b=1",
        "_has=1",
        "_has:Patient=1",
        "_has:patient:x:y=1",
        "_has:Patient::y=1",
        "_has:Patient:x:=1",
        "a;b=1",
        "a.b.c.d.e.f.g.h=1",
        "patient:patient=1",
        "patient:Nope=1",
    ] {
        assert!(get(&format!("GET /Observation?{query}")).is_err(), "{query}");
        if !query.contains('#') {
            assert!(form("POST /Observation/_search", query).is_err(), "form {query}");
        }
    }
}

#[test]
fn limits_have_names() {
    let many = |count: usize| format!("GET /Task?{}", "a=1&".repeat(count));
    assert!(get(&many(pecan_fhir::PARAMETERS_MAX)).is_ok());
    assert!(matches!(get(&many(pecan_fhir::PARAMETERS_MAX + 1)), Err(Unplaceable::TooMany { .. })));
    let alternatives = format!("GET /Task?a={}1", "1,".repeat(500));
    assert!(matches!(get(&alternatives), Err(Unplaceable::TooMany { .. })));
    let long = format!("GET /Task?a={}", "1".repeat(pecan_fhir::QUERY_BYTES_MAX));
    assert!(matches!(get(&long), Err(Unplaceable::QueryTooLong { .. })));
    let inclusions = format!("GET /Task?_include={}*", "*,".repeat(100));
    assert!(matches!(get(&inclusions), Err(Unplaceable::TooMany { .. })));
    let form_text = format!("a={}", "1".repeat(pecan_fhir::FORM_BYTES_MAX));
    assert!(matches!(
        form("POST /Task/_search", &form_text),
        Err(Unplaceable::QueryTooLong { .. })
    ));
    let parameters = vec![json!({"name": "a", "part": []}); pecan_fhir::PARAMETERS_MAX + 1];
    let body = json!({"resourceType": "Parameters", "parameter": parameters}).to_string();
    assert!(matches!(json_body("POST /Task/$x", &body), Err(Unplaceable::TooMany { .. })));
}

#[test]
fn parameters_of_operations_are_read_like_those_of_searches() {
    let url = get("GET /Observation/$lastn?patient=Patient/1&_include=Observation:subject&max=2&includeAll=true").unwrap();
    let facts = url.to_input()["action"]["fhir_rest"].clone();
    assert_eq!(
        facts["search_params"],
        json!({"patient": [["1"]], "max": [["2"]], "includeAll": [["true"]]})
    );
    assert_eq!(facts["include"], json!(["Observation:subject"]));
    let form = form(
        "POST /Observation/$lastn",
        "patient=1&_include=Observation:subject&max=2&includeAll=true",
    )
    .unwrap();
    let body = json!({"resourceType": "Parameters", "parameter": [
        {"name": "patient", "valueReference": {"reference": "Patient/1"}}, {"name": "_include", "valueString": "Observation:subject"},
        {"name": "max", "valuePositiveInt": 2}, {"name": "includeAll", "valueBoolean": true},
    ]});
    let parameters = json_body("POST /Observation/$lastn", &body.to_string()).unwrap();
    for other in [form, parameters] {
        assert_eq!(other.search, url.search);
        assert_eq!(other.operation, url.operation);
    }
}

#[test]
fn parameters_that_are_no_plain_values_are_told() {
    let body = json!({"resourceType": "Parameters", "parameter": [
        {"name": "resource", "resource": {"resourceType": "Patient"}}, {"name": "a", "valueString": "x,y"}, {"name": "b", "part": []}, {"name": "c"},
        {"name": "d", "valueCoding": {"code": "x"}}, {"name": "e", "valueString": "x", "extension": []},
    ]});
    let request = json_body("POST /Patient/$match", &body.to_string()).unwrap();
    let complex = request
        .search
        .unusual
        .iter()
        .filter(|one| one.kind == UnusualKind::ComplexParameter)
        .map(|one| &*one.name);
    assert_eq!(complex.collect::<Vec<_>>(), ["resource", "b", "c", "d", "e"]);
    assert_eq!(request.search.to_lists(), *json!({"a": [["x\\,y"]]}).as_object().unwrap());
    let direct = json_body("POST /Patient/$match", r#"{"resourceType":"Patient"}"#).unwrap();
    assert_eq!(unusual(&direct), [UnusualKind::ComplexParameter]);
    for body in [
        r#"{"resourceType":"Parameters","parameter":{}}"#,
        r#"{"resourceType":"Parameters","parameter":[1]}"#,
        r#"{"resourceType":"Parameters","parameter":[{"valueString":"x"}]}"#,
        "[]",
        "{}",
        "1",
        r#"{"resourceType":"Parameters","parameter":[{"name":"_method","valueString":"x"}]}"#,
        r#"{"resourceType":"Parameters","parameter":[{"name":"a","valueString":""}]}"#,
    ] {
        assert!(json_body("POST /Patient/$match", body).is_err(), "{body}");
    }
}
