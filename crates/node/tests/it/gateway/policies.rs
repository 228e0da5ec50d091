//! Policies decide: on what, when they are asked again, and what an error means.

use pecan_node::access_facts::{Draft, Peer};
use serde_json::json;

use super::{Gate, READ_TASK, SERVER, Settings, route, with_bearer};

const TASK: &str = "/fhir/Task/1";

#[tokio::test]
async fn only_the_truth_value_true_allows() {
    for rule in [
        "allow := false",
        "allow := \"true\"",
        "allow := 1",
        "allow := null",
        "allow := {\"a\": true}",
        "allow if false",
        "allow if input.nothing",
    ] {
        let gate = Gate::new(&format!("package test\n{rule}\n")).await;
        let token = gate.bearer().await;
        gate.forbids(with_bearer(&token, "GET", TASK), "policy `test`").await;
    }
}

#[tokio::test]
async fn the_operator_reads_the_reasons_of_the_policy() {
    let gate = Gate::new(READ_TASK).await;
    let token = gate.bearer().await;
    let asked = with_bearer(&token, "GET", "/fhir/Patient/1");
    gate.forbids(asked, "policy `test`: not_allowed: only Tasks are read here").await;
}

#[tokio::test]
async fn a_token_whose_scopes_have_no_policy_opens_nothing() {
    let gate = Gate::with(READ_TASK, |settings| {
        let other = ("test".to_owned(), "other".to_owned());
        settings.routes[0].policies = std::iter::once(other).collect();
    })
    .await;
    let token = gate.bearer().await;
    gate.forbids(with_bearer(&token, "GET", TASK), "no scope of the token has a policy").await;
}

#[tokio::test]
async fn a_policy_sees_who_asks_what_of_whom() {
    let policy = r#"package test
default allow := false
allow if {
	input.subject.client.scopes == ["test"]
	input.subject.client.id == "https://clinic.example.nl/oauth2/clinic"
	input.subject.organization == {"ura": "", "name": "Clinic West", "city": "Caretown", "facility_type": ""}
	input.subject.organization_name == "Clinic West"
	input.subject.user == {"id": "", "role": "", "name": ""}
	input.resource.type == "Patient"
	input.resource.id == "1"
	input.action.name == "read"
	input.action.connection_type_code == "hl7-fhir-rest"
	input.action.request.method == "GET"
	input.action.request.path == "/Patient/1"
	input.context.data_holder_organization_id == "87654321"
	input.context.data_holder_facility_type == "V4"
	input.context.route == "fhir"
	input.context.subject_id == "hospital"
	input.context.scope == "test"
	input.context.policy == "test"
	input.context.time == "2026-11-25T09:00:00Z"
	input.context.stage == "request"
	input.context.patient_id == "1"
	input.context.patient_bsn == ""
	input.context.mitz_consent == false
	input.context.certificate == {"presented": false}
	input.context.extra == "kept"
	input.attributes.source.address == "10.0.0.1"
	input.access == []
	input.lookup == {}
}
"#;
    let gate = Gate::new(policy).await;
    let token = gate.bearer().await;
    let mut asked = with_bearer(&token, "GET", "/fhir/Patient/1");
    // What a dialect carries does not replace what the node knows.
    asked.context = super::object(&json!({
        "extra": "kept",
        "stage": "scope",
        "mitz_consent": true,
        "data_holder_organization_id": "1",
        "certificate": { "presented": true, "verified": true },
        "attributes": { "source": { "address": "10.0.0.1" } },
    }));
    gate.allowed(asked).await;
}

const LOOKUP: &str = r#"package test
default allow := false
needs["task"] := sprintf("Task/%s", [input.resource.id]) if not input.lookup.task
allow if {
	input.lookup.task.status == 200
	input.lookup.task.etag == "W/\"3\""
	input.lookup.task.body.status == "requested"
}
"#;

