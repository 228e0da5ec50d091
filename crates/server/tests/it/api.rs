//! The descriptions in `api/` and the route table say the same, and every row has a shape that strangers meet.

use std::collections::{BTreeMap, BTreeSet};

use http::{Method, Request};
use pecan_server::operations::api::FILES;
use pecan_server::routes::{self, Listener};
use pecan_testkit::{NodeOptions, World};
use serde_json::Value;
use tower::ServiceExt as _;

/// Method and path, with nameless parameters: what a parameter is called is the business of each side.
type Place = (String, String);

/// Operation id, listener, and whether it takes every method.
type Entry = (String, &'static str, bool);

/// Where gateways write their secret that cannot add a header. These paths are described once, in words.
const WITH_SECRET: &str = "/gateway/k/{secret}/";

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

fn documents() -> Vec<(&'static str, Value)> {
    let parse = |(name, text)| {
        let tree = serde_saphyr::from_str(text);
        (name, tree.unwrap_or_else(|error| panic!("{name}: {error}")))
    };
    FILES.into_iter().map(parse).collect()
}

fn nameless(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

fn listener_name(text: &str) -> &'static str {
    match text {
        "public" => "public",
        "internal" => "internal",
        "both" => "both",
        "gateway" => "gateway",
        "public and gateway" => "public and gateway",
        "internal and gateway" => "internal and gateway",
        other => panic!("`{other}` is no listener"),
    }
}

fn capitalised(text: &str) -> String {
    let (first, rest) = text.split_at(1);
    first.to_ascii_uppercase() + rest
}

fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().expect("a description has paths");
    let operations = paths.iter().flat_map(|(path, item)| {
        let members = item.as_object().expect("a path is an object");
        let methods = members.iter().filter(|(name, _)| METHODS.contains(&name.as_str()));
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    });
    operations.collect()
}

fn described() -> BTreeMap<Place, Entry> {
    let mut all = BTreeMap::new();
    for (name, document) in &documents() {
        for (path, method, operation) in operations(document) {
            let listener = operation.get("x-listener").or(document.get("x-listener"));
            let listener = listener.and_then(Value::as_str).unwrap_or_default();
            let id = operation["operationId"].as_str().expect("an operation has an id");
            let place = (method.to_ascii_uppercase(), nameless(path));
            let any = operation["x-any-method"].as_bool().unwrap_or_default();
            let entry = (capitalised(id), listener_name(listener), any);
            let before = all.insert(place, entry);
            assert_eq!(before, None, "{name}: {method} {path} is described twice");
        }
    }
    all
}

fn routed() -> BTreeMap<Place, Entry> {
    let rows = routes::endpoints().into_iter().filter(|row| !row.path.starts_with(WITH_SECRET));
    let rows = rows.map(|row| {
        let listener = match row.listener {
            Listener::Public => "public",
            Listener::Internal => "internal",
            Listener::Both => "both",
            Listener::Gateway => "gateway",
            Listener::PublicAndGateway => "public and gateway",
            Listener::InternalAndGateway => "internal and gateway",
            Listener::Grpc => panic!("no endpoint is there"),
        };
        // The older spelling is described once, in words.
        let path = row.path.replacen("/internal/v2/auth/", "/internal/auth/v2/", 1);
        (
            (row.method.to_string(), nameless(&path)),
            (row.operation.to_owned(), listener, row.takes_any_method),
        )
    });
    rows.collect()
}

#[test]
fn what_can_be_asked_with_a_secret_in_the_path_can_be_asked_without() {
    let rows = routes::endpoints();
    for row in rows.iter().filter(|row| row.path.starts_with(WITH_SECRET)) {
        let rest = row.path.trim_start_matches(WITH_SECRET);
        let plain = [format!("/gateway/{rest}"), format!("/{rest}")];
        let is_there = rows.iter().any(|other| {
            plain.iter().any(|path| path == other.path) && other.operation == row.operation
        });
        assert!(is_there && row.listener == Listener::Gateway, "{}", row.path);
    }
}

#[test]
fn what_is_described_is_routed() {
    let (described, routed) = (described(), routed());
    let wrong: Vec<_> =
        described.iter().filter(|(place, entry)| routed.get(place) != Some(*entry)).collect();
    assert!(wrong.is_empty(), "described, but not routed like that: {wrong:#?}");
}

#[test]
fn what_is_routed_is_described() {
    let (described, routed) = (described(), routed());
    let wrong: Vec<_> =
        routed.iter().filter(|(place, entry)| described.get(place) != Some(*entry)).collect();
    assert!(wrong.is_empty(), "routed, but not described like that: {wrong:#?}");
}

