//! Which requests can be judged at all.

use bytes::Bytes;
use pecan_node::gateway::{
    Body, Certificate, Credential, Presented, Question, RouteKind, Settings, SettingsError,
};
use time::Duration;
use time::macros::datetime;
use url::Url;

use super::{Gate, READ_TASK, registration, route, with_bearer};

const ALLOW: &str = "package test\nallow := true\n";

#[tokio::test]
async fn a_request_that_has_no_route_is_refused() {
    let gate = Gate::with(ALLOW, |settings| {
        let mut inner = route();
        inner.name = "inner".to_owned();
        inner.url = Url::parse("https://api.hospital.example.nl/inner").unwrap();
        inner.gateways = vec!["other".to_owned()];
        settings.routes.push(inner);
        let mut other = registration();
        other.name = "other".to_owned();
        other.credential = Credential::CertificateSubject("CN=other".to_owned());
        settings.gateways.push(other);
    })
    .await;
    let token = gate.bearer().await;
    for (target, authority, reason) in [
        ("/Task/1", Some("api.hospital.example.nl"), "no route"),
        ("/fhirs/Task/1", Some("api.hospital.example.nl"), "no route"),
        ("/inner/Task/1", Some("api.hospital.example.nl"), "no route"),
        ("/fhir/Task/1", Some("other.example.nl"), "no route"),
        ("/fhir/Task/1", Some("api.hospital.example.nl:8443"), "no route"),
        ("/fhir/Task/1", Some("api.hospital.example.nl."), "no host"),
        ("/fhir/Task/1", Some("user@api.hospital.example.nl"), "no host"),
        ("/fhir/Task/1", Some(""), "no host"),
        ("https://other.example.nl/fhir/Task/1", Some("api.hospital.example.nl"), "another server"),
        ("http://api.hospital.example.nl/fhir/Task/1", None, "another server"),
        ("https://api.hospital.example.nl:8443/fhir/Task/1", None, "no route"),
        ("*", Some("api.hospital.example.nl"), "neither"),
        ("api.hospital.example.nl:443", Some("api.hospital.example.nl"), "neither"),
        ("", Some("api.hospital.example.nl"), "neither"),
        ("//fhir/Task/1", Some("api.hospital.example.nl"), "empty segment"),
    ] {
        let asked = Question {
            authority: authority.map(str::to_owned),
            ..with_bearer(&token, "GET", target)
        };
        gate.forbids(asked, reason).await;
    }
    let untold = Question { authority: None, ..with_bearer(&token, "GET", "/fhir/Task/1") };
    gate.allowed(untold).await;
    let absolute = "https://API.hospital.example.nl:443/fhir/Task/1";
    gate.allowed(with_bearer(&token, "GET", absolute)).await;
}

#[tokio::test]
async fn a_path_that_servers_could_read_differently_is_refused() {
    let gate = Gate::new(ALLOW).await;
    let token = gate.bearer().await;
    for path in [
        "/fhir/../fhir/Task/1",
        "/fhir/./Task/1",
        "/fhir/%2e%2e/Task/1",
        "/fhir//Task/1",
        "/fhir/Task//1",
        "/fhir/Task/1/",
        "/fhir/Task/1;x=y",
        "/fhir/Task%2F1",
        "/fhir/Task/1%3Bx",
        "/fhir/Task/1%00",
        "/fhir/Task/1%3f",
        "/fhir/Task/1%23",
        "/fhir/Task/%2531",
        "/fhir/Task\\1",
        "/fhir/Task/%c0%ae",
        "/fhir/Task/1#x",
        "/fhir/task/1",
        "/fhir/Unknown/1",
        "/fhir/Task/1?x=%zz",
    ] {
        gate.forbids(with_bearer(&token, "GET", path), "").await;
    }
    gate.allowed(with_bearer(&token, "GET", "/%66hir/%54ask/%31")).await;
}