#[tokio::test]
async fn a_policy_is_told_what_it_wants_to_know() {
    let gate = Gate::new(LOOKUP).await;
    let token = gate.bearer().await;
    let asked = || with_bearer(&token, "GET", TASK);
    gate.forbids(asked(), "lookup `task` failed").await;
    let url = format!("{SERVER}/Task/1");
    let tell = |status, body: &str| {
        gate.network.answer_with(
            &url,
            status,
            "application/fhir+json",
            body,
            &[("etag", "W/\"3\"")],
        );
    };
    tell(200, r#"{"status": "requested"}"#);
    gate.allowed(asked()).await;
    tell(200, r#"{"status": "completed"}"#);
    gate.forbids(asked(), "not allowed").await;
    tell(404, r#"{"resourceType": "OperationOutcome"}"#);
    gate.forbids(asked(), "not allowed").await;
    tell(200, r#"{"status": "completed", "status": "requested"}"#);
    gate.forbids(asked(), "cannot be read").await;
    let sent = gate.network.sent.lock().unwrap();
    assert!(sent.iter().all(|request| request.url.as_str() == url && !request.use_cache));
    // The client reaches that server for this purpose only.
    let settings = Settings { gateways: Vec::new(), routes: vec![route()] };
    let server = settings.configured_servers().next().expect("it has one");
    assert_eq!((server.purpose, server.url.as_str()), (sent[0].purpose, SERVER));
}

#[tokio::test]
async fn a_policy_does_not_choose_where_it_looks_things_up() {
    for target in ["http://evil.example/x", "../admin", "/x", "Task/1#x", "", "Access:Task/1"] {
        let policy = format!("package test\nallow := true\nneeds[\"x\"] := \"{target}\"\n");
        let gate = Gate::new(&policy).await;
        let token = gate.bearer().await;
        gate.forbids(with_bearer(&token, "GET", TASK), "no relative URL").await;
        assert!(gate.network.sent.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_policy_asks_a_few_times_for_a_few_things() {
    let nine = "package test\nallow := true\nneeds := {sprintf(\"n%d\", [i]): sprintf(\"Task/%d\", [i]) | some i in numbers.range(1, 9)}\n";
    let gate = Gate::new(nine).await;
    let token = gate.bearer().await;
    gate.forbids(with_bearer(&token, "GET", TASK), "more than 8").await;

    for (rounds, is_allowed) in [(3, true), (4, false)] {
        let chain = format!(
            "package test\nallow := true\nn := count(input.lookup)\nneeds[sprintf(\"n%d\", [n])] := sprintf(\"Task/%d\", [n]) if n < {rounds}\n"
        );
        let gate = Gate::new(&chain).await;
        for id in 0..rounds {
            gate.network.answer(&format!("{SERVER}/Task/{id}"), 200, "application/json", "{}");
        }
        let token = gate.bearer().await;
        let asked = with_bearer(&token, "GET", TASK);
        if is_allowed {
            gate.allowed(asked).await;
        } else {
            gate.forbids(asked, "more after 3 rounds").await;
        }
        assert_eq!(gate.network.sent.lock().unwrap().len(), 3);
    }

    let steady = "package test\nallow := true\nneeds[\"a\"] := \"Task/1\"\n";
    let gate = Gate::new(steady).await;
    gate.network.answer(&format!("{SERVER}/Task/1"), 200, "application/json", "{}");
    let token = gate.bearer().await;
    gate.allowed(with_bearer(&token, "GET", TASK)).await;
}

#[tokio::test]
async fn a_policy_is_told_whether_a_request_fits_its_capability_statement() {
    let fits = "package test\nallow if input.action.fhir_rest.capability_checked == true\n";
    let statement = r#"{"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [{"mode": "server", "resource": [
        {"type": "Task", "interaction": [{"code": "read"}, {"code": "search-type"}], "searchParam": [{"name": "code"}]}
    ]}]}"#;
    let files =
        |statement| [("test/test.rego", fits), ("test/capability_statement/data.json", statement)];
    let gate = Gate::with_files(&files(statement), |_| {}).await;
    let token = gate.bearer().await;
    for target in [TASK, "/fhir/Task?code=x"] {
        gate.allowed(with_bearer(&token, "GET", target)).await;
    }
    for target in ["/fhir/Patient/1", "/fhir/Task?owner=x", "/fhir/Task/1/_history"] {
        gate.forbids(with_bearer(&token, "GET", target), "not allowed").await;
    }
    // What one entry of a Bundle is does not hold for the next.
    let entry = |url: &str| json!({ "request": { "method": "GET", "url": url } });
    for (urls, is_allowed) in [(["Task/1", "Task?code=x"], true), (["Task/1", "Patient/1"], false)]
    {
        let bundle = json!({ "resourceType": "Bundle", "type": "batch", "entry": urls.map(entry) });
        let mut asked = with_bearer(&token, "POST", "/fhir");
        asked.headers.push(("Content-Type".to_owned(), "application/fhir+json".into()));
        asked.body = pecan_node::gateway::Body::Whole(bundle.to_string().into());
        if is_allowed {
            gate.allowed(asked).await;
        } else {
            gate.forbids(asked, "part 1").await;
        }
    }
    let stu3 = statement.replace("4.0.1", "3.0.2");
    for files in [&files(&stu3)[..], &files(statement)[..1]] {
        let gate = Gate::with_files(files, |_| {}).await;
        let token = gate.bearer().await;
        gate.forbids(with_bearer(&token, "GET", TASK), "not allowed").await;
    }
}

const ACCESS: &str = r#"package test
default allow := false
needs["composition"] := "access:Composition/7"
allow if {
	some fact in input.lookup.composition.body
	fact.resource == "Composition/7"
	count(input.lookup.composition.body) == 2
	count(input.access) == 0
}
"#;

#[tokio::test]
async fn a_policy_is_told_the_access_facts_about_another_resource() {
    // They are the node's own: no FHIR server is needed for them.
    let gate = Gate::with(ACCESS, |settings| settings.routes[0].fhir_server = None).await;
    let token = gate.bearer().await;
    let clinic = "https://clinic.example.nl/oauth2/clinic";
    let fact = |resource: &str, client_id: &str| Draft {
        scope: "test".to_owned(),
        peer: Peer { client_id: Some(client_id.to_owned()), ura: None },
        resource: resource.to_owned(),
        operations: vec!["read".to_owned()],
        ..Draft::default()
    };
    let denial = Draft { effect: Some("deny".to_owned()), ..fact("Composition", clinic) };
    let node = &gate.scenario.hospital.node;
    let others = [
        fact("Composition/7", "https://other.example.nl/oauth2/x"),
        fact("Composition/8", clinic),
        denial,
    ];
    for other in others {
        node.access_facts.create("hospital", other).await.unwrap();
    }
    // Neither another subject's facts nor those for another peer or resource are told.
    node.access_facts.create("issuer", fact("Composition/7", clinic)).await.unwrap();
    gate.forbids(with_bearer(&token, "GET", TASK), "not allowed").await;
    node.access_facts.create("hospital", fact("Composition/7", clinic)).await.unwrap();
    gate.allowed(with_bearer(&token, "GET", TASK)).await;
    assert!(gate.network.sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn access_facts_are_asked_for_by_resource() {
    for target in ["access:", "access:Task", "access:*", "access:/x", "access:Task/1?x=1"] {
        let policy = format!("package test\nallow := true\nneeds[\"x\"] := \"{target}\"\n");
        let gate = Gate::new(&policy).await;
        let token = gate.bearer().await;
        gate.forbids(with_bearer(&token, "GET", TASK), "names no resource").await;
    }
}

#[tokio::test]
async fn without_a_fhir_server_nothing_can_be_looked_up() {
    let gate = Gate::with(LOOKUP, |settings| settings.routes[0].fhir_server = None).await;
    let token = gate.bearer().await;
    gate.forbids(with_bearer(&token, "GET", TASK), "no FHIR server").await;
}

#[tokio::test]
async fn what_was_looked_up_for_one_entry_is_not_asked_again_for_the_next() {
    let policy = "package test\ndefault allow := false\nneeds[\"list\"] := \"List/1\"\nallow if input.lookup.list.body.open\n";
    let gate = Gate::new(policy).await;
    gate.network.answer(&format!("{SERVER}/List/1"), 200, "application/json", r#"{"open": true}"#);
    let token = gate.bearer().await;
    let entry = |id: usize| json!({ "request": { "method": "GET", "url": format!("Task/{id}") } });
    let entries: Vec<_> = (0..50).map(entry).collect();
    let bundle = json!({ "resourceType": "Bundle", "type": "batch", "entry": entries });
    let mut asked = with_bearer(&token, "POST", "/fhir");
    asked.headers.push(("Content-Type".to_owned(), "application/fhir+json".into()));
    asked.body = pecan_node::gateway::Body::Whole(bundle.to_string().into());
    gate.allowed(asked).await;
    assert_eq!(gate.network.sent.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn one_bundle_does_not_ask_for_any_number_of_things() {
    let policy = "package test\nallow := true\nneeds[\"task\"] := sprintf(\"Task/%s\", [input.resource.id])\n";
    let gate = Gate::new(policy).await;
    let token = gate.bearer().await;
    let entry = |id: usize| {
        gate.network.answer(&format!("{SERVER}/Task/{id}"), 200, "application/json", "{}");
        json!({ "request": { "method": "GET", "url": format!("Task/{id}") } })
    };
    let entries: Vec<_> = (0..33).map(entry).collect();
    let bundle = json!({ "resourceType": "Bundle", "type": "batch", "entry": entries });
    let mut asked = with_bearer(&token, "POST", "/fhir");
    asked.headers.push(("Content-Type".to_owned(), "application/fhir+json".into()));
    asked.body = pecan_node::gateway::Body::Whole(bundle.to_string().into());
    gate.forbids(asked, "more than 32").await;
}
