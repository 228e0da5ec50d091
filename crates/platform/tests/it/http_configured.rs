//! Servers that the operator configured: strict mode reaches them for their purpose, and nothing besides.

use pecan_platform::http::{ConfiguredServer, GuardedClient, HttpClient, Request, Settings};
use url::Url;

use super::http_server::{ManualClock, Server, answer, ok, settings};

const PURPOSE: &str = "policy-lookup";
const NOT_HTTPS: &str = "invalid target URL: scheme must be https";

/// A client in strict mode that knows one server.
fn client(url: Url) -> GuardedClient {
    let configured = vec![ConfiguredServer { purpose: PURPOSE, url }];
    let settings = Settings { strict: true, configured, ..settings() };
    GuardedClient::new(settings, ManualClock::new()).expect("a client")
}

async fn get(client: &GuardedClient, purpose: &'static str, url: Url) -> Result<String, String> {
    let answer = client.send(Request::get(purpose, url)).await;
    let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
    answer.map(|answer| text(&answer.body)).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_configured_server_is_reached_for_its_purpose_only() {
    let server = Server::always(ok("Cache-Control: max-age=600\r\n", "there")).await;
    let client = client(server.url("/fhir"));
    for _ in 0..2 {
        let found = get(&client, PURPOSE, server.url("/fhir/Task/1")).await;
        assert_eq!(found.as_deref(), Ok("there"));
    }
    // Neither the kept connection nor an answer is there for others.
    let other = get(&client, "did-web", server.url("/fhir/Task/1")).await;
    assert_eq!(other, Err(NOT_HTTPS.to_owned()));
    assert_eq!((server.requests().len(), server.connections()), (2, 1));
}

#[tokio::test]
async fn a_purpose_leads_to_its_server_only() {
    let (server, other) =
        (Server::always(ok("", "there")).await, Server::always(ok("", "inner")).await);
    let client = client(server.url("/fhir"));
    let mut by_name = server.url("/fhir");
    by_name.set_host(Some("localhost")).expect("a host");
    let mut by_tls = server.url("/fhir");
    by_tls.set_scheme("https").expect("a scheme");
    for (url, expected) in [
        (other.url("/fhir"), NOT_HTTPS),
        (by_name, NOT_HTTPS),
        (by_tls, "strictmode: blocked connection to non-public address 127.0.0.1"),
    ] {
        assert_eq!(get(&client, PURPOSE, url.clone()).await, Err(expected.to_owned()), "{url}");
    }
    assert!(server.requests().is_empty() && other.requests().is_empty());
}

#[tokio::test]
async fn a_configured_server_redirects_within_itself_only() {
    let other = Server::always(ok("", "inner")).await;
    for target in [other.url("/").to_string(), "https://nuts.nl/".to_owned()] {
        let server = Server::start(move |number, _| match number {
            0 => answer("302 Found", "Location: /again\r\n", ""),
            _ => answer("302 Found", &format!("Location: {target}\r\n"), ""),
        })
        .await;
        let client = client(server.url("/fhir"));
        let found = get(&client, PURPOSE, server.url("/fhir/Task/1")).await;
        assert_eq!(found, Err("redirect away from a configured server".to_owned()));
        assert_eq!(server.requests().len(), 2);
    }
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn the_limits_of_an_answer_hold_for_a_configured_server_too() {
    let large = "x".repeat(1_048_577);
    let server = Server::always(ok("", &large)).await;
    let error = get(&client(server.url("/")), PURPOSE, server.url("/")).await.expect_err("large");
    assert!(error.starts_with("data to read exceeds"), "{error}");
}
