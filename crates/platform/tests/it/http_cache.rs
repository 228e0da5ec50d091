//! The response cache: what is kept, for whom, and who fetches it.

use std::time::Duration;

use futures_util::future::join_all;
use pecan_platform::http::{
    GuardedClient, HeaderValue, HttpClient, Request, Response, Settings, header,
};
use url::Url;

use super::http_server::{Answer, ManualClock, Server, answer, client, ok, settings};

const KEPT: &str = "Cache-Control: max-age=300\r\n";

async fn send(client: &GuardedClient, url: Url) -> Response {
    client.send(Request::get("test", url)).await.expect("an answer")
}

#[tokio::test]
async fn a_kept_answer_is_the_same_document_until_its_time_is_over() {
    let server = Server::start(|number, _| ok(KEPT, &format!("document {number}"))).await;
    let clock = ManualClock::new();
    let client = GuardedClient::new(settings(), clock.clone()).expect("a client");
    let first = send(&client, server.url("/did.json")).await;
    clock.advance(299);
    let second = send(&client, server.url("/did.json#fragment")).await;
    assert_eq!(first.body.as_ptr(), second.body.as_ptr());
    assert_eq!(first.headers, second.headers);
    assert_eq!(server.requests().len(), 1);
    clock.advance(1);
    assert_eq!(send(&client, server.url("/did.json")).await.body, "document 1");
}

#[tokio::test]
async fn an_answer_is_kept_for_its_query_and_what_was_accepted() {
    let server = Server::always(ok(KEPT, "x")).await;
    let client = client();
    send(&client, server.url("/?a=1")).await;
    send(&client, server.url("/?a=2")).await;
    let mut request = Request::get("test", server.url("/?a=1"));
    request.headers.insert(header::ACCEPT, HeaderValue::from_static("application/did+json"));
    client.send(request).await.expect("an answer");
    assert_eq!(server.requests().len(), 3);
    send(&client, server.url("/?a=2")).await;
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn what_may_not_be_kept_is_fetched_again() {
    let cases = [
        ("200 OK", KEPT, true),
        ("404 Not Found", KEPT, true),
        ("500 Oops", KEPT, false),
        ("200 OK", "", false),
        ("200 OK", "Cache-Control: no-store\r\n", false),
        ("200 OK", "Cache-Control: private, max-age=300\r\n", false),
        ("200 OK", "Cache-Control: no-cache, max-age=300\r\n", false),
    ];
    for (status, headers, is_kept) in cases {
        let server = Server::always(answer(status, headers, "x")).await;
        let client = client();
        for _ in 0..2 {
            send(&client, server.url("/")).await;
        }
        let expected = if is_kept { 1 } else { 2 };
        assert_eq!(server.requests().len(), expected, "{status} {headers}");
    }
}

#[tokio::test]
async fn a_request_that_must_not_be_answered_from_the_cache_is_not() {
    let server = Server::always(ok(KEPT, "x")).await;
    let client = client();
    send(&client, server.url("/")).await;
    let plain = Request::get("test", server.url("/"));
    let post = Request::post("test", server.url("/"), "text/plain", "");
    let with = |name, value| {
        let mut request = Request::get("test", server.url("/"));
        request.headers.insert(name, HeaderValue::from_static(value));
        request
    };
    for request in [
        Request { use_cache: false, ..plain },
        Request { use_cache: true, ..post },
        with(header::AUTHORIZATION, "Bearer x"),
        with(header::COOKIE, "a=b"),
        with(header::CACHE_CONTROL, "no-cache"),
        with(header::CACHE_CONTROL, "no-store"),
    ] {
        let before = server.requests().len();
        client.send(request).await.expect("an answer");
        assert_eq!(server.requests().len(), before + 1);
    }
}

#[tokio::test]
async fn the_cache_has_a_size_and_may_be_off() {
    for (bytes_max, body, is_kept) in
        [(0, 1, false), (2000, 1000, true), (2000, 3000, false), (10_485_760, 1_000_000, true)]
    {
        let server = Server::always(ok(KEPT, &"x".repeat(body))).await;
        let settings = Settings { cache_bytes_max: bytes_max, ..settings() };
        let client = GuardedClient::new(settings, ManualClock::new()).expect("a client");
        for _ in 0..2 {
            send(&client, server.url("/")).await;
        }
        let expected = if is_kept { 1 } else { 2 };
        assert_eq!(server.requests().len(), expected, "{bytes_max} {body}");
    }
}

#[tokio::test]
async fn redirects_are_kept_hop_by_hop() {
    let server = Server::start(|_, request| {
        if request.starts_with("GET /first ") {
            answer("301 Moved", "Location: /second\r\nCache-Control: max-age=60\r\n", "")
        } else {
            ok("Cache-Control: max-age=30\r\n", "there")
        }
    })
    .await;
    let clock = ManualClock::new();
    let client = GuardedClient::new(settings(), clock.clone()).expect("a client");
    for (seconds, requests) in [(0, 2), (29, 2), (1, 3), (29, 3), (1, 5)] {
        clock.advance(seconds);
        assert_eq!(send(&client, server.url("/first")).await.body, "there");
        assert_eq!(server.requests().len(), requests);
    }
}

#[tokio::test]
async fn many_requests_for_one_document_fetch_it_once() {
    let server = Server::always(ok(KEPT, "x")).await;
    let client = client();
    let answers = join_all((0..50).map(|_| send(&client, server.url("/")))).await;
    assert_eq!(server.requests().len(), 1);
    assert!(answers.iter().all(|answer| answer.body.as_ptr() == answers[0].body.as_ptr()));
}

#[tokio::test]
async fn an_answer_that_may_not_be_kept_is_not_shared_either() {
    let server = Server::start(|number, _| ok("", &number.to_string())).await;
    let client = client();
    let answers = join_all((0..10).map(|_| send(&client, server.url("/")))).await;
    assert_eq!(server.requests().len(), 10);
    let mut bodies: Vec<_> = answers.iter().map(|answer| answer.body.clone()).collect();
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), 10);
}

#[tokio::test]
async fn who_waits_takes_over_from_who_gave_up() {
    let server = Server::start(|number, _| match number {
        0 => Answer::ThenSilence(Vec::new()),
        _ => ok(KEPT, "x"),
    })
    .await;
    let client = client();
    let impatient = Request {
        timeout: Some(Duration::from_millis(50)),
        ..Request::get("test", server.url("/"))
    };
    let patient = join_all((0..5).map(|_| send(&client, server.url("/"))));
    let (gave_up, answers) = tokio::join!(client.send(impatient), patient);
    assert!(gave_up.is_err());
    assert!(answers.iter().all(|answer| answer.body == "x"));
    assert_eq!(server.requests().len(), 2);
}