#[tokio::test]
async fn header_fields_that_could_mean_two_things_are_refused() {
    let gate = Gate::new(ALLOW).await;
    let token = gate.bearer().await;
    let authorization = format!("Bearer {}", token.text);
    for (headers, reason) in [
        (vec![("authorization", authorization.as_str())], "twice"),
        (vec![("AUTHORIZATION", "Bearer x")], "twice"),
        (vec![("DPoP", "a"), ("dpop", "b")], "twice"),
        (vec![("Host", "api.hospital.example.nl"), ("host", "x")], "twice"),
        (vec![("Content-Type", "a/b"), ("content-type", "a/b")], "twice"),
        (vec![("X-HTTP-Method-Override", "DELETE")], "override"),
        (vec![("x_http_method", "DELETE")], "override"),
        (vec![("X-Method-Override", "DELETE")], "override"),
        (vec![("X_Userinfo", "x")], "take header"),
        (vec![("X-Pecan_Client-Id", "x")], "take header"),
        (vec![("x.pecan.identity", "x")], "take header"),
        (vec![("x_pecan_decision_id", "x")], "take header"),
        (vec![("If_None_Exist", "x")], "take header"),
        (vec![("Content_Type", "x")], "take header"),
    ] {
        let mut asked = with_bearer(&token, "GET", "/fhir/Task/1");
        for (name, value) in headers {
            asked.headers.push((name.to_owned(), Bytes::copy_from_slice(value.as_bytes())));
        }
        gate.forbids(asked, reason).await;
    }
    // A gateway that sets the identity replaces what the client writes there.
    let mut asked = with_bearer(&token, "GET", "/fhir/Task/1");
    asked.headers.push(("x-pecan-client-id".to_owned(), Bytes::from_static(b"somebody")));
    gate.allowed(asked).await;
    let unable = Gate::with(ALLOW, |settings| {
        settings.gateways[0].abilities.sets_headers = false;
    })
    .await;
    let token = unable.bearer().await;
    let mut asked = with_bearer(&token, "GET", "/fhir/Task/1");
    asked.headers.push(("x-pecan-client-id".to_owned(), Bytes::from_static(b"somebody")));
    unable.forbids(asked, "would remain").await;
}

#[tokio::test]
async fn bytes_that_are_no_text_are_answered() {
    let gate = Gate::new(ALLOW).await;
    let mut asked = super::question("GET", "/fhir/Task/1", &[]);
    asked.headers.push(("Authorization".to_owned(), Bytes::from_static(b"Bearer \xff")));
    gate.challenges(asked, Some("invalid_token"), "malformed").await;
    let token = gate.bound().await;
    let authorization = format!("DPoP {}", token.text);
    let headers = [("Authorization", authorization.as_str())];
    let mut asked = super::question("GET", "/fhir/Task/1", &headers);
    asked.headers.push(("DPoP".to_owned(), Bytes::from_static(b"\xff\xfe")));
    gate.challenges(asked, Some("invalid_dpop_proof"), "no text").await;
}

fn search(token: &super::Token, content_type: &str, body: Body) -> Question {
    let mut asked = with_bearer(token, "POST", "/fhir/Task/_search");
    asked.headers.push(("Content-Type".to_owned(), content_type.to_owned().into()));
    asked.body = body;
    asked
}

#[tokio::test]
async fn what_is_in_a_body_that_is_not_known_is_not_guessed() {
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    let whole = Body::Whole(Bytes::from_static(b"code=x"));
    let gate = Gate::new(ALLOW).await;
    let token = gate.bearer().await;
    gate.allowed(search(&token, form, whole.clone())).await;
    gate.forbids(search(&token, form, Body::Untold), "body").await;
    gate.forbids(search(&token, form, Body::TooLarge), "larger").await;
    gate.forbids(search(&token, "text/plain", whole.clone()), "content type").await;
    let mut encoded = search(&token, form, whole.clone());
    encoded.headers.push(("Content-Encoding".to_owned(), Bytes::from_static(b"gzip")));
    gate.forbids(encoded, "encoding").await;
    let mut read = with_bearer(&token, "GET", "/fhir/Task/1");
    read.body = Body::TooLarge;
    gate.forbids(read, "larger").await;

    let unable = Gate::with(ALLOW, |settings| {
        settings.gateways[0].abilities.tells_body = false;
    })
    .await;
    let token = unable.bearer().await;
    unable.forbids(search(&token, form, whole), "body").await;
    unable.allowed(with_bearer(&token, "GET", "/fhir/Task/1")).await;
}

#[tokio::test]
async fn methods_that_fhir_does_not_use_are_refused() {
    let gate = Gate::new(ALLOW).await;
    let token = gate.bearer().await;
    for method in ["get", "TRACE", "CONNECT", "OPTIONS", "", "G ET"] {
        gate.forbids(with_bearer(&token, method, "/fhir/Task/1"), "method").await;
    }
    gate.forbids(with_bearer(&token, "GET", "/fhir/Task?_method=DELETE"), "_method").await;
}