#[test]
fn parameters_of_a_path_are_described_and_answers_have_words() {
    for (name, document) in &documents() {
        for (path, method, operation) in operations(document) {
            let what = format!("{name}: {method} {path}");
            let shared = document["paths"][path]["parameters"].as_array();
            let own = operation["parameters"].as_array();
            let given: BTreeSet<_> = shared
                .into_iter()
                .chain(own)
                .flatten()
                .map(|parameter| resolve(document, parameter))
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| parameter["name"].as_str().expect("a parameter has a name"))
                .collect();
            let wanted =
                path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
            assert_eq!(given, wanted.collect(), "{what}");
            assert!(operation["summary"].is_string(), "{what} has no summary");
            let responses = operation["responses"].as_object().expect("an operation has answers");
            assert!(!responses.is_empty(), "{what}");
            for (status, answer) in responses {
                let description = &resolve(document, answer)["description"];
                assert!(description.is_string(), "{what}: {status} has no description");
            }
        }
    }
}

#[test]
fn every_reference_leads_to_something() {
    for (name, document) in &documents() {
        let mut nodes = vec![document];
        while let Some(node) = nodes.pop() {
            if let Some(target) = node.get("$ref").and_then(Value::as_str) {
                let pointer = target.strip_prefix('#').unwrap_or("not within the file");
                assert!(document.pointer(pointer).is_some(), "{name}: {target}");
            }
            nodes.extend(node.as_object().into_iter().flatten().map(|(_, value)| value));
            nodes.extend(node.as_array().into_iter().flatten());
        }
    }
}

fn resolve<'d>(document: &'d Value, node: &'d Value) -> &'d Value {
    let target = node.get("$ref").and_then(Value::as_str);
    let pointer = target.and_then(|target| target.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(node)
}

#[tokio::test]
async fn no_endpoint_exists_on_the_listener_that_is_not_its_own() {
    let node = World::new().node("node.example.nl", NodeOptions::default()).await;
    let all = routes::endpoints();
    for row in &all {
        let others: &[_] = match row.listener {
            Listener::Public => &[&node.internal, &node.gateway],
            Listener::Internal => &[&node.public, &node.gateway],
            Listener::Both => &[&node.gateway],
            Listener::Gateway => &[&node.public, &node.internal],
            Listener::PublicAndGateway => &[&node.internal],
            Listener::InternalAndGateway => &[&node.public],
            Listener::Grpc => panic!("no endpoint is there"),
        };
        // Where two listeners have one path, each with a method of its own, the method is what is not there.
        let is_shared = all.iter().filter(|other| other.path == row.path).count() > 1;
        for path in [row.path.to_owned(), format!("http://node.example.nl{}", row.path)] {
            let path = path.replace(['{', '}'], "");
            for other in others {
                let request = Request::builder().method(row.method.clone()).uri(&path);
                let request = request.body(axum::body::Body::empty()).unwrap();
                let status = (*other).clone().oneshot(request).await.unwrap().status();
                assert!(status == 404 || (is_shared && status == 405), "{} {path}", row.method);
            }
        }
    }
}

#[tokio::test]
async fn the_page_shows_every_operation_and_loads_nothing() {
    let node = World::new().node("node.example.nl", NodeOptions::default()).await;
    let page = node.internal(Method::GET, "/internal/api/", None).await.expect(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let page = page.text();
    for (_, document) in documents() {
        for (path, _, operation) in operations(&document) {
            let id = operation["operationId"].as_str().unwrap();
            assert!(page.contains(&format!("<article id=\"{id}\">")), "{id}");
            assert!(page.contains(path), "{path}");
        }
    }
    for loader in ["<script", "src=", "@import", "url(", "href=\"http"] {
        assert!(!page.contains(loader), "{loader}");
    }
}

#[tokio::test]
async fn files_are_served_as_they_are_and_nothing_else_is() {
    let node = World::new().node("node.example.nl", NodeOptions::default()).await;
    for (name, text) in FILES {
        let answer = node.internal(Method::GET, &format!("/internal/api/{name}"), None).await;
        assert_eq!(
            (answer.header("content-type"), answer.text().as_str()),
            ("application/yaml", text)
        );
    }
    for name in ["nope.yaml", "..%2FCargo.toml", "%2e%2e"] {
        let answer = node.internal(Method::GET, &format!("/internal/api/{name}"), None).await;
        assert_eq!(answer.expect(404).json()["title"], "ApiFile failed");
    }
}