#[tokio::test]
async fn every_entry_of_a_bundle_is_decided() {
    let gate = Gate::new(READ_TASK).await;
    let token = gate.bearer().await;
    let bundle = |urls: &[&str]| {
        let entries: Vec<_> = urls
            .iter()
            .map(|url| serde_json::json!({ "request": { "method": "GET", "url": url } }))
            .collect();
        let bundle =
            serde_json::json!({ "resourceType": "Bundle", "type": "batch", "entry": entries });
        let mut asked = with_bearer(&token, "POST", "/fhir");
        asked
            .headers
            .push(("Content-Type".to_owned(), Bytes::from_static(b"application/fhir+json")));
        asked.body = Body::Whole(bundle.to_string().into());
        asked
    };
    gate.allowed(bundle(&["Task/1", "Task/2"])).await;
    gate.forbids(bundle(&["Task/1", "Patient/1"]), "part 1").await;
    gate.forbids(bundle(&["Patient/1"]), "only Tasks").await;
    gate.forbids(bundle(&[]), "no entries").await;
    gate.forbids(bundle(&["https://other.example.nl/fhir/Task/1"]), "another base").await;
}

#[tokio::test]
async fn a_plain_http_service_is_judged_by_method_path_and_query() {
    let policy = r#"package test
default allow := false
allow if {
	input.action.connection_type_code == "http"
	input.action.request.method == "PROPFIND"
	input.action.request.path == "/documents/caf%C3%A9"
	input.action.request.query == "a=b"
	input.action.request.header["x-kind"] == ["one", "two"]
	not input.action.request.header.authorization
	input.resource.type == ""
}
"#;
    let gate = Gate::with(policy, |settings| settings.routes[0].kind = RouteKind::Http).await;
    let token = gate.bearer().await;
    let asked = |target: &str| {
        let mut asked = with_bearer(&token, "PROPFIND", target);
        for value in ["one", "two"] {
            asked.headers.push(("X-Kind".to_owned(), Bytes::copy_from_slice(value.as_bytes())));
        }
        asked
    };
    gate.allowed(asked("/fhir/documents/caf%c3%a9?a=b")).await;
    gate.forbids(asked("/fhir/documents/caf%c3%a9?a=c"), "not allowed").await;
    gate.forbids(asked("/fhir/documents/caf%c3%a9?a=b&_Method=GET"), "_method").await;
    let mut form = asked("/fhir/documents/caf%c3%a9?a=b");
    let content_type = Bytes::from_static(b"application/x-www-form-urlencoded;charset=utf-8");
    form.headers.push(("content-type".to_owned(), content_type));
    form.body = Body::Whole(Bytes::from_static(b"x=y&%5fmethod=DELETE"));
    gate.forbids(form, "_method").await;
}

#[tokio::test]
async fn a_policy_can_tell_an_empty_body_of_a_plain_http_service_from_one_that_is_not_told() {
    let policy = r#"package test
default allow := false
allow if input.action.request.body == ""
"#;
    let gate = Gate::with(policy, |settings| settings.routes[0].kind = RouteKind::Http).await;
    let token = gate.bearer().await;
    let asked = |body| {
        let mut asked = with_bearer(&token, "POST", "/fhir/1");
        asked.body = body;
        asked
    };
    gate.allowed(asked(Body::Whole(Bytes::new()))).await;
    gate.forbids(asked(Body::Whole(Bytes::from_static(b"x"))), "not allowed").await;
    gate.forbids(asked(Body::Untold), "not allowed").await;
}

#[tokio::test]
async fn the_one_patient_of_a_search_is_told() {
    let policy = r#"package test
default allow := false
allow if input.context.patient_id == "5"
"#;
    let gate = Gate::with(policy, |_| ()).await;
    let token = gate.bearer().await;
    let asked = |target: &str| with_bearer(&token, "GET", target);
    gate.allowed(asked("/fhir/Observation?patient=Patient/5")).await;
    gate.allowed(asked("/fhir/Patient/5/Observation")).await;
    gate.forbids(asked("/fhir/Observation?patient=5,6"), "not allowed").await;
    gate.forbids(asked("/fhir/Patient/5/Observation?patient=6"), "not allowed").await;
    gate.forbids(
        asked("/fhir/Observation?patient=http://fhir.nl/fhir/NamingSystem/bsn%7C5"),
        "not allowed",
    )
    .await;
    gate.forbids(asked("/fhir/Observation?patient.identifier=5"), "not allowed").await;
}

fn certificate() -> Certificate {
    Certificate {
        is_verified: true,
        subject: "CN=vendor".to_owned(),
        issuer: "CN=ca".to_owned(),
        serial: "01".to_owned(),
        dns_names: vec!["vendor.example.nl".to_owned()],
        uris: Vec::new(),
        other_names: Vec::new(),
        sha256: "ab".to_owned(),
        not_before: datetime!(2026-01-01 00:00 UTC),
        not_after: datetime!(2027-01-01 00:00 UTC),
    }
}

#[tokio::test]
async fn a_route_may_ask_for_a_certificate_that_the_gateway_verified() {
    let policy = "package test\nallow if input.context.certificate.subject == \"CN=vendor\"\n";
    let demand = |tells: bool| {
        move |settings: &mut Settings| {
            settings.routes[0].requires_certificate = true;
            settings.gateways[0].abilities.tells_certificate = tells;
        }
    };
    let gate = Gate::with(policy, demand(true)).await;
    let token = gate.bearer().await;
    let asked =
        |certificate| Question { certificate, ..with_bearer(&token, "GET", "/fhir/Task/1") };
    gate.allowed(asked(Some(certificate()))).await;
    gate.forbids(asked(None), "tells none").await;
    let unverified = Certificate { is_verified: false, ..certificate() };
    gate.forbids(asked(Some(unverified)), "did not verify").await;
    gate.scenario.world.clock.advance(Duration::minutes(5));
    let ended = Certificate { not_after: datetime!(2026-11-25 09:04 UTC), ..certificate() };
    gate.forbids(asked(Some(ended)), "not valid now").await;
    let future = Certificate { not_before: datetime!(2026-11-25 09:06 UTC), ..certificate() };
    gate.forbids(asked(Some(future)), "not valid now").await;

    let unable = Gate::with(policy, demand(false)).await;
    let token = unable.bearer().await;
    let asked =
        Question { certificate: Some(certificate()), ..with_bearer(&token, "GET", "/fhir/Task/1") };
    unable.forbids(asked, "tells none").await;
}

#[tokio::test]
async fn a_gateway_is_known_by_its_secret_or_its_certificate() {
    let gate = Gate::with(ALLOW, |settings| {
        let mut other = registration();
        other.name = "other".to_owned();
        other.credential = Credential::CertificateSubject("CN=other".to_owned());
        settings.gateways.push(other);
    })
    .await;
    let find = |secret, certificate_subject| {
        let found = gate.gateway.authenticate(Presented { secret, certificate_subject });
        found.map(|it| it.name.clone())
    };
    assert_eq!(find(Some(super::SECRET), None).as_deref(), Some("edge"));
    assert_eq!(find(None, Some("CN=other")).as_deref(), Some("other"));
    assert_eq!(find(Some("of a client"), Some("CN=other")).as_deref(), Some("other"));
    assert_eq!(find(Some(super::SECRET), Some("CN=other")), None);
    assert_eq!(find(Some("wrong"), None), None);
    assert_eq!(find(Some(""), None), None);
    assert_eq!(find(None, Some("CN=wrong")), None);
    assert_eq!(find(None, None), None);
}

type Case = (fn(&mut Settings), &'static str);

#[tokio::test]
async fn settings_that_contradict_themselves_are_refused() {
    let scenario = pecan_testkit::Scenario::new().await;
    let node = &scenario.hospital.node;
    let refused = |change: fn(&mut Settings)| {
        let mut settings = Settings { gateways: vec![registration()], routes: vec![route()] };
        change(&mut settings);
        let made = pecan_node::gateway::Gateway::new(
            node.env.clone(),
            &settings,
            node.authorization_server.clone(),
            node.decision_point.clone(),
            node.access_facts.clone(),
        );
        made.err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(refused(|_| {}), "");
    let cases: [Case; 10] = [
        (|it| it.gateways.push(registration()), "each needs a name"),
        (
            |it| {
                let mut other = registration();
                other.name = "other".to_owned();
                it.gateways.push(other);
            },
            "secret",
        ),
        (|it| it.routes.push(route()), "each needs a name"),
        (
            |it| {
                let mut other = route();
                other.name = "other".to_owned();
                it.routes.push(other);
            },
            "same authority and path",
        ),
        (|it| it.routes[0].gateways.push("nobody".to_owned()), "not there"),
        (|it| it.routes[0].url = Url::parse("ftp://a.example/").unwrap(), "URL"),
        (|it| it.routes[0].url = Url::parse("https://a.example/?x").unwrap(), "URL"),
        (|it| it.routes[0].url = Url::parse("https://a.example/a//b").unwrap(), "URL"),
        (|it| it.routes[0].gateway_path = Some("x".to_owned()), "path"),
        (|it| it.routes[0].fhir_server = Some(Url::parse("file:///a").unwrap()), "FHIR server"),
    ];
    for (change, reason) in cases {
        let told = refused(change);
        assert!(told.contains(reason), "{told}");
    }
    let text = SettingsError::SharedCredential { name: "a".to_owned() }.to_string();
    assert!(text.contains("gateway `a`"));
}
